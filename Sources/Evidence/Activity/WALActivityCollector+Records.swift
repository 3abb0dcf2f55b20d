import ByteReading
import PostgresFormat

extension WALActivityCollector {
  /// Counts the bytes of a record for its transaction.
  @inline(__always)
  mutating func noteLength(_ record: WALRecord) {
    let length = UInt64(record.header.totalLength)
    pending.update(record.header.xid, at: record.start) { $0.bytes &+= length }
  }

  /// Takes what a change to rows says.
  mutating func noteRows(_ record: WALRecord) {
    let header = record.header
    do throws(FormatError) {
      guard let change = try HeapChange(record, layout: layout), change.isCounted else {
        noteLength(record)
        return
      }
      let limit = pending.entryLimit
      pending.update(header.xid, at: record.start) { transaction in
        transaction.bytes &+= UInt64(header.totalLength)
        transaction.update(change.relation, limit: limit) { $0.count(change) }
      }
    } catch {
      noteLength(record)
      activity.relationsComplete = false
    }
  }

  /// Takes a record apart that says more.
  mutating func noteWhole(_ record: WALRecord) {
    do throws(FormatError) {
      try note(
        record, try RecordFragments(record.bytes, total: Int(record.header.totalLength), layout: layout))
    } catch {
      // A body that cannot be read: what it would have said is missing.
      activity.relationsComplete = false
    }
  }

  /// Takes what a record says, by its resource manager.
  private mutating func note(_ record: WALRecord, _ fragments: RecordFragments) throws(FormatError) {
    let body = fragments.mainData(of: record.bytes)
    let (info, kind) = (record.header.info, RecordKind(record.header))
    switch ResourceManager(record.header.resourceManager) {
    case .heap where kind == .heapTruncate:
      let (truncate, limit) = (try HeapTruncate(mainData: body), pending.entryLimit)
      pending.update(record.header.xid, at: record.start) { $0.truncate(truncate.relations, limit: limit) }
    case .heap2 where kind == .heap2NewCID:
      let isOfPublications = PublicationCatalogs.mayHave(try HeapNewCommandID(mainData: body).relation)
      pending.update(record.header.xid, at: record.start) {
        $0.changesCatalogs = true
        if isOfPublications { $0.changesPublications = true }
      }
    case .heap2, .btree, .hash, .gist, .spgist: try noteCleanup(record, fragments)
    case .transaction: try noteTransaction(record, fragments, body)
    case .xlog: try noteXLOG(record, body)
    case .standby:
      noteRunning(try RunningTransactions(mainData: body), record)
    case .database:
      if let change = try DatabaseBody(mainData: body, info: info, version: layout.version) {
        activity.databaseChanges.append(
          DatabaseChange(lsn: record.start, database: change.database, operation: change.operation))
        activity.trimEvents(limits, slack: limits.events)
      }
    case .replicationOrigin where kind == .originSet || kind == .originDrop:
      if let origin = try ReplicationOriginBody(mainData: body, info: info).originID { activity.noteSet([origin]) }
    case .tablespace where kind == .tablespaceCreate:
      let made = try TablespaceCreation(mainData: body)
      guard !made.path.isEmpty else { return }
      activity.tablespacesMade?.append(
        TablespaceMade(lsn: record.start, tablespace: made.tablespace, path: made.path))
      activity.trimEvents(limits, slack: limits.events)
    case .logicalMessage:
      let message = try LogicalMessageBody(mainData: body, length: fragments.mainDataLength)
      guard !message.isTransactional else { return }
      let (start, limit) = (record.start, limits.messagesPerDatabase)
      updateCommits(of: message.database) { $0.add(message: start, limit: limit) }
      noteListed(1)
    default: break
    }
  }

  // MARK: Clean-ups

  private mutating func noteCleanup(
    _ record: WALRecord, _ fragments: RecordFragments
  ) throws(FormatError) {
    guard
      let horizon = try ConflictHorizon(
        record: record.bytes, fragments: fragments, manager: ResourceManager(record.header.resourceManager),
        info: record.header.info, layout: layout),
      horizon.isCatalog == true
    else { return }
    activity.catalogCleanups.append(
      CatalogCleanup(
        database: horizon.relation.database, first: record.start, last: record.start, horizon: horizon.xid, count: 1))
    if activity.catalogCleanups.count > 2 * limits.catalogCleanups { activity.trim(limits) }
  }

  // MARK: Ends of transactions

  private mutating func noteTransaction(
    _ record: WALRecord, _ fragments: RecordFragments, _ body: RawSpan
  ) throws(FormatError) {
    let header = record.header
    let kind = RecordKind(header)
    if kind == .xactPrepare {
      try notePrepare(try PrepareBody(mainData: body, version: layout.version), record)
      return
    }
    if kind == .xactInvalidations, kind.isWritten(by: layout.version) {
      pending.update(header.xid, at: record.start) { $0.changesCatalogs = true }
      return
    }
    guard let end = try TransactionEnd(mainData: body, info: header.info, version: layout.version) else { return }
    let xid = end.preparedXID ?? header.xid
    for subtransaction in end.subtransactions { activity.note(subtransaction) }
    let xids = end.subtransactions.count + 1
    let done = pending.take(xid, end.subtransactions)
    guard end.kind.isCommit else {
      if end.kind == .abortPrepared {
        activity.preparedRollbacks?.append(
          PreparedRollback(
            xid: xid, database: end.database ?? done?.prepared?.database, lsn: record.start,
            preparedAt: done?.prepared?.start))
        activity.trimRollbacks(limits, slack: limits.preparedRollbacks)
      }
      remember(.abort(start: record.start, xid: xid, subtransactions: end.subtransactions), xids: xids)
      return
    }
    var commit = CommitEvent(
      xid: xid, start: record.start, end: record.end, time: end.time, originID: fragments.originID,
      originLSN: end.originLSN, isTwoPhase: end.kind == .commitPrepared, gid: end.gid ?? done?.prepared?.gid,
      relationsComplete: !pending.overflowed)
    done?.write(to: &commit)
    if pending.overflowed { commit.relationsComplete = false }
    commit.changesCatalogs = commit.changesCatalogs || end.invalidationCount > 0
    // Without logical decoding the records do not tell rows.
    if end.database == nil { (commit.relations, commit.truncated) = ([], []) }
    updateCommits(of: end.database) { $0.add(commit) }
    noteListed(commit.entryCount)
    remember(
      .commit(database: end.database, start: record.start, xid: xid, subtransactions: end.subtransactions), xids: xids)
  }

  private mutating func notePrepare(_ prepare: PrepareBody, _ record: WALRecord) throws(FormatError) {
    let prepared = ActivityWork.Prepared(
      gid: prepare.gid, database: prepare.database, start: record.start, end: record.end, time: prepare.preparedAt)
    for subtransaction in prepare.subtransactions { activity.note(subtransaction) }
    var transaction =
      pending.take(prepare.xid, prepare.subtransactions) ?? ActivityWork(first: record.start)
    transaction.prepared = prepared
    if prepare.invalidationCount > 0 { transaction.changesCatalogs = true }
    pending.put(transaction, as: prepare.xid)
    remember(
      .prepare(prepared, xid: prepare.xid, subtransactions: prepare.subtransactions),
      xids: prepare.subtransactions.count + 1)
  }

  // MARK: The cluster

  private mutating func noteRunning(_ running: RunningTransactions, _ record: WALRecord) {
    activity.runningTransactions.append(
      RunningTransactionsEvent(
        lsn: record.start, end: record.end, nextXID: running.nextXID, oldestRunningXID: running.oldestRunningXID,
        runningCount: running.running.count))
    if activity.runningTransactions.count > 2 * limits.runningTransactions { activity.trim(limits) }
    activity.noteNext(running.nextXID)
    pending.dropEnded(before: running.oldestRunningXID)
    remember(.oldestRunning(running.oldestRunningXID), xids: 1)
  }

  private mutating func noteXLOG(_ record: WALRecord, _ body: RawSpan) throws(FormatError) {
    switch try XLOGBody(mainData: body, info: record.header.info, version: layout.version) {
    case .checkpoint(let checkpoint, let isShutdown):
      noteCheckpoint(checkpoint, isShutdown: isShutdown, at: record.start)
    case .nextOID(let next): activity.oidCounters?.append(OIDCounterEvent(lsn: record.start, nextOID: next))
    case .endOfRecovery(let end):
      activity.timelineChanges.append(
        TimelineChange(
          lsn: record.start, kind: .endOfRecovery, timeline: end.timeline, previousTimeline: end.previousTimeline,
          time: end.time))
      noteRestart()
    case .parameterChange(let change):
      activity.parameterChanges.append(ParameterChangeEvent(lsn: record.start, parameters: change))
    case .logicalDecodingStatus(let isEnabled):
      activity.logicalDecodingChanges.append(LogicalDecodingChange(lsn: record.start, isEnabled: isEnabled))
    default: return
    }
    activity.trimEvents(limits, slack: limits.events)
  }

  private mutating func noteCheckpoint(_ checkpoint: Checkpoint, isShutdown: Bool, at lsn: LSN) {
    activity.checkpoints.append(
      CheckpointEvent(
        lsn: lsn, redo: checkpoint.redo, isShutdown: isShutdown, timeline: checkpoint.timeline, time: checkpoint.time,
        nextXID: checkpoint.nextXID, walLevel: checkpoint.walLevel,
        logicalDecodingEnabled: checkpoint.logicalDecodingEnabled))
    activity.oidCounters?.append(OIDCounterEvent(lsn: lsn, nextOID: checkpoint.nextOID))
    activity.noteNext(checkpoint.nextXID.xid)
    guard isShutdown else { return }
    noteRestart()
    if checkpoint.timeline != checkpoint.previousTimeline {
      activity.timelineChanges.append(
        TimelineChange(
          lsn: lsn, kind: .checkpoint, timeline: checkpoint.timeline, previousTimeline: checkpoint.previousTimeline,
          time: checkpoint.time))
    }
  }

  /// Nothing runs on across a shutdown, a crash or a promotion but prepared transactions.
  private mutating func noteRestart() {
    pending.noteRestart()
    remember(.restart, xids: 1)
  }
}

extension RelationChanges {
  /// Counts a change.
  ///
  /// A speculative insert counts when it is confirmed.
  fileprivate mutating func count(_ change: HeapChange) {
    isToast = isToast || change.isToast
    switch change.operation {
    case .insert: inserts &+= UInt64(change.rowCount)
    case .confirm: inserts &+= 1
    case .update: updates &+= 1
    case .delete: deletes &+= 1
    case .speculativeInsert, .speculativeAbort: break
    }
  }
}

extension HeapChange {
  /// Deletes of catalog rows carry no mark; the first file numbers (below `FirstNormalObjectId`) are those of catalogs.
  fileprivate var isCounted: Bool {
    switch operation {
    case .insert, .confirm, .update: isLogical
    case .delete: isLogical && relation.number >= 16384
    case .speculativeInsert, .speculativeAbort: false
    }
  }
}
