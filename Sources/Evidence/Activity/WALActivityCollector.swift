import ByteReading
package import PostgresFormat

/// Collects what happened in a stretch of WAL while a walker reads it.
///
/// Several workers can share a stretch: each collects a part, and the parts are appended in order. A part that is not the
/// first keeps how transactions ended in it, so that what they did before can be added to their commits.
package struct WALActivityCollector: RecordSink, Sendable {
  /// How much is kept, so that memory does not grow with the WAL. Beyond a limit the older part loses detail, and says
  /// so.
  package struct Limits: Sendable {
    /// Commits listed one by one for a database.
    package var commitsPerDatabase = 10_000
    /// Commits, their relations and messages listed for all databases together: the newest ones.
    package var listed = 1 << 18
    /// Positions of non-transactional logical messages, the newest ones; all of them are counted.
    package var messagesPerDatabase = 1_000
    /// Running-transactions records. Beyond it every second one of the older half goes, which only makes slots
    /// consistent later.
    package var runningTransactions = 10_000
    /// Entries for catalog clean-ups. Beyond it neighbors of one database become one entry with the newer horizon.
    package var catalogCleanups = 8_192
    /// Checkpoints, timeline, parameter and database changes, of each kind.
    package var events = 1_000
    /// Prepared transactions that were rolled back.
    package var preparedRollbacks = 10_000
    /// Transactions followed at a time, and relations noted for each.
    package var openTransactions = 1 << 16
    /// For file numbers and for the OIDs of TRUNCATE each; a commit that exceeds it does not count as complete.
    package var relationsPerTransaction = 256
    /// Relations noted for all transactions together that are followed at a time; as above.
    package var openRelations = 1 << 17
    /// Databases told apart; the commits of further ones count for every database.
    package var databases = 10_000
    /// Ends of transactions that a part other than the first remembers, counted in xids.
    package var endedXIDs = 1 << 20
    /// The limits as they stand above.
    package init() {}
  }

  /// How transactions ended, in order, for the stretch before.
  enum Ending: Sendable {
    case commit(database: OID?, start: LSN, xid: TransactionID, subtransactions: [TransactionID])
    case abort(start: LSN, xid: TransactionID, subtransactions: [TransactionID])
    case prepare(ActivityWork.Prepared, xid: TransactionID, subtransactions: [TransactionID])
    /// Nothing but prepared transactions went on.
    case restart
    case oldestRunning(TransactionID)
  }

  let limits: Limits
  let layout: RecordLayout
  private let continuesEarlier: Bool
  private let interest: ActivityInterest
  var activity = WALActivity()
  private var databases: [OID?: Int] = [:]
  private var commits: [DatabaseCommits] = []
  /// The one in `commits` that was used last.
  private var lastDatabase = 0
  /// Entries in `commits`, or fewer than this.
  private var listed = 0
  var pending: PendingTransactions<ActivityWork>
  private var endings: [Ending] = []
  private var endedXIDs = 0
  private var endingsOverflowed = false

  /// `continuesEarlier`: another part comes before this one, to which it will be appended.
  package init(version: ServerVersion, continuesEarlier: Bool = false, limits: Limits = Limits()) {
    (self.limits, layout, self.continuesEarlier) = (limits, RecordLayout(version), continuesEarlier)
    interest = ActivityInterest(version)
    pending = PendingTransactions(
      limits: PendingLimits(
        transactions: limits.openTransactions, entriesPerTransaction: limits.relationsPerTransaction,
        entries: limits.openRelations))
  }

  /// No record has been seen.
  package var isEmpty: Bool { activity.recordCount == 0 }

  /// Takes the next valid record. Always true: a body that cannot be decoded only makes the relations incomplete.
  package mutating func accept(_ record: WALRecord) -> Bool {
    let header = record.header
    if activity.recordCount == 0 { activity.from = record.start }
    activity.to = record.end
    activity.recordCount &+= 1
    activity.recordBytes &+= UInt64(header.totalLength)
    let kind = interest.kind(of: header)
    guard kind != .rows else {
      noteRows(record)
      return true
    }
    noteLength(record)
    if kind == .other || kind == .cleanup && interest.conflicts.mayConcernCatalogs(record) { noteWhole(record) }
    return true
  }

  /// Notes how a transaction ended, for the part before this one.
  mutating func remember(_ ending: Ending, xids: Int) {
    guard continuesEarlier, !endingsOverflowed else { return }
    guard endedXIDs + xids <= limits.endedXIDs else {
      endingsOverflowed = true
      endings = []
      return
    }
    endedXIDs += xids
    endings.append(ending)
  }

  @inline(__always)
  mutating func updateCommits(of database: OID?, _ change: (inout DatabaseCommits) -> Void) {
    if lastDatabase >= commits.count || commits[lastDatabase].activity.database?.rawValue != database?.rawValue {
      find(database)
    }
    change(&commits[lastDatabase])
  }

  /// Says that the lists in `commits` have grown.
  mutating func noteListed(_ count: Int) {
    listed += count
    if listed > 2 * max(limits.listed, commits.count) { keepNewest() }
  }

  private mutating func keepNewest() {
    listed = commits.keepNewest(entries: limits.listed, messageLimit: limits.messagesPerDatabase)
  }

  private mutating func find(_ database: OID?) {
    if let index = databases[database] {
      lastDatabase = index
      return
    }
    // A commit that may be of any database counts for all of them.
    if database != nil, commits.count >= limits.databases { return find(nil) }
    lastDatabase = commits.count
    databases[database] = lastDatabase
    commits.append(DatabaseCommits(database: database, limit: limits.commitsPerDatabase))
  }

  /// Appends the part that follows this one.
  package mutating func append(_ later: consuming WALActivityCollector) {
    if later.endingsOverflowed {
      pending.forget()
      activity.relationsComplete = false
    }
    for ending in later.endings { follow(ending, into: &later) }
    for (xid, transaction) in later.pending.open { pending.put(transaction, as: xid) }
    if later.pending.overflowed { pending.noteOverflow() }
    let messageLimit = limits.messagesPerDatabase
    for part in later.commits {
      updateCommits(of: part.activity.database) { $0.append(part, messageLimit: messageLimit) }
    }
    noteListed(later.listed)
    activity.note(later.pending.highest)
    appendLists(later.activity)
  }

  private mutating func follow(_ ending: Ending, into later: inout WALActivityCollector) {
    switch ending {
    case .commit(let database, let start, let xid, let subtransactions):
      guard let earlier = pending.take(xid, subtransactions) else { return }
      let limit = limits.relationsPerTransaction
      later.updateCommits(of: database) { $0.complete(start, with: earlier, limit: limit) }
      later.listed += earlier.entryCount
    case .abort(let start, let xid, let subtransactions):
      guard let earlier = pending.take(xid, subtransactions), let prepared = earlier.prepared else { return }
      later.activity.completeRollback(at: start, with: prepared)
    case .prepare(let prepared, let xid, let subtransactions):
      var transaction = pending.take(xid, subtransactions) ?? ActivityWork(first: prepared.start)
      transaction.prepared = prepared
      pending.put(transaction, as: xid)
    case .restart: pending.noteRestart()
    case .oldestRunning(let xid): pending.dropEnded(before: xid)
    }
  }

  private mutating func appendLists(_ later: WALActivity) {
    activity.from = activity.from ?? later.from
    activity.to = later.to ?? activity.to
    activity.recordCount &+= later.recordCount
    activity.recordBytes &+= later.recordBytes
    if let next = later.nextXID { activity.noteNext(next) }
    activity.runningTransactions += later.runningTransactions
    activity.runningTransactionsThinned = activity.runningTransactionsThinned || later.runningTransactionsThinned
    activity.catalogCleanups += later.catalogCleanups
    activity.timelineChanges += later.timelineChanges
    activity.checkpoints += later.checkpoints
    activity.oidCounters = (activity.oidCounters ?? []) + (later.oidCounters ?? [])
    activity.parameterChanges += later.parameterChanges
    activity.logicalDecodingChanges += later.logicalDecodingChanges
    activity.databaseChanges += later.databaseChanges
    activity.tablespacesMade = (activity.tablespacesMade ?? []) + (later.tablespacesMade ?? [])
    activity.noteSet(later.originsSet ?? [])
    activity.append(rollbacks: later)
    activity.eventsOmitted = activity.eventsOmitted || later.eventsOmitted
    activity.relationsComplete = activity.relationsComplete && later.relationsComplete
    activity.trim(limits)
  }

  /// The result; the collector can go on afterwards.
  package func finished() -> WALActivity {
    if listed > limits.listed {
      var fewer = self
      fewer.keepNewest()
      return fewer.written()
    }
    return written()
  }

  private func written() -> WALActivity {
    var result = activity
    result.trim(limits)
    result.note(pending.highest)
    result.databases = commits.map { $0.finished(messageLimit: limits.messagesPerDatabase) }
      .sorted { ($0.database?.rawValue ?? .max) < ($1.database?.rawValue ?? .max) }
    if pending.overflowed { result.relationsComplete = false }
    for (xid, transaction) in pending.open {
      if let prepared = transaction.prepared {
        result.openPreparedTransactions.append(
          OpenPreparedTransaction(
            xid: xid, gid: prepared.gid, database: prepared.database, start: prepared.start,
            end: prepared.end, time: prepared.time, bytes: transaction.bytes, relations: transaction.relations))
        continue
      }
      result.openTransactionCount += 1
      guard result.openTransactions.count < limits.events else { continue }
      result.openTransactions.append(
        OpenTransaction(xid: xid, first: transaction.first, bytes: transaction.bytes))
    }
    return result
  }
}
