import Evidence
@testable import PostgresFormat
import SlotSafety

/// A primary of 17 that was stopped cleanly, and its standby with all of its WAL and a synchronized copy of the one slot:
/// everything is ready. Tests change what they are about.
struct SamplePair {
  var primary: Evidence
  var standby: Evidence
  var subscribers: [Evidence] = []
  /// What the standby's data pages say.
  var pages: PageCheck?
  var others: [Evidence] = []
  var storedPositions: [StoredPosition] = []
  var promoteAt: LSN?
  var assumed: Set<Premise> = []

  static let database = OID(5)
  /// restart_lsn, confirmed_flush, and the end of WAL on both nodes.
  static let restart = LSN(0x100_0100)
  static let confirmed = LSN(0x100_0800)
  static let end = LSN(0x100_1000)
  /// The last record, 0x78 bytes before the end.
  static let lastRecord = LSN(0x100_0F88)

  init(_ version: ServerVersion = .v17) {
    primary = Self.node("primary", version)
    standby = Self.node("standby", version)
    standby.startFiles.standbySignal = true
    standby.control?.value.state = .shutDownInRecovery
    standby.control?.value.minRecoveryPoint = Self.end
    standby.control?.value.minRecoveryPointTimeline = TimelineID(1)
    let synchronizes = version >= .v17
    primary.slots = [
      Self.evidence(Self.slot("orders", version, failover: synchronizes)),
      Self.evidence(
        SlotState(
          name: "s1", catalogXmin: TransactionID(750), restartLSN: Self.confirmed, synced: false, failover: false)),
    ]
    standby.slots = [Self.evidence(Self.slot("orders", version, failover: synchronizes, synced: synchronizes))]
    primary.set("wal_level", "logical")
    standby.set("wal_level", "logical")
    standby.set("hot_standby_feedback", "on")
    standby.set("primary_slot_name", "s1")
    standby.set("primary_conninfo", "host=p dbname=shop")
    if synchronizes {
      primary.set("synchronized_standby_slots", "s1")
      standby.set("sync_replication_slots", "on")
    }
  }

  static func slot(
    _ name: String, _ version: ServerVersion = .v17, confirmed: LSN = SamplePair.confirmed, failover: Bool = true,
    synced: Bool = false
  ) -> SlotState {
    let flags = version >= .v17
    return SlotState(
      name: name, database: database, catalogXmin: TransactionID(760), restartLSN: restart, confirmedFlush: confirmed,
      twoPhase: version >= .v14 ? false : nil, plugin: "pgoutput", synced: flags ? synced : nil,
      failover: flags ? failover : nil)
  }

  static func evidence(_ state: SlotState) -> SlotEvidence {
    SlotEvidence(directory: state.name, path: "pg_replslot/\(state.name)/state", state: state)
  }

  private static func node(_ name: String, _ version: ServerVersion) -> Evidence {
    var evidence = Evidence(origin: Origin(kind: .dataDirectory, source: "/\(name)"))
    evidence.version = version
    var control = ControlFile.sample
    control.checkpointLSN = lastRecord
    control.checkpoint.redo = lastRecord
    control.walSegmentSize = 1 << 20
    control.layout = version
    control.controlVersion = ControlFile.controlVersion(of: version)
    control.catalogVersion = ControlFile.catalogVersion(of: version)
    evidence.control = Located(control, path: "global/pg_control")
    evidence.databases = [DatabaseRow(oid: database, name: "shop")]
    evidence.wal.path = "pg_wal"
    evidence.wal.segmentSize = 1 << 20
    evidence.wal.live = [SegmentRun(timeline: TimelineID(1), first: SegmentNumber(16), last: SegmentNumber(16))]
    evidence.setEnd(end)
    return evidence
  }

  /// A standby whose catalogs are of no release that is known.
  static var ofAFork: Evidence {
    var standby = SamplePair().standby
    standby.control?.value.catalogVersion = 202_701_011
    return standby
  }

  func assess() -> Assessment { audit.assess(standby) }

  /// The question, for every command that begins with it.
  var audit: Audit {
    var audit = Audit(
      primary: primary, standbys: [standby] + others, subscribers: subscribers,
      promoteAt: promoteAt,
      assumed: assumed)
    audit.storedPositions = storedPositions
    audit.pages[standby.origin.source] = pages
    return audit
  }

  /// What all of them start from.
  var admission: Admission { Failover.establish(audit.question(of: standby)) }

  /// Both nodes have that much more WAL, all of it there and read.
  mutating func moveEnd(by bytes: UInt64) {
    let end = Self.end.advanced(by: bytes)
    let segments = SegmentRun(
      timeline: TimelineID(1), first: SegmentNumber(0), last: SegmentNumber(containing: end, size: 1 << 20))
    primary.wal.live = [segments]
    standby.wal.live = [segments]
    primary.setEnd(end)
    standby.setEnd(end)
    primary.control?.value.checkpointLSN = LSN(end.rawValue - 0x78)
  }

  /// A commit on the primary, which the standby has, too, as far as it received WAL.
  mutating func commit(
    at start: LSN, in database: OID = SamplePair.database, time: Timestamp = Timestamp(unixSeconds: 0)
  ) {
    primary.commit(at: start, in: database, time: time)
    if let end = standby.wal.end?.lsn, start < end { standby.commit(at: start, in: database, time: time) }
  }

  /// The times of both directories' files are their own; those of slots are from before any commit.
  mutating func keepFileTimes() {
    for node in [\SamplePair.primary, \SamplePair.standby] {
      let time = self[keyPath: node].control?.value.time
      self[keyPath: node].control?.modifiedAt = time
      for index in self[keyPath: node].slots.indices {
        self[keyPath: node].slots[index].modifiedAt = Timestamp(unixSeconds: -10)
      }
    }
  }

  /// The verdict on the slot `orders`.
  var orders: SlotAssessment? { assess().slots.first { $0.slotName == "orders" } }
}

extension Evidence {
  mutating func set(_ name: String, _ value: String) {
    settings.mainFile = "postgresql.conf"
    settings.files = [SettingsFile(path: "postgresql.conf", modifiedAt: Timestamp(unixSeconds: -7200))]
    settings.assignments.append(
      SettingAssignment(name: name, value: value, path: "postgresql.conf", line: settings.assignments.count + 1))
  }

  /// Moves the end of WAL, all of it read.
  mutating func setEnd(_ end: LSN, lastRecord: LSN? = nil, timeline: UInt32 = 1) {
    wal.end = WALEnd(
      lsn: end, timeline: TimelineID(timeline), lastRecord: lastRecord ?? LSN(end.rawValue - 0x78),
      walkedFrom: SamplePair.restart,
      stop: WALStop(.zeroLength, at: end))
    if stretches.isEmpty {
      stretches = [WALStretch(from: LSN(0x100_0000), to: end, activity: WALActivity())]
      stretches[0].activity.runningTransactions = [
        RunningTransactionsEvent(
          lsn: SamplePair.restart, end: LSN(SamplePair.restart.rawValue + 0x38), nextXID: TransactionID(770),
          oldestRunningXID: TransactionID(770), runningCount: 0)
      ]
    }
    stretches[0].to = end
  }

  /// A commit of a database that begins here, of one row.
  mutating func commit(
    at start: LSN, in database: OID = SamplePair.database, time: Timestamp = Timestamp(unixSeconds: 0)
  ) {
    var activity = stretches[0].activity.activity(of: database) ?? DatabaseActivity(database: database)
    var row = RelationChanges(relation: RelationLocator(tablespace: OID(1663), database: database, number: 16391))
    row.inserts = 1
    activity.commits.append(
      CommitEvent(
        xid: TransactionID(780), start: start, end: LSN(start.rawValue + 0x30), time: time, relations: [row]))
    activity.commits.sort { $0.start < $1.start }
    activity.commitCount = UInt64(activity.commits.count)
    stretches[0].activity.databases.removeAll { $0.database == database }
    stretches[0].activity.databases.append(activity)
  }

  /// Promoted at `fork`, onto timeline 2; with `signal` it is still a standby, of that timeline.
  mutating func promote(at fork: LSN, signal: Bool = false) {
    startFiles.standbySignal = signal
    timelines = [
      Located(
        TimelineHistory(
          timeline: TimelineID(2),
          ancestors: [TimelineHistory.Entry(timeline: TimelineID(1), switchPoint: fork, reason: "no recovery target")]),
        path: "pg_wal/00000002.history")
    ]
    control?.value.state = signal ? .shutDownInRecovery : .inProduction
    control?.value.checkpoint.timeline = TimelineID(2)
    control?.value.minRecoveryPointTimeline = TimelineID(2)
    wal.live.append(SegmentRun(timeline: TimelineID(2), first: SegmentNumber(16), last: SegmentNumber(16)))
    setEnd(wal.end?.lsn ?? fork, timeline: 2)
  }

  mutating func changeSlot(_ name: String, _ change: (inout SlotState) -> Void) {
    for index in slots.indices where slots[index].state?.name == name {
      if var state = slots[index].state {
        change(&state)
        slots[index].state = state
      }
    }
  }
}

extension SamplePair {
  /// Beyond the standby's end.
  static let further = LSN(0x100_2000)
  /// A record that the slot and its copy have passed.
  static let beforeConfirmed = LSN(0x100_0700)

  /// The primary crashed with WAL that the standby lacks.
  static func withPrimaryAhead() -> SamplePair {
    var pair = SamplePair()
    pair.primary.control?.value.state = .inProduction
    pair.primary.startFiles.postmasterPID = PostmasterPID(pid: 1, startTime: Timestamp(unixSeconds: -1))
    pair.primary.setEnd(further)
    pair.primary.set("synchronized_standby_slots", "")
    // The copy's position was taken after this, and the standby's configuration is older.
    let checkpoint = CheckpointEvent(
      lsn: beforeConfirmed, redo: beforeConfirmed, isShutdown: false, timeline: TimelineID(1),
      time: Timestamp(unixSeconds: -1), nextXID: FullTransactionID(rawValue: 770), walLevel: 2,
      logicalDecodingEnabled: nil)
    pair.primary.stretches[0].activity.checkpoints = [checkpoint]
    pair.standby.stretches[0].activity.checkpoints = [checkpoint]
    return pair
  }

  /// A subscriber that has applied what was committed up to `lsn`. Its one table was copied, up to a position of the publisher.
  static func subscriber(
    at lsn: LSN, connection: String? = nil, copied: LSN? = SamplePair.confirmed, state: String = "r"
  ) -> Evidence {
    var subscriber = Evidence(origin: Origin(kind: .dataDirectory, source: "/subscriber"))
    subscriber.version = .v17
    subscriber.control = Located(.sample, path: "global/pg_control")
    subscriber.subscriptions = [
      SubscriptionRow(
        oid: OID(16400), database: OID(5), name: "sub", owner: OID(10), enabled: true, connectionInfo: connection,
        slotName: "orders", publications: [], skipLSN: LSN.none)
    ]
    subscriber.origins = [OriginEvidence(originID: 1, name: "pg_16400", remoteLSN: lsn)]
    subscriber.subscribedTables = [
      SubscribedTables(
        database: OID(5),
        tables: [
          SubscribedTables.Table(
            row: SubscribedTableRow(subscription: OID(16400), relation: OID(16391), state: state, lsn: copied),
            schemaName: "public", tableName: "items")
        ])
    ]
    return subscriber
  }
}
