import ByteReading
package import PostgresFormat

/// Follows the transactions of a stretch of WAL and gives out those that committed in a range, in the order of their commits.
///
/// Reading begins before the range, so that transactions which span its start are whole. A transaction is known to be so once
/// its number was given out after the first running-transactions record, or after a restart. Follows
/// src/backend/replication/logical/decode.c.
package struct LedgerCollector: RecordSink {
  /// Commits count that begin at or after `from` and before `to`.
  private let range: Range<LSN>
  private let layout: RecordLayout
  private var open = PendingTransactions<LedgerWork>()
  private var committed: [LedgerTransaction] = []
  /// Transactions with this number or a later one began in this stretch. nil: not known yet.
  private var firstKnown: TransactionID?
  /// 14 and later: files of tables that hold out-of-line values.
  private var toastFiles: Set<RelationLocator> = []
  /// Some record could not be taken apart: what it said is missing.
  private var hasUnreadableRecords = false
  /// Non-transactional logical messages in the range.
  package private(set) var messages: UInt64 = 0

  private static let fileLimit = 1 << 12

  /// `version` is that of the pages. Feed it records from before `range` on, else transactions that span its start are
  /// not whole.
  package init(version: ServerVersion, range: Range<LSN>) {
    (self.range, layout) = (range, RecordLayout(version))
  }

  /// The transactions found since it was last asked.
  package mutating func take() -> [LedgerTransaction] {
    defer { committed.removeAll(keepingCapacity: true) }
    return committed
  }

  /// Takes the next valid record; false at the first one that begins at or after the end of the range.
  package mutating func accept(_ record: WALRecord) -> Bool {
    guard record.start < range.upperBound else { return false }
    switch RecordKind(record.header) {
    // Most of all WAL, and needs one block reference and a flag.
    case .heapInsert, .heapDelete, .heapUpdate, .heapHotUpdate, .heapConfirm, .heap2MultiInsert: noteRows(record)
    // A page image says nothing else.
    case .pageImage, .pageImageForHint: noteLength(record)
    case .heapTruncate, .heap2NewCID, .runningXacts:
      noteLength(record)
      noteWhole(record)
    default:
      noteLength(record)
      switch ResourceManager(record.header.resourceManager) {
      case .transaction, .xlog, .storage, .logicalMessage: noteWhole(record)
      default: break
      }
    }
    return true
  }

  @inline(__always)
  private mutating func noteLength(_ record: WALRecord) {
    let length = UInt64(record.header.totalLength)
    open.update(record.header.xid, at: record.start) { $0.bytes &+= length }
  }

  private mutating func noteWhole(_ record: WALRecord) {
    do throws(FormatError) {
      try note(record, RecordFragments(record.bytes, total: Int(record.header.totalLength), layout: layout))
    } catch {
      hasUnreadableRecords = true
    }
  }

  private mutating func note(_ record: WALRecord, _ fragments: RecordFragments) throws(FormatError) {
    let body = fragments.mainData(of: record.bytes)
    let (xid, info, start, limit) = (record.header.xid, record.header.info, record.start, open.entryLimit)
    let kind = RecordKind(record.header)
    switch ResourceManager(record.header.resourceManager) {
    case .heap where kind == .heapTruncate && kind.isWritten(by: layout.version):
      let truncate = try HeapTruncate(mainData: body)
      var once = RowCounts()
      once.truncates = 1
      open.update(xid, at: start) { work in
        for relation in truncate.relations { work.add(once, to: .relation(relation), limit: limit) }
      }
    case .heap2 where kind == .heap2NewCID:
      let relation = try HeapNewCommandID(mainData: body).relation
      open.update(xid, at: start) { work in
        work.changesCatalogs = true
        if let index = work.index(of: .file(relation), limit: limit) { work.tables[index].isCatalog = true }
      }
    case .transaction: try noteTransaction(record, fragments, body)
    case .standby where kind == .runningXacts:
      let running = try RunningTransactions(mainData: body)
      if firstKnown == nil { firstKnown = running.nextXID }
      open.dropEnded(before: running.oldestRunningXID)
    case .xlog: try noteXLOG(record, body)
    case .storage:
      // TRUNCATE and whatever rewrites a table have a number before they make its file, by their lock.
      guard case .create(let relation, fork: 0) = try StorageBody(mainData: body, info: info) else { return }
      open.update(xid, at: start) { work in
        if let index = work.index(of: .file(relation), limit: limit) { work.tables[index].isNew = true }
      }
    case .logicalMessage:
      let message = try LogicalMessageBody(mainData: body, length: fragments.mainDataLength)
      if message.isTransactional {
        open.update(xid, at: start) { $0.messages &+= 1 }
      } else if range.contains(record.start) {
        messages &+= 1
      }
    default: break
    }
  }

  private mutating func noteRows(_ record: WALRecord) {
    let change: HeapChange
    do throws(FormatError) {
      guard let found = try HeapChange(record, layout: layout), found.isLogical else { return noteLength(record) }
      change = found
    } catch {
      hasUnreadableRecords = true
      return noteLength(record)
    }
    if change.isToast, toastFiles.count < Self.fileLimit { toastFiles.insert(change.relation) }
    var rows = RowCounts()
    switch change.operation {
    case .insert: rows.inserts = UInt64(change.rowCount)
    // A speculative row counts when it is confirmed.
    case .confirm: rows.inserts = 1
    case .update: rows.updates = 1
    case .delete: rows.deletes = 1
    case .speculativeInsert, .speculativeAbort: return noteLength(record)
    }
    let isToast = change.isToast || (!toastFiles.isEmpty && toastFiles.contains(change.relation))
    let (limit, length) = (open.entryLimit, UInt64(record.header.totalLength))
    open.update(record.header.xid, at: record.start) { work in
      work.bytes &+= length
      guard let index = work.index(ofFile: change.relation, limit: limit) else {
        if !isToast { work.other = work.other + rows }
        return
      }
      work.tables[index].add(rows, change, isToast: isToast)
      // ALTER TABLE deletes the catalog rows of the table that it filled once it has taken over its file.
      if change.isBareDelete, work.tables[index].isOfCatalog { work.endCopying() }
    }
  }

  private mutating func noteTransaction(
    _ record: WALRecord, _ fragments: RecordFragments, _ body: RawSpan
  ) throws(FormatError) {
    let header = record.header
    let kind = RecordKind(header)
    switch kind {
    case .xactPrepare:
      let prepare = try PrepareBody(mainData: body, version: layout.version)
      var work = open.take(prepare.xid, prepare.subtransactions) ?? LedgerWork(first: record.start)
      work.isPrepared = true
      open.put(work, as: prepare.xid)
      return
    case .xactInvalidations where kind.isWritten(by: layout.version):
      open.update(header.xid, at: record.start) { $0.changesCatalogs = true }
      return
    default: break
    }
    guard let end = try TransactionEnd(mainData: body, info: header.info, version: layout.version) else { return }
    let xid = end.preparedXID ?? header.xid
    let done = open.take(xid, end.subtransactions) ?? LedgerWork(first: record.start)
    guard end.kind.isCommit, xid.isValid, range.contains(record.start) else { return }
    var transaction = LedgerTransaction(xid: xid, start: record.start, end: record.end, time: end.time)
    transaction.database = end.database
    (transaction.originID, transaction.originLSN, transaction.gid) = (fragments.originID, end.originLSN, end.gid)
    transaction.isWhole =
      firstKnown.map { !xid.precedes($0) } == true && !open.overflowed && !hasUnreadableRecords
    transaction.bytes = done.bytes
    transaction.messages = done.messages
    transaction.changesCatalogs = done.changesCatalogs || end.invalidationCount > 0
    // Below wal_level logical the records do not tell rows.
    if end.database != nil {
      transaction.tables = done.tables.compactMap { $0.forConsumers }
      transaction.otherTables = done.other
    }
    committed.append(transaction)
  }

  private mutating func noteXLOG(_ record: WALRecord, _ body: RawSpan) throws(FormatError) {
    // The rest of the manager's records is of no interest, and page images are many.
    switch RecordKind(record.header) {
    case .checkpointShutdown:
      guard
        case .checkpoint(let checkpoint, _) = try XLOGBody(
          mainData: body, info: record.header.info, version: layout.version)
      else { return }
      if firstKnown == nil { firstKnown = checkpoint.nextXID.xid }
    case .endOfRecovery: break
    default: return
    }
    // Nothing runs on across a shutdown, a crash or a promotion but prepared transactions.
    open.noteRestart()
  }
}

extension HeapChange {
  /// A delete that does not carry the old row: maybe of a catalog's.
  @inline(__always)
  fileprivate var isBareDelete: Bool { operation == .delete && !hasOldRow }
}

extension LedgerWork.Table {
  @inline(__always)
  fileprivate mutating func add(_ rows: RowCounts, _ change: HeapChange, isToast: Bool) {
    changes.rows = changes.rows + rows
    if isToast { self.isToast = true }
    if change.isBareDelete { bareDeletes &+= 1 }
  }

  /// `FirstNormalObjectId`: files with smaller numbers are those that initdb gave to catalogs.
  private static let firstUserFile: UInt32 = 16_384

  fileprivate var isOfCatalog: Bool {
    guard case .file(let file) = changes.table else { return false }
    return isCatalog || file.number < Self.firstUserFile
  }

  /// What consumers are sent of it. nil: nothing.
  fileprivate var forConsumers: TableChanges? {
    var table = self
    table.endCopying()
    var changes = table.changes
    if case .file(let file) = changes.table, isToast || !file.database.isValid { return nil }
    // Deletes of catalog rows are told from those of user rows by this alone.
    if isOfCatalog { changes.rows.deletes &-= min(bareDeletes, changes.rows.deletes) }
    return changes.rows.isEmpty ? nil : changes
  }
}
