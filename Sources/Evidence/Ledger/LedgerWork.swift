import PostgresFormat

/// What a transaction has done for a ledger: rows of tables beyond the limit are summed up.
struct LedgerWork: TransactionWork {
  struct Table: Sendable {
    var changes: TableChanges
    var isToast = false
    /// A catalog, or a table that plugins may read like one: its new row versions are logged apart.
    var isCatalog = false
    /// Deletes whose record does not carry the old row: those of catalog rows are among them.
    var bareDeletes: UInt64 = 0
    /// The transaction made the file.
    var isNew = false

    /// What is inserted from here on are not copies any more.
    mutating func endCopying() {
      if isNew, changes.copies == nil { changes.copies = changes.rows.inserts }
    }
  }

  var first: LSN
  var bytes: UInt64 = 0
  var changesCatalogs = false
  var messages: UInt64 = 0
  var tables: [Table] = []
  var other = RowCounts()
  var isPrepared = false

  init(first: LSN) { self.first = first }

  var entryCount: Int { tables.count }

  /// The place of a table in `tables` by its file, nil where there are too many.
  @inline(__always)
  mutating func index(ofFile file: RelationLocator, limit: Int) -> Int? {
    // Changes come in runs of one table, and mostly of few.
    var index = tables.count - 1
    while index >= 0 {
      if case .file(let known) = tables[index].changes.table, known.isSame(as: file) { return index }
      index -= 1
    }
    if tables.isEmpty { tables.reserveCapacity(4) }
    return self.index(of: .file(file), limit: limit)
  }

  /// The same by however the WAL names it.
  mutating func index(of table: TableChanges.Table, limit: Int) -> Int? {
    if let index = tables.firstIndex(where: { $0.changes.table == table }) { return index }
    guard tables.count < limit else { return nil }
    tables.append(Table(changes: TableChanges(table: table)))
    return tables.count - 1
  }

  mutating func add(_ rows: RowCounts, to table: TableChanges.Table, limit: Int) {
    if let index = index(of: table, limit: limit) {
      tables[index].changes.rows = tables[index].changes.rows + rows
    } else {
      other = other + rows
    }
  }

  mutating func endCopying() {
    for index in tables.indices { tables[index].endCopying() }
  }

  mutating func add(_ part: LedgerWork, limit: Int) {
    first = min(first, part.first)
    bytes &+= part.bytes
    messages &+= part.messages
    changesCatalogs = changesCatalogs || part.changesCatalogs
    isPrepared = isPrepared || part.isPrepared
    other = other + part.other
    for var table in part.tables {
      table.endCopying()
      guard let index = index(of: table.changes.table, limit: limit) else {
        if !table.isToast { other = other + table.changes.rows }
        continue
      }
      tables[index].endCopying()
      tables[index].changes.rows = tables[index].changes.rows + table.changes.rows
      if let copies = table.changes.copies {
        tables[index].changes.copies = (tables[index].changes.copies ?? 0) &+ copies
      }
      tables[index].isToast = tables[index].isToast || table.isToast
      tables[index].isCatalog = tables[index].isCatalog || table.isCatalog
      tables[index].bareDeletes &+= table.bareDeletes
    }
  }
}
