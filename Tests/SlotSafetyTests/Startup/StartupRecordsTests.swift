import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// The records that a start reads by themselves, and what recovery meets on its way.
@Suite struct StartupRecordsTests {
  private let sample = StartupPredictionTests()

  private func record(_ lsn: LSN, isCheckpoint: Bool = false, isRedoMark: Bool = false, _ stop: WALStop.Reason? = nil)
    -> StartRecord
  {
    var record = StartRecord(lsn: lsn)
    (record.isCheckpoint, record.isRedoMark) = (isCheckpoint, isRedoMark)
    record.stop = stop.map { WALStop($0, at: lsn) }
    return record
  }

  /// A crashed server whose last checkpoint began before its record; the records as they are given.
  private func message(
    _ version: ServerVersion = .v17, checkpoint: WALStop.Reason? = nil, isCheckpoint: Bool = true,
    redo: WALStop.Reason? = nil, isRedoMark: Bool = true, standby: Bool = false
  ) throws -> String? {
    try sample.message(version) { evidence in
      guard let control = evidence.control?.value else { return }
      let begin = LSN(control.checkpointLSN.rawValue - 64)
      evidence.control?.value.state = .inProduction
      evidence.control?.value.checkpoint.redo = begin
      evidence.wal.live[0].first = SegmentNumber(evidence.wal.live[0].first.rawValue - 1)
      evidence.wal.startRecords = [
        record(begin, isRedoMark: isRedoMark, redo),
        record(control.checkpointLSN, isCheckpoint: isCheckpoint && checkpoint == nil, checkpoint),
      ]
      evidence.startFiles.standbySignal = standby
    }
  }

  @Test func bothAreRead() throws {
    #expect(try message() == nil)
    for reason in [WALStop.Reason.badChecksum, .zeroLength, .zeroPage, .foreignSegment, .shortFile, .badRecordLength] {
      #expect(
        try message(checkpoint: reason)?.hasPrefix("PANIC: could not locate a valid checkpoint record at ") == true)
      #expect(try message(redo: reason)?.hasPrefix("PANIC: could not find redo location ") == true)
    }
    #expect(try message(isCheckpoint: false)?.hasPrefix("PANIC: could not locate a valid checkpoint record") == true)
    #expect(try message(.v19, checkpoint: .badChecksum)?.hasPrefix("FATAL: could not locate") == true)
    #expect(try message(redo: .badChecksum, standby: true)?.contains("(only if neither the archive") == true)
    // What this user could not read says nothing.
    #expect(try message(checkpoint: .unreadable, redo: .unreadable) == nil)
  }

  /// Before 14 nothing is asked of the record at redo until replay begins with it.
  @Test func theFirstRecordOfReplay() throws {
    #expect(
      try message(.v13, redo: .badChecksum)?.hasPrefix(
        "PANIC: incorrect resource manager data checksum in record at ") == true)
    #expect(try message(.v10, redo: .zeroLength)?.hasSuffix(": wanted 24, got 0") == true)
    #expect(try message(.v13, redo: .badChecksum, standby: true)?.contains("(only if neither the archive") == true)
    #expect(try message(.v13, redo: .foreignMagic)?.hasSuffix("(only if this minor release refuses the page)") == true)
    // Without the segment it starts, and replays nothing.
    for reason in [WALStop.Reason.missingSegment, .unreadable] { #expect(try message(.v13, redo: reason) == nil) }
  }

  @Test func theMarkAtRedo() throws {
    #expect(try message(isRedoMark: false)?.hasPrefix("FATAL: unexpected record type found at redo point ") == true)
    #expect(try message(.v16, isRedoMark: false) == nil)
  }

  @Test func redoAfterItsCheckpoint() throws {
    let found = try sample.message {
      let after = $0.control?.value.checkpointLSN.advanced(by: 8)
      $0.control?.value.checkpoint.redo = after ?? .none
    }
    #expect(found == "PANIC: invalid redo in checkpoint record (only if the record says the same)")
  }

  /// A node of timeline 2 whose history is missing: pages of timeline 1 are none to the reader.
  @Test func withoutItsHistory() throws {
    func message(standby: Bool) throws -> String? {
      try sample.message {
        $0.startFiles.standbySignal = standby
        $0.control?.value.minRecoveryPoint = LSN(0x1000)
        $0.control?.value.minRecoveryPointTimeline = TimelineID(2)
      }
    }
    #expect(try message(standby: false)?.hasPrefix("PANIC: could not locate a valid checkpoint record at ") == true)
    #expect(try message(standby: true)?.contains("(only if neither") == true)
  }

  // MARK: On the way

  private func replay(_ evidence: inout Evidence, _ change: (inout ReplayEvidence) -> Void = { _ in }) {
    guard let control = evidence.control?.value else { return }
    var replay = ReplayEvidence(from: control.checkpoint.redo)
    change(&replay)
    evidence.wal.replay = replay
    evidence.wal.end = WALEnd(
      lsn: control.checkpointLSN.advanced(by: 4096), timeline: TimelineID(1),
      lastRecord: control.checkpointLSN.advanced(by: 4000), walkedFrom: control.checkpoint.redo,
      stop: WALStop(.zeroLength, at: control.checkpointLSN.advanced(by: 4096)))
  }

  /// A base backup with its WAL and without a signal file.
  @Test func endOfABackup() throws {
    func message(from: String = "primary", _ change: (inout Evidence) -> Void) throws -> String? {
      try sample.message { evidence in
        guard let control = evidence.control?.value else { return }
        evidence.control?.value.state = .inProduction
        var label = BackupLabel.sample(control.checkpoint.redo, checkpoint: control.checkpointLSN)
        label.from = from
        evidence.startFiles.backupLabelPresent = true
        evidence.startFiles.backupLabel = Located(label, path: "backup_label")
        if from == "standby" { evidence.control?.value.state = .inArchiveRecovery }
        change(&evidence)
      }
    }
    let words = "FATAL: WAL ends before end of online backup"
    #expect(try message { _ in }?.hasPrefix(words + " (only if") == true, "nobody has looked")
    #expect(try message { replay(&$0) { $0.endedBackups = [$0.from] } } == nil)
    #expect(try message { replay(&$0) { $0.endedBackups = [LSN(8)] } } == words)
    // One of a standby has no such record: it must be replayed up to where the standby was.
    #expect(
      try message(from: "standby") {
        replay(&$0)
        $0.control?.value.minRecoveryPoint = $0.wal.end?.lsn ?? .none
        $0.control?.value.minRecoveryPointTimeline = TimelineID(1)
      } == nil)
    #expect(
      try message(from: "standby") {
        replay(&$0)
        $0.control?.value.minRecoveryPoint = ($0.wal.end?.lsn ?? .none).advanced(by: 8)
        $0.control?.value.minRecoveryPointTimeline = TimelineID(1)
      } == words)
  }

  @Test func whatTheDataFilesNeedIsNotHere() throws {
    func message(_ version: ServerVersion = .v17, standby: Bool = true, beyond: Int64 = 8) throws -> String? {
      try sample.message(version) { evidence in
        replay(&evidence)
        (evidence.startFiles.recoverySignal, evidence.startFiles.standbySignal) = (true, standby)
        sample.set(&evidence, "restore_command", "cp /x/%f %p")
        let end = evidence.wal.end?.lsn ?? .none
        evidence.control?.value.minRecoveryPoint = LSN(UInt64(Int64(end.rawValue) + beyond))
        evidence.control?.value.minRecoveryPointTimeline = TimelineID(1)
      }
    }
    #expect(try message()?.hasPrefix("FATAL: the database system is not yet accepting connections (only if") == true)
    #expect(try message(.v13)?.hasPrefix("FATAL: the database system is starting up (only if") == true)
    #expect(try message(standby: false)?.hasPrefix("FATAL: WAL ends before consistent recovery point (only if") == true)
    #expect(try message(beyond: 0) == nil)
  }

  @Test func targetsThatAreNotReached() throws {
    func message(
      _ name: String, _ value: String, in version: ServerVersion = .v17, standby: Bool = false
    ) throws -> String? {
      try sample.message(version) { evidence in
        replay(&evidence) { $0.restorePoints = ["here"] }
        (evidence.startFiles.recoverySignal, evidence.startFiles.standbySignal) = (true, standby)
        sample.set(&evidence, "restore_command", "cp /x/%f %p")
        sample.set(&evidence, name, value)
      }
    }
    let words = "FATAL: recovery ended before configured recovery target was reached (only if neither"
    #expect(try message("recovery_target_name", "does_not_exist")?.hasPrefix(words) == true)
    let early = "FATAL: requested recovery stop point is before consistent recovery point (only if"
    #expect(try message("recovery_target_name", "here")?.hasPrefix(early) == true)
    #expect(try message("recovery_target_xid", "777")?.hasPrefix(words) == true)
    #expect(try message("recovery_target_lsn", "FF/0")?.hasPrefix(words) == true)
    #expect(try message("recovery_target_lsn", "0/10")?.hasPrefix(early) == true)
    #expect(try message("recovery_target", "immediate")?.hasPrefix(words) == true, "there may be no record to stop at")
    #expect(try message("recovery_target_xid", "777", standby: true)?.hasPrefix(early) == true)
    #expect(try message("recovery_target_action", "shutdown", standby: true) == nil)
    #expect(try message("recovery_target_name", "does_not_exist", in: .v12) == nil, "12 ends there")
  }

  @Test func preparedInTheWAL() throws {
    func message(_ limit: String, most: Int) throws -> String? {
      try sample.message { evidence in
        replay(&evidence) { $0.mostPrepared = most }
        sample.set(&evidence, "max_prepared_transactions", limit)
      }
    }
    #expect(try message("0", most: 1) == "FATAL: maximum number of prepared transactions reached")
    #expect(try message("1", most: 1) == nil)
  }

  @Test func parametersOfThePrimaryInTheWAL() throws {
    func message(_ connections: Int32) throws -> String? {
      try sample.message { evidence in
        var change = ParameterChange()
        change.maxConnections = connections
        replay(&evidence) { $0.parameterChanges = [ParameterChangeEvent(lsn: $0.from, parameters: change)] }
        evidence.startFiles.standbySignal = true
      }
    }
    #expect(
      try message(200)?.hasPrefix("FATAL: recovery aborted because of insufficient parameter settings (only from the")
        == true)
    #expect(try message(100) == nil)
  }

  /// An archive's history is found by recovery, which goes to the newest.
  @Test func historiesInAnArchive() throws {
    func message(restore: String = "cp /archive/%f %p", fork: LSN) throws -> String? {
      try sample.message { evidence in
        evidence.startFiles.recoverySignal = true
        sample.set(&evidence, "restore_command", restore)
        var archive = ArchivedTimelines(path: "/archive")
        archive.histories = [
          Located(
            TimelineHistory(
              timeline: TimelineID(2), ancestors: [.init(timeline: TimelineID(1), switchPoint: fork, reason: "")]),
            path: "/archive/00000002.history")
        ]
        evidence.archives = [archive]
      }
    }
    #expect(try message(fork: LSN(0x100)) == "FATAL: requested timeline 2 is not a child of this server's history")
    #expect(try message(fork: LSN(0xFF_0000_0000)) == nil)
  }

  // MARK: Folders

  /// As servers of 15, 17 and 18 answered, each folder missing by itself.
  @Test(
    arguments: [
      ("pg_subtrans", true, "FATAL: checkpoint request failed"),
      ("pg_logical", true, "FATAL: checkpoint request failed"),
      ("pg_logical/snapshots", true, "FATAL: checkpoint request failed"),
      ("pg_logical/mappings", true, "FATAL: checkpoint request failed"),
      ("pg_xact", true, "FATAL: checkpoint request failed"),
      ("pg_tblspc", true, "FATAL: could not open directory \"pg_tblspc\": No such file or directory"),
      ("pg_commit_ts", true, "PANIC: could not open file \"pg_commit_ts\": No such file or directory"),
      ("pg_multixact/members", true, "PANIC: could not open file \"pg_multixact/members\": No such file or directory"),
      ("pg_multixact/offsets", true, "FATAL: could not access status of transaction 1"),
      ("pg_multixact/offsets", false, "FATAL: could not access status of transaction 1"),
      ("pg_xact", false, "FATAL: could not access status of transaction 753"),
      ("pg_commit_ts", false, "FATAL: could not open directory \"pg_commit_ts\": No such file or directory"),
      ("pg_tblspc", false, nil), ("pg_subtrans", false, nil), ("pg_logical", false, nil),
    ] as [(String, Bool, String?)])
  func foldersThatAreMissing(_ name: String, isCrashed: Bool, expected: String?) throws {
    var evidence = try sample.sound()
    evidence.control?.value.state = isCrashed ? .inProduction : .shutDown
    evidence.control?.value.checkpoint.nextMulti = 1
    evidence.control?.value.checkpoint.nextXID = FullTransactionID(epoch: 0, xid: 753)
    evidence.startFiles.missing = [name]
    evidence.startFiles.plainAuthentication = true
    let prediction = StartupPrediction.predict(evidence)
    if let expected {
      #expect(prediction.wouldStart == false && prediction.message == expected, "\(prediction)")
    } else {
      #expect(prediction.wouldStart == nil && prediction.message?.contains(name) == true, "\(prediction)")
    }
  }

  @Test func anExcerptIsOpenAndSaidOnce() throws {
    var evidence = try sample.sound()
    evidence.startFiles.missing = ["base/1", "pg_notify", "pg_hba.conf"]
    evidence.problems = ["global/1213", "global/1262"].map {
      Problem(subject: "catalog", path: $0, cause: .file(errno: 2, message: "No such file or directory"))
    }
    let prediction = StartupPrediction.predict(evidence)
    #expect(prediction.wouldStart == nil && prediction.message?.contains("excerpt") == true)
    let findings = Inspection(evidence).findings
    #expect(findings.filter { $0.id == "node.excerpt" }.count == 1 && !findings.contains { $0.id == "damage.catalog" })
    // With template1, too, where it lacks more than damage takes away: as an audit takes it.
    evidence.startFiles.missing = ["pg_notify", "pg_serial", "pg_snapshots", "pg_subtrans", "pg_twophase"]
    let pruned = StartupPrediction.predict(evidence)
    #expect(pruned.wouldStart == nil && pruned.message?.contains("excerpt") == true && pruned.path == "pg_notify")
    #expect(Inspection(evidence).findings.contains { $0.id == "node.excerpt" && $0.message.contains("pg_notify") })
    // What it has is judged all the same.
    evidence.wal.live = []
    #expect(StartupPrediction.predict(evidence).wouldStart == false)
    evidence.startFiles.missing = ["pg_notify"]
    #expect(Inspection(evidence).findings.contains { $0.id == "damage.catalog" })
  }
}

extension BackupLabel {
  /// A base backup of a primary.
  static func sample(_ redo: LSN, checkpoint: LSN) -> BackupLabel {
    var label = BackupLabel()
    (label.startLSN, label.checkpointLSN, label.startTimeline) = (redo, checkpoint, TimelineID(1))
    (label.startSegment, label.method, label.from) = ("000000010000000000000001", "streamed", "primary")
    return label
  }
}
