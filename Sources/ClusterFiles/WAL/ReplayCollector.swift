import ByteReading
import Evidence
import PostgresFormat

/// Notes, on the way to the end of WAL, the last time in a record, the last checkpoint, and what the outcome of a start
/// depends on.
struct ReplayCollector: RecordSink {
  private(set) var lastCheckpointRedo: LSN?
  private(set) var lastTime: WALTime?
  private var replay: ReplayEvidence
  private let layout: RecordLayout
  private var prepared: [TransactionID: (lsn: LSN, gid: String)] = [:]

  /// Prepared transactions that are followed: more than any server allows in practice.
  private static let preparedLimit = 1 << 16

  init(from: LSN, version: ServerVersion) { (replay, layout) = (ReplayEvidence(from: from), RecordLayout(version)) }

  /// What was met.
  var evidence: ReplayEvidence {
    var result = replay
    result.prepared = prepared.sorted { $0.value.lsn < $1.value.lsn }.prefix(ReplayEvidence.listLimit).map {
      PreparedInWAL(xid: $0.key, gid: $0.value.gid)
    }
    return result
  }

  mutating func accept(_ record: WALRecord) -> Bool {
    let header = record.header
    if header.xid.isValid, replay.nextXID.map({ !header.xid.precedes($0) }) ?? true {
      replay.nextXID = header.xid.next
    }
    let kind = RecordKind(header)
    switch kind {
    case .xactCommit, .xactAbort, .xactCommitPrepared, .xactAbortPrepared:
      // COMMIT and ABORT, also of prepared transactions, begin with their time.
      if let time = record.transactionTime { lastTime = WALTime(lsn: record.start, time: time) }
      if kind == .xactCommitPrepared || kind == .xactAbortPrepared { note(endOf: record) }
    case .checkpointShutdown, .checkpointOnline:
      if let redo = try? record.bytes.u64(at: record.mainDataOffset, field: "redo") { lastCheckpointRedo = LSN(redo) }
    case .xactPrepare:
      notePrepare(record)
    case .backupEnd, .restorePoint, .parameterChange: note(record)
    case .runningXacts:
      guard let running = try? RunningTransactions(mainData: record.mainData) else { break }
      replay.running = RunningNow(
        lsn: record.start, oldestRunningXID: running.oldestRunningXID, count: running.running.count,
        xids: Array(running.running.sorted { $0.precedes($1) }.prefix(RunningNow.listLimit)))
      if replay.nextXID.map({ $0.precedes(running.nextXID) }) ?? true { replay.nextXID = running.nextXID }
    default: break
    }
    return true
  }

  private mutating func note(endOf record: WALRecord) {
    guard
      let end = try? TransactionEnd(mainData: record.mainData, info: record.header.info, version: layout.version),
      let xid = end.preparedXID
    else { return }
    prepared[xid] = nil
  }

  private mutating func notePrepare(_ record: WALRecord) {
    guard prepared.count < Self.preparedLimit,
      let prepare = try? PrepareBody(mainData: record.mainData, version: layout.version)
    else { return }
    prepared[prepare.xid] = (record.start, prepare.gid)
    replay.mostPrepared = max(replay.mostPrepared, prepared.count)
  }

  private mutating func note(_ record: WALRecord) {
    guard
      let what = try? XLOGBody(mainData: record.mainData, info: record.header.info, version: layout.version)
    else { return }
    switch what {
    case .backupEnd(let start): Self.add(start, to: &replay.endedBackups)
    case .restorePoint(let name, _): Self.add(name, to: &replay.restorePoints)
    case .parameterChange(let change):
      Self.add(ParameterChangeEvent(lsn: record.start, parameters: change), to: &replay.parameterChanges)
    default: return
    }
  }

  private static func add<Element>(_ element: Element, to list: inout [Element]) {
    if list.count >= ReplayEvidence.listLimit { list.removeFirst() }
    list.append(element)
  }
}

/// Looks for the first time in a record.
struct FirstTime: RecordSink {
  private(set) var time: WALTime?

  mutating func accept(_ record: WALRecord) -> Bool {
    switch RecordKind(record.header) {
    case .xactCommit, .xactAbort, .xactCommitPrepared, .xactAbortPrepared:
      guard let found = record.transactionTime else { return true }
      time = WALTime(lsn: record.start, time: found)
      return false
    default: return true
    }
  }
}

extension WALRecord {
  /// Of a giant record what is there of it. The walker has checked that the fragments make up the record.
  var mainData: RawSpan {
    @_lifetime(copy self)
    get { bytes.extracting(min(max(0, mainDataOffset), bytes.byteCount)..<bytes.byteCount) }
  }

  /// `xact_time` of a record that ends a transaction.
  var transactionTime: Timestamp? {
    guard mainDataOffset >= 0, let bits = try? bytes.u64(at: mainDataOffset, field: "xact_time") else { return nil }
    return Timestamp(postgresMicroseconds: Int64(bitPattern: bits))
  }
}
