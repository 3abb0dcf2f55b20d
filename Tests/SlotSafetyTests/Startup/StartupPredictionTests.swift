import ByteReading
import Evidence
import FixtureSupport
import PostgresFormat
@testable import SlotSafety
import Testing

/// One test per rule: evidence of a sound directory, changed in one way that stops the server, and a neighbor that does not.
@Suite struct StartupPredictionTests {
  /// A cleanly stopped server with a logical and a physical slot, by a real control file.
  func sound(_ version: ServerVersion = .v17) throws -> Evidence {
    let name = try #require(Fixtures.names.first { $0.hasPrefix("pg\(version.name)-") })
    let node = try #require(try Fixtures.nodes(name).first)
    let bytes = try FileTree.contents(of: node.path + "/global/pg_control")
    var control = try ControlFile(parsing: bytes.span.bytes, version: version)
    control.state = .shutDown
    control.catalogVersion = ControlFile.catalogVersion(of: version)
    control.minRecoveryPoint = .none
    control.minRecoveryPointTimeline = TimelineID(0)
    control.checkpoint.timeline = TimelineID(1)
    control.maxConnections = 100
    control.maxPreparedTransactions = 0
    control.maxWorkerProcesses = 8
    control.maxLocksPerTransaction = 64
    control.walLevel = 2
    if control.maxWALSenders != nil { control.maxWALSenders = 10 }
    var evidence = Evidence(origin: Origin(kind: .dataDirectory, source: "/data/"))
    evidence.version = version
    evidence.versionFile = Located(version.name, path: "PG_VERSION")
    let size = Int(control.walSegmentSize)
    let segment = SegmentNumber(containing: control.checkpointLSN, size: size)
    evidence.wal.path = version.walDirectoryName
    evidence.wal.segmentSize = size
    evidence.wal.live = [SegmentRun(timeline: TimelineID(1), first: segment, last: segment)]
    evidence.control = Located(control, path: "global/pg_control")
    evidence.settings.mainFile = "postgresql.conf"
    set(&evidence, "wal_level", "logical")
    set(&evidence, "max_replication_slots", "4")
    set(&evidence, "hot_standby", "on")
    set(&evidence, "max_wal_senders", "10")
    return evidence
  }

  func set(_ evidence: inout Evidence, _ name: String, _ value: String, path: String = "postgresql.conf") {
    let line = evidence.settings.assignments.count + 1
    evidence.settings.assignments.append(SettingAssignment(name: name, value: value, path: path, line: line))
  }

  private func slot(
    _ name: String, logical: Bool = true, persistency: SlotState.Persistency = .persistent
  ) -> SlotEvidence {
    let state = SlotState(
      name: name, database: OID(logical ? 5 : 0), persistency: persistency, plugin: logical ? "pgoutput" : "")
    return SlotEvidence(directory: name, path: "pg_replslot/\(name)/state", state: state)
  }

  func message(_ version: ServerVersion = .v17, _ change: (inout Evidence) -> Void) throws -> String? {
    var evidence = try sound(version)
    change(&evidence)
    let prediction = StartupPrediction.predict(evidence)
    #expect((prediction.wouldStart == false) == (prediction.message.map { !$0.contains("only ") } ?? false))
    return prediction.message
  }

  @Test(arguments: ServerVersion.allCases)
  func aSoundDirectoryStarts(version: ServerVersion) throws {
    #expect(StartupPrediction.predict(try sound(version)) == StartupPrediction(wouldStart: true))
  }

  @Test func evidenceOfAServerTellsNothing() throws {
    let evidence = Evidence(origin: Origin(kind: .server, source: "host=a"))
    #expect(StartupPrediction.predict(evidence).wouldStart == nil)
  }

  @Test func aRunningServerLeavesItOpenUnlessItsFilesWouldStopIt() throws {
    var evidence = try sound()
    evidence.startFiles.postmasterPIDPresent = true
    evidence.startFiles.postmasterAlive = true
    #expect(StartupPrediction.predict(evidence).wouldStart == nil)
    evidence.slots = [slot("a")]
    set(&evidence, "wal_level", "replica")
    #expect(StartupPrediction.predict(evidence).wouldStart == false)
  }

  @Test func configurationFiles() throws {
    let wrong = try message {
      $0.settings.syntaxErrors = [SettingSyntaxError(path: "postgresql.conf", line: 3, message: "x")]
    }
    #expect(wrong == "FATAL: configuration file \"/data/postgresql.conf\" contains errors")
    let auto = try message {
      $0.settings.syntaxErrors = [SettingSyntaxError(path: "postgresql.auto.conf", line: 3, message: "x")]
    }
    #expect(auto == "FATAL: configuration file \"postgresql.auto.conf\" contains errors")
  }

  /// The server's user may read what this one may not; and no setting is known not to be in there.
  @Test func aConfigurationFileThatIsKeptLeavesItOpen() throws {
    func prediction(_ change: (inout Evidence) -> Void = { _ in }) throws -> StartupPrediction {
      var evidence = try sound()
      evidence.problems = [
        Problem(
          subject: "configuration", path: "postgresql.auto.conf", cause: .file(errno: 13, message: "Permission denied"))
      ]
      change(&evidence)
      return StartupPrediction.predict(evidence)
    }
    #expect(try prediction().wouldStart == nil)
    #expect(
      try prediction().message
        == "FATAL: could not open configuration file \"/data/postgresql.auto.conf\": Permission denied (only if the server's user may not read it either)"
    )
    #expect(
      try prediction {
        set(&$0, "max_replication_slots", "0"); $0.slots = [slot("a")]
      }.wouldStart == nil)
  }

  @Test func settingValues() throws {
    #expect(
      try message { set(&$0, "wal_level", "foo") }
        == "FATAL: configuration file \"/data/postgresql.conf\" contains errors")
    #expect(
      try message {
        set(&$0, "wal_level", "foo"); set(&$0, "wal_level", "logical")
      } == nil, "the last one counts")
    #expect(try message { set(&$0, "wal_keep_segments", "1") } != nil, "a setting that 13 took away")
    #expect(try message(.v12) { set(&$0, "wal_keep_segments", "1") } == nil)
    #expect(try message { set(&$0, "max_wal_senders", "200") } == nil)
    #expect(try message { set(&$0, "superuser_reserved_connections", "100") } != nil)
  }

  @Test func settingsThatExcludeEachOther() throws {
    #expect(
      try message { set(&$0, "wal_level", "minimal") }
        == "FATAL: WAL streaming (\"max_wal_senders\" > 0) requires \"wal_level\" to be \"replica\" or \"logical\"")
    #expect(
      try message {
        set(&$0, "wal_level", "minimal"); set(&$0, "max_wal_senders", "0")
      } == nil)
    #expect(
      try message(.v15) {
        set(&$0, "wal_level", "minimal"); set(&$0, "archive_mode", "on")
      }
        == "FATAL: WAL archival cannot be enabled when wal_level is \"minimal\"")
    #expect(
      try message {
        set(&$0, "recovery_target_xid", "5"); set(&$0, "recovery_target_name", "x")
      } != nil)
    // An empty one counts where it is read after another.
    #expect(
      try message {
        set(&$0, "recovery_target_xid", "5"); set(&$0, "recovery_target_name", "")
      } == "FATAL: multiple recovery targets specified")
    #expect(
      try message {
        set(&$0, "recovery_target_name", ""); set(&$0, "recovery_target_xid", "5")
      } == nil)
    #expect(try message { set(&$0, "max_connections", "262143") } == "FATAL: too many server processes configured")
  }

  @Test func recoveryConf() throws {
    #expect(
      try message { $0.startFiles.recoveryConf = true }
        == "FATAL: using recovery command file \"recovery.conf\" is not supported")
    #expect(
      try message(.v11) {
        $0.startFiles.recoveryConf = true
        $0.settings.recovery = [SettingAssignment(name: "standby_mode", value: "on", path: "recovery.conf", line: 1)]
      } == nil)
    #expect(
      try message { $0.startFiles.recoverySignal = true }
        == "FATAL: must specify \"restore_command\" when standby mode is not enabled")
    #expect(
      try message {
        $0.startFiles.recoverySignal = true; set(&$0, "restore_command", "cp")
      } == nil)
  }

  @Test func controlFile() throws {
    #expect(
      try message { $0.control?.value.checksumError = FormatError(.badChecksum, at: 288, field: "crc") }
        == "FATAL: incorrect checksum in control file")
    #expect(
      try message { $0.control?.value.catalogVersion = 202_307_071 }
        == "FATAL: database files are incompatible with server")
    #expect(try message { $0.control?.value.catalogVersion = 1 } == nil, "a fork's")
    #expect(
      try message { $0.control?.value.walSegmentSize = 3 << 20 }
        == "FATAL: invalid WAL segment size in control file (3145728 bytes)")
    #expect(
      try message { $0.control?.value.state = nil } == "FATAL: control file contains invalid database cluster state")
    #expect(
      try message { $0.control?.value.checkpointLSN = LSN(5) }
        == "FATAL: control file contains invalid checkpoint location")
    #expect(
      try message {
        $0.control = nil
        $0.problems = [
          Problem(
            subject: "control_file", path: "global/pg_control",
            cause: .file(errno: 2, message: "No such file or directory"))
        ]
      } == "postgres: could not find the database system")
    #expect(
      try message {
        $0.control = nil
        let error = FormatError(.tooShort, at: 100, field: "x", expected: "296 bytes", found: "100 bytes")
        $0.problems = [Problem(subject: "control_file", path: "global/pg_control", cause: .format(error))]
      } == "PANIC: could not read file \"global/pg_control\": read 100 of 296")
  }

  @Test func slotFiles() throws {
    func damaged(_ error: FormatError, _ version: ServerVersion = .v17) throws -> String? {
      try message(version) {
        var bad = slot("n")
        bad.state = nil
        $0.slots = [bad]
        $0.problems = [Problem(subject: "slot_state", path: bad.path, cause: .format(error))]
      }
    }
    let file = "replication slot file \"pg_replslot/n/state\""
    #expect(
      try damaged(FormatError(.badMagic, at: 0, field: "magic", expected: "0x01051CA1", found: "0x00000000"))
        == "PANIC: \(file) has wrong magic number: 0 instead of 17112225")
    #expect(
      try damaged(FormatError(.unsupportedVersion, at: 8, field: "version", found: "99"))
        == "PANIC: \(file) has unsupported version 99")
    #expect(
      try damaged(FormatError(.badLength, at: 12, field: "length", found: "99"))
        == "PANIC: \(file) has corrupted length 99")
    #expect(
      try damaged(FormatError(.tooShort, at: 100, field: "slotdata", expected: "200 bytes", found: "100 bytes"))
        == "PANIC: could not read file \"pg_replslot/n/state\": read 84 of 184")
    #expect(
      try damaged(FormatError(.tooShort, at: 10, field: "header", expected: "16 bytes", found: "10 bytes"))
        == "PANIC: could not read file \"pg_replslot/n/state\": read 10 of 16")
    #expect(
      try damaged(FormatError(.badChecksum, at: 4, field: "checksum", expected: "0x00000001", found: "0x00000002"))
        == "PANIC: checksum mismatch for \(file): is 1, should be 2")
    // An evidence file may say anything.
    #expect(
      try damaged(FormatError(.tooShort, at: 100, field: "slotdata", expected: "0 bytes", found: "100 bytes"))
        == "PANIC: could not read file \"pg_replslot/n/state\": read 84 of 0")
    #expect(try damaged(FormatError(.badValue, at: 84, field: "persistency", found: "9")) == nil)
    #expect(
      try message {
        var bad = slot("n")
        bad.temporaryStateIsDirectory = true
        $0.slots = [bad]
      } == "PANIC: could not remove file \"pg_replslot/n/state.tmp\": Is a directory")
  }

  @Test(
    arguments: [
      (ServerVersion.v13, "FATAL: logical replication slot \"n\" exists, but wal_level < logical"),
      (.v17, "FATAL: logical replication slot \"n\" exists, but \"wal_level\" < \"logical\""),
      (.v19, nil),
      (.v10, "FATAL: logical replication slot \"n\" exists, but wal_level < logical (only from 10.6 on)"),
    ] as [(ServerVersion, String?)])
  func walLevel(version: ServerVersion, expected: String?) throws {
    #expect(
      try message(version) {
        $0.slots = [slot("n")]
        set(&$0, "wal_level", "replica")
      } == expected)
    #expect(
      try message(version) {
        $0.slots = [slot("n", persistency: .temporary), slot("p", logical: false)]
        set(&$0, "wal_level", "replica")
      } == nil, "temporary slots are removed, physical ones want less")
  }

  @Test func numberOfSlotsAndHotStandby() throws {
    let five = (1...5).map { slot("s\($0)") }
    #expect(try message { $0.slots = five } == "FATAL: too many replication slots active before shutdown")
    #expect(try message { $0.slots = Array(five.prefix(4)) + [slot("t", persistency: .ephemeral)] } == nil)
    func off(_ version: ServerVersion, standby: Bool, state: ClusterState = .shutDown) throws -> String? {
      try message(version) {
        $0.control?.value.state = state
        $0.slots = [slot("n")]
        $0.startFiles.standbySignal = standby
        set(&$0, "hot_standby", "off")
      }
    }
    #expect(try off(.v18, standby: true, state: .inProduction) == nil, "its own WAL is replayed first")
    #expect(
      try off(.v18, standby: true)
        == "FATAL: logical replication slot \"n\" exists on the standby, but \"hot_standby\" = \"off\"")
    #expect(try off(.v17, standby: true)?.hasSuffix("(only from 17.5 on)") == true)
    #expect(try off(.v15, standby: true) == nil)
    #expect(try off(.v18, standby: false) == nil)
  }

  @Test func originsAndPreparedTransactions() throws {
    let origin = OriginEvidence(originID: 1, name: nil, remoteLSN: LSN(1))
    #expect(
      try message { $0.origins = Array(repeating: origin, count: 5) }?.hasPrefix("PANIC: could not find free") == true)
    #expect(try message { $0.origins = Array(repeating: origin, count: 4) } == nil)
    #expect(
      try message {
        $0.origins = [origin]; set(&$0, "max_replication_slots", "0")
      } == nil, "not read at all then")
    let error = FormatError(.badMagic, at: 0, field: "magic", found: "0x00000000")
    let path = "pg_logical/replorigin_checkpoint"
    #expect(
      try message { $0.problems = [Problem(subject: "replication_origins", path: path, cause: .format(error))] }
        == "PANIC: replication checkpoint has wrong magic 0 instead of 307747550")
    let forged = FormatError(.badLength, at: 4, field: "ReplicationStateOnDisk", found: "\(UInt64.max) bytes left over")
    #expect(
      try message { $0.problems = [Problem(subject: "replication_origins", path: path, cause: .format(forged))] }
        == "PANIC: could not read file \"\(path)\": read 3 of 16")
    let crc = FormatError(.badChecksum, at: 0, field: "crc", expected: "0x00000001", found: "0x00000002")
    let file = Problem(subject: "prepared_transaction", path: "pg_twophase/x", cause: .format(crc))
    #expect(
      try message { $0.problems = [file] }
        == "FATAL: calculated CRC checksum does not match value stored in file \"pg_twophase/x\"")
    #expect(try message(.v11) { $0.problems = [file] } == nil, "removed with a warning")
  }

  @Test func redoSegment() throws {
    // The checkpoint's segment is there, and replay would begin in the one before it.
    func early(_ evidence: inout Evidence) {
      guard let control = evidence.control?.value else { return }
      let size = UInt64(control.walSegmentSize)
      evidence.control?.value.checkpoint.redo = LSN(control.checkpointLSN.rawValue / size * size - 64)
    }
    #expect(try message(.v18, early)?.hasPrefix("PANIC: could not find redo location ") == true)
    #expect(try message(.v19, early)?.hasPrefix("FATAL: could not find redo location ") == true)
    #expect(try message(.v13, early) == nil)
    #expect(
      try message(.v18) { evidence in
        early(&evidence)
        evidence.wal.live[0].first = SegmentNumber(evidence.wal.live[0].first.rawValue - 1)
      } == nil)
  }

  @Test func checkpointAndTimeline() throws {
    #expect(
      try message { $0.wal.live = [] }?.hasPrefix("PANIC: could not locate a valid checkpoint record at ") == true)
    #expect(try message(.v15) { $0.wal.live = [] } == "PANIC: could not locate a valid checkpoint record")
    #expect(try message(.v19) { $0.wal.live = [] }?.hasPrefix("FATAL: could not locate a valid") == true)
    #expect(
      try message {
        $0.wal.live = []; $0.startFiles.standbySignal = true
      }?.contains("(only if") == true)
    func child(_ switchPoint: LSN) throws -> String? {
      try message {
        $0.startFiles.standbySignal = true
        let history = TimelineHistory(
          timeline: TimelineID(2), ancestors: [.init(timeline: TimelineID(1), switchPoint: switchPoint, reason: "")])
        $0.timelines = [Located(history, path: "pg_wal/00000002.history")]
      }
    }
    #expect(try child(LSN(0x1000)) == "FATAL: requested timeline 2 is not a child of this server's history")
    #expect(try child(LSN(UInt64.max)) == nil)
    #expect(
      try message {
        $0.startFiles.standbySignal = true; set(&$0, "recovery_target_timeline", "7")
      }
        == "FATAL: recovery target timeline 7 does not exist")
  }

  @Test func standbyParameters() throws {
    func less(_ version: ServerVersion, standby: Bool) throws -> String? {
      try message(version) {
        $0.startFiles.standbySignal = standby
        set(&$0, "max_connections", "50")
      }
    }
    #expect(try less(.v17, standby: true) == "FATAL: recovery aborted because of insufficient parameter settings")
    #expect(
      try less(.v13, standby: true)
        == "FATAL: hot standby is not possible because max_connections = 50 is a lower setting than on the master server (its value was 100)"
    )
    #expect(try less(.v17, standby: false) == nil)
    #expect(
      try message {
        $0.startFiles.standbySignal = true; set(&$0, "max_connections", "50"); set(&$0, "hot_standby", "off")
      } == nil)
  }

  @Test func aDirectoryWhoseWALWasNotReadIsNeverSaidToStart() throws {
    var evidence = try sound()
    evidence.wal = WALEvidence()
    #expect(StartupPrediction.predict(evidence).wouldStart == nil)
  }

  @Test func whatCannotBeKnownIsLeftOpen() throws {
    var evidence = try sound()
    evidence.slots = [slot("n")]
    evidence.settings = SettingsEvidence()
    evidence.problems = [
      Problem(
        subject: "configuration", path: "postgresql.conf", cause: .file(errno: 2, message: "No such file or directory"))
    ]
    let prediction = StartupPrediction.predict(evidence)
    #expect(prediction.wouldStart == nil)
    #expect(prediction.message?.contains("could not access the server configuration file") == true)
  }
}
