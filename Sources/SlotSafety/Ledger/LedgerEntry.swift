package import Evidence
package import PostgresFormat

/// A transaction as a ledger lists it: with names, and what it is to every consumer.
package struct LedgerEntry: Sendable, Hashable {
  package var transaction: LedgerTransaction
  package var node: LedgerScope.Node
  package var databaseName: String?
  package var originName: String?
  package var tables: [NamedTable]
  package var hits: [LedgerScope.Hit]
  package var isPastFork: Bool

  package init(
    _ transaction: LedgerTransaction, node: LedgerScope.Node, databaseName: String?, originName: String?,
    tables: [NamedTable], hits: [LedgerScope.Hit], isPastFork: Bool
  ) {
    (self.transaction, self.node, self.databaseName) = (transaction, node, databaseName)
    (self.originName, self.tables, self.hits, self.isPastFork) = (originName, tables, hits, isPastFork)
  }

  package var rows: RowCounts { tables.reduce(transaction.otherTables) { $0 + $1.rows } }
}

/// Sums over a ledger's transactions: for every consumer and effect, and for every table.
package struct LedgerTotals: Sendable {
  package struct Consumer: Sendable, Hashable {
    package var slotName: String
    package var effect: LedgerEffect
    package var transactions: UInt64 = 0
    package var rows: UInt64 = 0
    /// How many of them are certain.
    package var certainTransactions: UInt64 = 0
    package var certainRows: UInt64 = 0
  }
  package struct Table: Sendable, Hashable {
    package var database: OID?
    package var databaseName: String?
    /// Its counts are those of all transactions; its file is that of the first.
    package var table: NamedTable
    package var transactions: UInt64 = 0
  }
  private enum Key: Hashable {
    case relation(OID?, OID)
    case file(RelationLocator?)
  }

  package private(set) var transactions: UInt64 = 0
  package private(set) var pastFork: UInt64 = 0
  package private(set) var rows = RowCounts()
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

  package mutating func add(_ entry: LedgerEntry) {
    transactions &+= 1
    if entry.isPastFork { pastFork &+= 1 }
    let sum = entry.rows
    rows = rows + sum
    bytes &+= entry.transaction.bytes
    if !entry.transaction.isWhole || entry.transaction.database == nil { unclear &+= 1 }
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

  package init() {}
}
