import ArgumentParser
import PostgresFormat

/// Which records: shared by the `wal` commands that show or count them. All that is given must hold.
struct WalFilterOptions: ParsableArguments {
  @Option(
    name: [.customShort("r"), .long],
    help: ArgumentHelp(
      "Records of this resource manager (Heap, Transaction, custom128, …); may be repeated.", valueName: "rmgr"),
    transform: Self.manager)
  var rmgr: [ResourceManager] = []

  @Option(name: [.customShort("x"), .long], help: "Records that this transaction wrote, or that end it.")
  var xid: UInt32?

  @Option(
    name: [.customShort("R"), .long], help: "Records about this relation: tablespace/database/filenode.",
    transform: Self.relation)
  var relation: RelationLocator?

  @Option(name: [.customShort("B"), .long], help: "Records that refer to a page with this number.")
  var block: UInt32?

  @Option(help: "Records about this database, by its OID.")
  var database: UInt32?

  @Flag(help: "Only what moves, blocks or invalidates replication slots.")
  var slotsOnly = false

  var filter: RecordFilter {
    var filter = RecordFilter()
    filter.managers = Set(rmgr.map(\.rawValue))
    (filter.xid, filter.relation, filter.block) = (xid.map { TransactionID($0) }, relation, block)
    (filter.database, filter.slotsOnly) = (database.map { OID($0) }, slotsOnly)
    return filter
  }

  private static func manager(_ text: String) throws -> ResourceManager {
    guard let manager = ResourceManager(name: text) else {
      throw ValidationError("\"\(text)\" is not a resource manager such as Heap or Transaction")
    }
    return manager
  }

  private static func relation(_ text: String) throws -> RelationLocator {
    guard let relation = RelationLocator(text) else {
      throw ValidationError("\"\(text)\" is not a relation such as 1663/16384/16390")
    }
    return relation
  }
}
