import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// Whether a directory is whole and as its server left it, and what leaves the answer open because nobody looked at it.
@Suite struct StartupWholeTests {
  private let sample = StartupPredictionTests()

  @Test(arguments: [
    (0o700, ServerVersion.v10, false), (0o750, .v10, true), (0o700, .v17, false), (0o750, .v17, false),
    (0o740, .v17, false), (0o755, .v17, true), (0o770, .v17, true), (0o711, .v17, true),
  ])
  func permissions(mode: Int, version: ServerVersion, isRefused: Bool) throws {
    let found = try sample.message(version) { $0.startFiles.permissions = UInt32(mode) }
    let words = version < .v11 ? "has group or world access" : "has invalid permissions"
    #expect(found == (isRefused ? "FATAL: data directory \"/data\" \(words)" : nil))
  }

  @Test func foldersThatAreMissing() throws {
    #expect(
      try sample.message { $0.startFiles.missing = ["pg_dynshmem", "pg_notify"] }
        == "FATAL: could not open directory \"pg_notify\": No such file or directory")
    #expect(
      try sample.message { $0.startFiles.missing = ["pg_hba.conf"] } == "FATAL: could not load /data/pg_hba.conf")
    #expect(try sample.message(.v15) { $0.startFiles.missing = ["pg_hba.conf"] } == "FATAL: could not load pg_hba.conf")
    // A directory that was pruned for reading counts in an audit as what it was taken from.
    var pruned = try sample.sound()
    pruned.startFiles.missing = ["pg_hba.conf", "pg_notify", "pg_twophase"]
    pruned.startFiles.permissions = 0o755
    #expect(StartupObstacle.find(pruned) == nil && StartupObstacle.find(pruned, asWhole: true) != nil)
  }

  /// As servers of each version answered, each folder or file missing by itself.
  @Test(
    arguments: [
      (
        .v13, "pg_logical/mappings", true,
        "FATAL: could not open directory \"pg_logical/mappings\": No such file or directory"
      ),
      (.v13, "pg_logical", true, "FATAL: could not open directory \"pg_logical/snapshots\": No such file or directory"),
      (.v13, "pg_subtrans", true, nil), (.v15, "pg_subtrans", true, "FATAL: checkpoint request failed"),
      (.v13, "pg_commit_ts", true, "PANIC: could not open file \"pg_commit_ts\": No such file or directory"),
      (.v19, "pg_commit_ts", true, "PANIC: could not open file \"pg_commit_ts\": No such file or directory"),
      (
        .v19, "pg_multixact/members", true,
        "PANIC: could not open file \"pg_multixact/members\": No such file or directory"
      ),
      (.v19, "pg_multixact/offsets", true, "FATAL: checkpoint request failed"),
      (
        .v13, "pg_multixact/offsets", true,
        "PANIC: could not open file \"pg_multixact/offsets\": No such file or directory"
      ),
      (.v13, "pg_multixact/offsets", false, "FATAL: could not access status of transaction 1"),
      (.v17, "pg_multixact/offsets/0000", false, "FATAL: could not access status of transaction 1"),
      (.v17, "pg_xact/0000", false, "FATAL: could not access status of transaction 753"),
      (.v19, "pg_xact/0000", false, "FATAL: could not open file \"pg_xact/0000\": No such file or directory"),
      (.v17, "pg_xact/0000", true, nil),
    ] as [(ServerVersion, String, Bool, String?)])
  func whatEachVersionSays(version: ServerVersion, name: String, isCrashed: Bool, expected: String?) throws {
    var evidence = try sample.sound(version)
    evidence.control?.value.state = isCrashed ? .inProduction : .shutDown
    evidence.control?.value.checkpoint.nextMulti = 1
    evidence.control?.value.checkpoint.nextXID = FullTransactionID(epoch: 0, xid: 753)
    (evidence.startFiles.missing, evidence.startFiles.plainAuthentication) = ([name], true)
    let prediction = StartupPrediction.predict(evidence)
    #expect(prediction.wouldStart == (expected == nil ? nil : false), "\(prediction)")
    #expect(expected == nil || prediction.message == expected, "\(prediction)")
  }

  @Test func somethingElseInTheirPlace() throws {
    func prediction(_ subject: String, _ path: String, _ change: (inout Evidence) -> Void = { _ in }) throws
      -> StartupPrediction
    {
      var evidence = try sample.sound()
      evidence.problems = [
        Problem(subject: subject, path: path, cause: .other(code: "wrong_kind", message: "is other"))
      ]
      change(&evidence)
      return StartupPrediction.predict(evidence)
    }
    #expect(
      try prediction(Problem.startFolder, "pg_twophase").message
        == "FATAL: could not open directory \"pg_twophase\": Not a directory")
    for (subject, path) in [
      (Problem.startFolder, "pg_xact"), ("replication_origins", "pg_logical/replorigin_checkpoint"),
      ("tablespaces", "pg_tblspc/16400"),
    ] {
      #expect(try prediction(subject, path).wouldStart == nil, "\(path)")
    }
    // Links that were followed by a copy: only recovery of a backup or a standby stops at them.
    let (subject, path) = (Problem.tablespaceInPlace, "pg_tblspc/16400")
    #expect(try prediction(subject, path).wouldStart == true)
    let found = try prediction(subject, path) { $0.startFiles.standbySignal = true }
    #expect(
      found.wouldStart == false && found.message == "PANIC: unexpected directory entry \"16400\" found in pg_tblspc")
  }

  /// What is not looked at leaves the answer open, and is named.
  @Test func whatIsNotLookedAtIsNamed() throws {
    func open(_ version: ServerVersion = .v17, _ change: (inout Evidence) -> Void) throws -> String? {
      var evidence = try sample.sound(version)
      change(&evidence)
      let prediction = StartupPrediction.predict(evidence)
      let words = "nothing that was looked at prevents a start; not looked at: "
      guard prediction.wouldStart == nil, let message = prediction.message, message.hasPrefix(words) else { return nil }
      return String(message.dropFirst(words.count))
    }
    #expect(
      try open { sample.set(&$0, "shared_preload_libraries", "pg_stat_statements") }
        == "the libraries in shared_preload_libraries (--libraries)")
    #expect(try open { $0.startFiles.missing = ["pg_tblspc"] }?.contains("pg_tblspc") == true)
    #expect(try open { $0.startFiles.plainAuthentication = false } == "pg_hba.conf")
    #expect(try open { $0.startFiles.missing = [] } == "pg_hba.conf", "it is there and was not read")
    #expect(try open { $0.startFiles.permissions = 0o500 }?.contains("mode 0500") == true)
    for (name, value) in [
      ("recovery_target_time", "soon"), ("lc_messages", "xx_YY.UTF-8"), ("timezone", "Nowhere/Else"),
      ("wal_consistency_checking", "all"), ("ssl", "on"), ("archive_library", "basic_archive"),
      ("idle_replication_slot_timeouts", "(withheld)"), ("default_transaction_isolation", "serializable"),
      ("log_statement", "most"), ("synchronous_standby_names", "First"), ("huge_pages", "on"),
      ("autovacuum_vacuum_cost_delay", "2ms"), ("hba_file", "/etc/pg_hba.conf"),
    ] {
      #expect(try open { sample.set(&$0, name, value) } == "the value of \(name)", "\(name)")
    }
    for (name, value) in [
      ("work_mem", "64MB"), ("shared_buffers", "128MB"), ("random_page_cost", "1.1"), ("log_statement", "all"),
      ("lc_messages", "C"), ("timezone", "Etc/UTC"), ("datestyle", "iso, mdy"), ("log_destination", "stderr,csvlog"),
      ("plpgsql.variable_conflict", "foo"), ("shared_preload_libraries", ""), ("archive_command", "cp %p /x/%f"),
      ("recovery_target_time", ""), ("dynamic_shared_memory_type", "posix"), ("jit", "off"),
      ("default_text_search_config", "pg_catalog.english"),
    ] {
      #expect(
        try open { sample.set(&$0, name, value) } == nil && sample.message { sample.set(&$0, name, value) } == nil,
        "\(name)")
      #expect(try open(.v12) { sample.set(&$0, name, value) } == nil, "\(name)")
    }
  }

  /// The server may read what this user may not, and stop at it.
  @Test(arguments: [
    ("replication_origins", "pg_logical/replorigin_checkpoint"),
    ("prepared_transaction", "pg_twophase/0000000000000339"),
    ("slot_state", "pg_replslot/orders/state"), ("control_file", "global/pg_control"),
  ])
  func whatCouldNotBeReadLeavesItOpen(subject: String, path: String) throws {
    var evidence = try sample.sound()
    evidence.problems = [Problem(subject: subject, path: path, cause: .file(errno: 13, message: "Permission denied"))]
    let prediction = StartupPrediction.predict(evidence)
    #expect(prediction.wouldStart == nil && prediction.path == path, "\(prediction)")
  }

  /// An archive that is cut, or has holes: nothing is known of what it may have, and nothing of what the server would say.
  @Test(arguments: [
    ("tablespace_map", "tablespace_map"), ("control_file", "global/pg_control"), ("version_file", "PG_VERSION"),
  ])
  func whatAnArchiveDoesNotGiveLeavesItOpen(subject: String, path: String) throws {
    var evidence = try sample.sound()
    evidence.problems = [
      Problem(subject: subject, path: path, cause: .file(errno: 0, message: "may be missing or not"))
    ]
    switch subject {
    case "control_file": evidence.control = nil
    case "version_file": (evidence.version, evidence.versionFile) = (nil, nil)
    default:
      evidence.startFiles.backupLabelPresent = true
      let redo = try #require(evidence.control?.value.checkpoint.redo)
      evidence.startFiles.backupLabel = Located(.sample(redo, checkpoint: redo), path: "backup_label")
    }
    #expect(StartupPrediction.predict(evidence).wouldStart == nil)
  }

  @Test func settingsOfOtherMajors() throws {
    let words = "unrecognized configuration parameter \"io_method\" in file \"/data/postgresql.conf\" line 5"
    var evidence = try sample.sound(.v17)
    sample.set(&evidence, "io_method", "worker")
    #expect(StartupPrediction.predict(evidence).details == [words])
    #expect(try sample.message(.v18) { sample.set(&$0, "io_method", "worker") } == nil)
    // Nobody has looked at 14.
    var unknown = try sample.sound(.v14)
    sample.set(&unknown, "io_method", "worker")
    #expect(StartupPrediction.predict(unknown).wouldStart == nil)
  }

  /// Values that the type or the bounds refuse, of settings that mean nothing else here.
  @Test(arguments: [
    ("work_mem", "4MBB", "invalid value for parameter \"work_mem\": \"4MBB\""),
    ("commit_timestamp_buffers", "1", "invalid value for parameter \"commit_timestamp_buffers\": 1"),
    ("vacuum_buffer_usage_limit", "127", "invalid value for parameter \"vacuum_buffer_usage_limit\": 127"),
    ("jit", "perhaps", "parameter \"jit\" requires a Boolean value"),
    ("work_mem", "1", "1 kB is outside the valid range for parameter \"work_mem\" (64 kB .. 2147483647 kB)"),
    (
      "shared_buffers", "1",
      "1 8kB is outside the valid range for parameter \"shared_buffers\" (16 8kB .. 1073741823 8kB)"
    ),
  ])
  func valuesOfOtherSettings(name: String, value: String, words: String) throws {
    var evidence = try sample.sound()
    sample.set(&evidence, name, value)
    let prediction = StartupPrediction.predict(evidence)
    #expect(prediction.wouldStart == false && prediction.details == [words], "\(prediction)")
    // An audit asks that of a standby, too.
    #expect(StartupObstacle.find(evidence)?.isCertain == true)
    var old = try sample.sound(.v11)
    sample.set(&old, name, value)
    #expect(StartupPrediction.predict(old).wouldStart == nil, "what 13 refuses 11 may have taken")
  }
}
