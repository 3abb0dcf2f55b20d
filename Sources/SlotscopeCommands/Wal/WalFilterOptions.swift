import ArgumentParser
import PostgresFormat

/// Which records: shared by the `wal` commands that show or count them. All that is given must hold.
struct WalFilterOptions: ParsableArguments {
  @Option(
    name: [.customShort("r"), .long],
    help: ArgumentHelp(
      "Records of this resource manager (Heap, Transaction, custom128, …); may be repeated. list prints the names.",
      valueName: "rmgr"),
    transform: Self.manager)
  var rmgr: [ManagerArgument] = []

  /// `--rmgr=list`, which asks for the names instead.
  var listsManagers: Bool { rmgr.contains { $0.manager == nil } }

  @Option(name: [.customShort("x"), .long], help: "Records that this transaction wrote, or that end it.")
  var xid: UInt32?

  @Option(
    name: [.customShort("R"), .long], help: "Records about this relation: tablespace/database/filenode.",
    transform: Self.relation)
  var relation: RelationLocator?

  @Option(name: [.customShort("B"), .long], help: "Records that refer to a page with this number.")
  var block: UInt32?

  @Option(
    name: [.customShort("F"), .long], help: "Records that refer to a page of this fork: main, fsm, vm or init.",
    transform: Self.fork)
  var fork: Fork?

  @Flag(name: [.customShort("w"), .long], help: "Records that carry the image of a page.")
  var fullpage = false

  @Option(help: "Records about this database, by its OID.")
  var database: UInt32?

  @Flag(help: "Only what moves, blocks or invalidates replication slots.")
  var slotsOnly = false

  var filter: RecordFilter {
    var filter = RecordFilter()
    filter.managers = Set(rmgr.compactMap { $0.manager?.rawValue })
    (filter.xid, filter.relation, filter.block) = (xid.map { TransactionID($0) }, relation, block)
    (filter.database, filter.slotsOnly) = (database.map { OID($0) }, slotsOnly)
    (filter.fork, filter.hasImage) = (fork, fullpage)
    return filter
  }

  private static func manager(_ text: String) throws -> ManagerArgument {
    if text.lowercased() == "list" { return ManagerArgument(manager: nil) }
    guard let manager = ResourceManager(name: text) else {
      throw ValidationError("\"\(text)\" is not a resource manager such as Heap or Transaction")
    }
    return ManagerArgument(manager: manager)
  }

  private static func fork(_ text: String) throws -> Fork {
    guard let fork = Fork.allCases.first(where: { "\($0.name)" == text }) else {
      throw ValidationError("\"\(text)\" is not a fork: main, fsm, vm or init")
    }
    return fork
  }

  private static func relation(_ text: String) throws -> RelationLocator {
    guard let relation = RelationLocator(text) else {
      throw ValidationError("\"\(text)\" is not a relation such as 1663/16384/16390")
    }
    return relation
  }
}

/// A resource manager on the command line.
struct ManagerArgument: Sendable {
  /// nil for `list`.
  var manager: ResourceManager?
}
