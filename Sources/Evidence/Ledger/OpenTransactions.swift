import PostgresFormat

/// What transactions have done that have not ended yet, by the xid in their records: subtransactions by themselves, since
/// a commit lists those that count.
///
/// Bounded: rows of tables beyond the limit are summed up; transactions beyond theirs are not followed, and every commit
/// says from then on that something of it may be missing.
struct OpenTransactions {
  static let transactionLimit = 1 << 16
  static let tableLimit = 256

  struct Table {
    var changes: TableChanges
    var isToast = false
    /// A catalog, or a table that plugins may read like one: its new row versions are logged apart.
    var isCatalog = false
    /// Deletes whose record does not carry the old row: those of catalog rows are among them.
    var bareDeletes: UInt64 = 0
    /// The transaction made the file.
    var isNew = false

    /// What is inserted from here on are no copies any more.
    mutating func endCopying() {
      if isNew, changes.copies == nil { changes.copies = changes.rows.inserts }
    }
  }

  struct Transaction {
    var bytes: UInt64 = 0
    var changesCatalogs = false
    var messages: UInt64 = 0
    var tables: [Table] = []
    var other = RowCounts()
    var isPrepared = false

    /// The place of a table in `tables`, nil where there are too many.
    mutating func index(of table: TableChanges.Table) -> Int? {
      // Changes come in runs of one table.
      if let last = tables.indices.last, tables[last].changes.table == table { return last }
      if let index = tables.firstIndex(where: { $0.changes.table == table }) { return index }
      guard tables.count < OpenTransactions.tableLimit else { return nil }
      tables.append(Table(changes: TableChanges(table: table)))
      return tables.count - 1
    }

    mutating func add(_ rows: RowCounts, to table: TableChanges.Table) {
      if let index = index(of: table) {
        tables[index].changes.rows = tables[index].changes.rows + rows
      } else {
        other = other + rows
      }
    }

    mutating func endCopying() {
      for index in tables.indices { tables[index].endCopying() }
    }

    mutating func add(_ part: Transaction) {
      bytes &+= part.bytes
      messages &+= part.messages
      changesCatalogs = changesCatalogs || part.changesCatalogs
      other = other + part.other
      for var table in part.tables {
        table.endCopying()
        if let index = index(of: table.changes.table) { tables[index].endCopying() }
        add(table.changes.rows, to: table.changes.table)
        guard let index = index(of: table.changes.table) else { continue }
        if let copies = table.changes.copies {
          tables[index].changes.copies = (tables[index].changes.copies ?? 0) &+ copies
        }
        tables[index].isToast = tables[index].isToast || table.isToast
        tables[index].isCatalog = tables[index].isCatalog || table.isCatalog
        tables[index].bareDeletes &+= table.bareDeletes
      }
    }
  }

  private var transactions: [UInt32: Transaction] = [:]
  /// Some transaction was not followed.
  private(set) var overflowed = false

  mutating func update(_ xid: TransactionID, _ change: (inout Transaction) -> Void) {
    guard xid.isValid else { return }
    if transactions.count >= Self.transactionLimit, transactions[xid.rawValue] == nil {
      overflowed = true
      return
    }
    change(&transactions[xid.rawValue, default: Transaction()])
  }

  /// What a transaction and its subtransactions did, which is then forgotten.
  mutating func take(_ xid: TransactionID, _ subtransactions: [TransactionID]) -> Transaction {
    var sum = transactions.removeValue(forKey: xid.rawValue) ?? Transaction()
    for subtransaction in subtransactions {
      if let part = transactions.removeValue(forKey: subtransaction.rawValue) { sum.add(part) }
    }
    return sum
  }

  /// Puts a prepared transaction back under its own number.
  mutating func put(_ transaction: Transaction, as xid: TransactionID) { update(xid) { $0.add(transaction) } }

  mutating func markPrepared(_ xid: TransactionID) { update(xid) { $0.isPrepared = true } }

  /// A crash or shutdown has ended all but the prepared ones.
  mutating func keepPreparedOnly() { transactions = transactions.filter { $0.value.isPrepared } }

  /// All that are older than every running one have ended without a record, in a crash.
  mutating func dropEnded(before oldestRunning: TransactionID) {
    guard transactions.contains(where: { TransactionID($0.key).precedes(oldestRunning) }) else { return }
    transactions = transactions.filter {
      $0.value.isPrepared || !TransactionID($0.key).precedes(oldestRunning)
    }
  }
}
