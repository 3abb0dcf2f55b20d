package import Evidence
package import PostgresFormat

/// A transaction as a ledger lists it: with names, and what it is to every consumer.
package struct LedgerEntry: Sendable, Hashable {
  /// As its commit record tells it.
  package var transaction: LedgerTransaction
  /// Whose WAL it is in.
  package var node: LedgerScope.Node
  /// nil where the database is not known or has no name in the catalogs.
  package var databaseName: String?
  /// roname, where it was replicated from elsewhere; nil where it has none, or the name is not known.
  package var originName: String?
  /// Those that consumers are sent rows of, as ``NamedTable`` finds their names.
  package var tables: [NamedTable]
  /// One for each effect on a consumer; empty where it concerns none.
  package var hits: [LedgerScope.Hit]
  /// Only the old primary has it.
  package var isPastFork: Bool

  /// All rows of it are known: its records were all read, and tell them.
  package var isComplete: Bool { transaction.isWhole && transaction.database != nil }

  /// Names are looked up before: the entry reads nothing.
  package init(
    _ transaction: LedgerTransaction, node: LedgerScope.Node, databaseName: String?, originName: String?,
    tables: [NamedTable], hits: [LedgerScope.Hit], isPastFork: Bool
  ) {
    (self.transaction, self.node, self.databaseName) = (transaction, node, databaseName)
    (self.originName, self.tables, self.hits, self.isPastFork) = (originName, tables, hits, isPastFork)
  }

  /// Of all tables, those beyond the transaction's own limit included.
  package var rows: RowCounts { tables.reduce(transaction.otherTables) { $0 + $1.rows } }
}

/// Sums over a ledger's transactions: for every consumer and effect, and for every table.
package struct LedgerTotals: Sendable {
  /// What one effect sums up to for the consumer of one slot.
  package struct Consumer: Sendable, Hashable {
    /// The slot on the primary.
    package var slotName: String
    /// A slot has one sum for each effect that occurs.
    package var effect: LedgerEffect
    /// Certain and possible ones together.
    package var transactions: UInt64 = 0
    /// Inserted, updated and deleted ones of these transactions.
    package var rows: UInt64 = 0
    /// How many of them are certain.
    package var certainTransactions: UInt64 = 0
    /// The rows of those.
    package var certainRows: UInt64 = 0
  }
  /// What was changed in one table.
  package struct Table: Sendable, Hashable {
    /// nil where the WAL does not tell it.
    package var database: OID?
    /// nil where the catalogs have no name for it.
    package var databaseName: String?
    /// Its counts are those of all transactions; its file is that of the first.
    package var table: NamedTable
    /// That changed it.
    package var transactions: UInt64 = 0
  }
  private enum Key: Hashable {
    case relation(OID?, OID)
    case file(RelationLocator?)
  }

  /// All that were added, listed one by one or not.
  package private(set) var transactions: UInt64 = 0
  /// Of these, the ones that only the old primary has.
  package private(set) var pastFork: UInt64 = 0
  /// Of all transactions.
  package private(set) var rows = RowCounts()
  /// Of WAL, from the transactions' records alone.
  package private(set) var bytes: UInt64 = 0
  /// Transactions of which something may be missing, or whose rows the WAL does not tell.
  package private(set) var unclear: UInt64 = 0
  /// Rows of tables beyond those that are kept apart.
  package private(set) var otherTables = RowCounts()
  private var consumerTotals: [Consumer] = []
  private var consumerIndex: [String: [LedgerEffect: Int]] = [:]
  private var tableTotals: [Table] = []
  private var tableIndex: [Key: Int] = [:]

  /// Tables are kept apart up to this number.
  private static let tableLimit = 10_000

  /// All sums at 0.
  package init() {}

  /// In the order of slot names, then of effects.
  package var consumers: [Consumer] {
    consumerTotals.sorted { ($0.slotName, $0.effect.rawValue) < ($1.slotName, $1.effect.rawValue) }
  }

  /// Those with the most changed rows first.
  package var tables: [Table] {
    tableTotals.enumerated().sorted {
      ($1.element.table.rows.rowCount, $0.offset) < ($0.element.table.rows.rowCount, $1.offset)
    }.map(\.element)
  }

  /// Each transaction once.
  package mutating func add(_ entry: LedgerEntry) {
    transactions &+= 1
    if entry.isPastFork { pastFork &+= 1 }
    let sum = entry.rows
    rows = rows + sum
    bytes &+= entry.transaction.bytes
    if !entry.isComplete { unclear &+= 1 }
    for hit in entry.hits {
      let index = consumerIndex[hit.slotName]?[hit.effect] ?? consumerTotals.count
      if index == consumerTotals.count {
        consumerTotals.append(Consumer(slotName: hit.slotName, effect: hit.effect))
        consumerIndex[hit.slotName, default: [:]][hit.effect] = index
      }
      consumerTotals[index].transactions &+= 1
      consumerTotals[index].rows &+= sum.rowCount
      if hit.isCertain {
        consumerTotals[index].certainTransactions &+= 1
        consumerTotals[index].certainRows &+= sum.rowCount
      }
    }
    otherTables = otherTables + entry.transaction.otherTables
    for table in entry.tables { add(table, of: entry) }
  }

  private mutating func add(_ table: NamedTable, of entry: LedgerEntry) {
    let database = entry.transaction.database
    let key = table.oid.map { Key.relation(database, $0) } ?? .file(table.file)
    if let index = tableIndex[key] {
      tableTotals[index].table.rows = tableTotals[index].table.rows + table.rows
      tableTotals[index].transactions &+= 1
    } else if tableTotals.count < Self.tableLimit {
      tableIndex[key] = tableTotals.count
      tableTotals.append(
        Table(database: database, databaseName: entry.databaseName, table: table, transactions: 1))
    } else {
      otherTables = otherTables + table.rows
    }
  }
}

/// What a ledger covers, and what it could not read.
package struct LedgerCoverage: Sendable {
  /// Parts of the WAL that could not be read: what was committed there is not known.
  package var unread: [(node: LedgerScope.Node, range: Range<LSN>)] = []
  /// Non-transactional logical messages in the parts that were read.
  package var messages: UInt64 = 0
  /// Listed one by one; the totals are of all.
  package var listed: UInt64 = 0

  /// Nothing read yet.
  package init() {}
}
