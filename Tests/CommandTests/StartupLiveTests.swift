import ClusterFiles
import Evidence
import FixtureSupport
import Glibc
import PostgresFormat
import ServerLab
import SlotSafety
import Testing

/// A copy of a small data directory is damaged in each way, its start is predicted, and a real server is started on it.
/// The outcome must be the predicted one, and the log must have the predicted words.
@Suite(.serialized) struct StartupLiveTests {
  @Test(
    .enabled(if: !Lab.servers.isEmpty || Lab.isContinuousIntegration, "no PostgreSQL server on this machine"),
    arguments: Lab.servers)
  func predictionsComeTrue(server: Lab.Server) async throws {
    let version = try #require(ServerVersion(name: String(server.major)))
    try await LabRun.on(server) { lab in
      // Whether a machine has a time zone or a locale is not looked at.
      let base = try await lab.primary(settings: [
        "max_replication_slots": "4", "max_connections": "20", "timezone": "UTC", "log_timezone": "UTC",
        "lc_messages": "C", "lc_monetary": "C", "lc_numeric": "C", "lc_time": "C",
      ])
      try await base.sql(
        """
        select pg_create_physical_replication_slot('phys', true);
        select pg_create_logical_replication_slot('logi', 'pgoutput');
        select pg_replication_origin_create('o1');
        select pg_replication_origin_advance('o1', '0/100');
        create table t(a int);
        """)
      try await base.sql("begin; insert into t values (1); prepare transaction 'x';")
      // As a crash leaves it: a checkpoint that began before its record, and WAL to replay.
      try await base.sql("checkpoint")
      try await base.sql("insert into t select generate_series(1, 1000)")
      let crashed = try await lab.copy(of: base, "crashed")
      try await base.stop()
      for damage in Damage.ofCrash where damage.versions.contains(version) {
        let copy = try await lab.copy(of: crashed, "crashed_" + damage.name)
        let files = DamagedFiles(directory: copy.data, version: version)
        try files.remove("postmaster.pid")
        try damage.make(files)
        _ = try await runProgram("/bin/chown", ["-R", "--reference=\(base.data)", copy.data])
        try await check("crashed_" + damage.name, copy, isOpen: damage.isOpen)
      }
      for damage in Damage.all where damage.versions.contains(version) {
        let copy = try await lab.copy(of: base, damage.name)
        let files = DamagedFiles(directory: copy.data, version: version)
        try damage.make(files)
        _ = try await runProgram("/bin/chown", ["-R", "--reference=\(base.data)", copy.data])
        try await check(damage.name, copy, isOpen: damage.isOpen)
      }
    }
  }

  /// Libraries that are loaded at the start, with the folder of those that are installed.
  @Test(
    .enabled(if: !Lab.servers.isEmpty || Lab.isContinuousIntegration, "no PostgreSQL server on this machine"),
    arguments: Lab.servers)
  func preloadedLibrariesAreLookedFor(server: Lab.Server) async throws {
    let folder = try #require(server.libraries.flatMap(LibraryFolder.init), "\(server)")
    let version = try #require(ServerVersion(name: String(server.major)))
    guard case .there(_, version)? = folder.libraries(["pgoutput"]).states["pgoutput"] else {
      Issue.record("\(server): \(folder.libraries(["pgoutput"]))")
      return
    }
    try await LabRun.on(server) { lab in
      let base = try await lab.primary(settings: [
        "timezone": "UTC", "log_timezone": "UTC", "lc_messages": "C", "lc_monetary": "C", "lc_numeric": "C",
        "lc_time": "C",
      ])
      try await base.stop()
      var lists = [
        "nosuch", "pgoutput, nosuch", "$libdir/nosuch", "pgoutput", "$libdir/pgoutput", "pgoutput.so", "\"pgoutput\"",
        "pgoutput,,nosuch",
      ]
      for name in ["pg_stat_statements", "auto_explain"] where folder.has(name) { lists.append(name + ", pgoutput") }
      for (index, list) in lists.enumerated() {
        let copy = try await lab.copy(of: base, "preload\(index)")
        try copy.configure(["shared_preload_libraries": list])
        let evidence = try DataDirectory(path: copy.data).gather()
        #expect(StartupPrediction.predict(evidence).wouldStart == nil || list.contains(",,"), "\(list)")
        let prediction = StartupPrediction.predict(
          evidence, libraries: folder.libraries(evidence.preloadedLibraries))
        try await check("preload \(list)", copy, isOpen: false, prediction)
      }
    }
  }

  private func check(
    _ name: String, _ cluster: Cluster, isOpen: Bool, _ known: StartupPrediction? = nil
  ) async throws {
    let prediction = try known ?? StartupPrediction.predict(try DataDirectory(path: cluster.data).gather())
    // What the files leave open may be a server that waits for WAL without end.
    let outcome = try await cluster.attempt(
      "pg_ctl", ["-D", cluster.data, "-l", cluster.log, "-w", "-t", isOpen ? "3" : "30", "start"])
    let started = outcome.status == 0
    let log = (try? FileTree.contents(of: cluster.log)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    // A standby that waits for WAL is neither started nor ended.
    _ = try await cluster.attempt("pg_ctl", ["-D", cluster.data, "-m", "immediate", "-w", "-t", "20", "stop"])
    let place: Comment = "\(cluster.server) \(name): \(prediction.message ?? "starts")\n\(log.suffix(1500))"
    if isOpen {
      #expect(prediction.wouldStart == nil, place)
      return
    }
    #expect(prediction.wouldStart == started, place)
    guard let message = prediction.message, !started else { return }
    // The log has two blanks after the severity, and the program's own messages none of it.
    let words = message.split(separator: ": ", maxSplits: 1).joined(
      separator: message.hasPrefix("postgres") ? ": " : ":  ")
    #expect(log.contains(words), place)
  }
}

/// One way in which a directory can be damaged, or only be set up.
private struct Damage: Sendable {
  var name: String
  var versions: ClosedRange<ServerVersion> = .v9_6 ... .v19
  /// The files alone do not settle it.
  var isOpen = false
  var make: @Sendable (DamagedFiles) throws -> Void

  init(
    _ name: String, _ versions: ClosedRange<ServerVersion> = .v9_6 ... .v19, isOpen: Bool = false,
    _ make: @escaping @Sendable (DamagedFiles) throws -> Void
  ) {
    (self.name, self.versions, self.isOpen, self.make) = (name, versions, isOpen, make)
  }

  private static let slot = "pg_replslot/logi/state"
  private static let origins = "pg_logical/replorigin_checkpoint"

  static let all: [Damage] = [
    Damage("none") { _ in },
    Damage("syntax") { try $0.configure("foo bar baz\nwal_level") },
    Damage("syntax_in_auto") { try $0.append("a.b.c = 1\n", to: "postgresql.auto.conf") },
    Damage("unknown_value") { try $0.configure("wal_level = foo") },
    Damage("no_boolean") { try $0.configure("hot_standby = maybe") },
    Damage("wrong_unit") { try $0.configure("wal_sender_timeout = 1MS") },
    Damage("out_of_range") { try $0.configure("max_replication_slots = -5") },
    Damage("last_value_wins") { try $0.configure("wal_level = foo\nwal_level = LOGICAL") },
    Damage("setting_of_another_version", .v13 ... .v19) { try $0.configure("wal_keep_segments = 5") },
    Damage("setting_of_a_later_version", .v15 ... .v17) { try $0.configure("io_method = worker") },
    Damage("include_missing") { try $0.configure("include 'nope.conf'") },
    Damage("include_itself") { try $0.configure("include 'postgresql.conf'") },
    Damage("include_if_exists") { try $0.configure("include_if_exists 'nope.conf'") },
    Damage("include_folder_missing") { try $0.configure("include_dir 'nope.d'") },
    Damage("fractions", .v12 ... .v19) { try $0.configure("max_connections = 2.1e1\nwal_sender_timeout = '1.5 min'") },
    Damage("minimal_with_senders") { try $0.configure("wal_level = minimal") },
    Damage("minimal_with_archive") { try $0.configure("wal_level = minimal\nmax_wal_senders = 0\narchive_mode = on") },
    Damage("reserved_connections") { try $0.configure("superuser_reserved_connections = 50") },
    Damage("recovery_targets", .v12 ... .v19) {
      try $0.configure("recovery_target_name = x\nrecovery_target_xid = '700'")
    },
    Damage("recovery_conf", .v12 ... .v19) { try $0.write("", to: "recovery.conf") },
    Damage("recovery_signal", .v12 ... .v19) { try $0.write("", to: "recovery.signal") },
    Damage("pid_file_stale") { try $0.write("2147483646\n/nowhere\n1\n5432\n\n\n\n", to: "postmaster.pid") },
    Damage("mode_0755") { try $0.permit("755") },
    Damage("mode_0770") { try $0.permit("770") },
    Damage("mode_0750", .v11 ... .v19) { try $0.permit("750") },
    Damage("mode_0500", isOpen: true) { try $0.permit("500") },
    Damage("notify_missing") { try $0.remove("pg_notify") },
    Damage("twophase_missing") { try $0.remove("pg_twophase") },
    Damage("hba_missing") { try $0.remove("pg_hba.conf") },
    Damage("hba_garbage", isOpen: true) { try $0.write("foo\n", to: "pg_hba.conf") },
    Damage("tablespaces_missing", isOpen: true) { try $0.remove("pg_tblspc") },
    Damage("transactions_missing", .v13 ... .v19) { try $0.remove("pg_xact") },
    Damage("library_missing", isOpen: true) { try $0.configure("shared_preload_libraries = 'nosuch'") },
    Damage("wrong_unit_of_memory", .v13 ... .v19) { try $0.configure("work_mem = 4MBB") },
    Damage("too_little_memory", .v13 ... .v19) { try $0.configure("maintenance_work_mem = 1") },
    Damage("no_boolean_either", .v13 ... .v19) { try $0.configure("jit = perhaps") },
    Damage("other_values") { try $0.configure("work_mem = 64MB\nrandom_page_cost = 1.1\nlog_statement = 'all'") },
    Damage("target_time", .v12 ... .v19, isOpen: true) { try $0.configure("recovery_target_time = 'soon'") },
    Damage("locale_missing", isOpen: true) { try $0.configure("lc_messages = 'xx_YY.UTF-8'") },
    Damage("subtrans_missing", isOpen: true) { try $0.remove("pg_subtrans") },
    Damage("multixact_missing", .v13 ... .v18) { try $0.remove("pg_multixact/offsets") },
    Damage("commit_times_missing", .v13 ... .v19) { try $0.remove("pg_commit_ts") },
    Damage("excerpt", isOpen: true) { try $0.remove("base/1") },
    Damage("statistics_missing") { try $0.remove("pg_stat") },
    Damage("label_of_a_backup_without_its_end", .v13 ... .v19) {
      try $0.write(try $0.ownLabel(), to: "backup_label")
    },
    Damage("target_not_reached", .v13 ... .v19, isOpen: true) {
      try $0.write("", to: "recovery.signal")
      try $0.configure("restore_command = 'false'\nrecovery_target_name = 'nowhere'")
    },
    Damage("version_garbage") { try $0.write("foo\n", to: "PG_VERSION") },
    Damage("control_missing") { try $0.remove("global/pg_control") },
    Damage("control_short") { try $0.truncate("global/pg_control", to: 100) },
    Damage("control_checksum") { try $0.poke("global/pg_control", at: 200, [0x55, 0x66]) },
    Damage("control_version") { try $0.poke("global/pg_control", at: 8, [0xE8, 0x03, 0, 0]) },
    Damage("control_zero") { try $0.write(String(repeating: "\0", count: 8192), to: "global/pg_control") },
    Damage("wal_folder_missing") { try $0.remove("pg_wal") },
    Damage("wal_missing") { try $0.removeSegments() },
    Damage("wal_missing_on_standby", .v12 ... .v19, isOpen: true) {
      try $0.removeSegments()
      try $0.write("", to: "standby.signal")
    },
    Damage("label_garbage") { try $0.write("garbage\n", to: "backup_label") },
    Damage("label_without_wal") { try $0.write(DamagedFiles.label, to: "backup_label") },
    Damage("label_of_increment", .v17 ... .v19) {
      try $0.write(DamagedFiles.label + "INCREMENTAL FROM LSN: 0/100\nINCREMENTAL FROM TLI: 1\n", to: "backup_label")
    },
    Damage("label_of_other_timeline", .v11 ... .v19) {
      try $0.write(DamagedFiles.label.replacing("TIMELINE: 1", with: "TIMELINE: 2"), to: "backup_label")
    },
    Damage("slot_magic") { try $0.poke(slot, at: 0, [0, 0, 0, 0]) },
    Damage("slot_version") { try $0.poke(slot, at: 8, [99, 0, 0, 0]) },
    Damage("slot_length") { try $0.poke(slot, at: 12, [99, 0, 0, 0]) },
    Damage("slot_short") { try $0.truncate(slot, to: 100) },
    Damage("slot_header_short") { try $0.truncate(slot, to: 10) },
    Damage("slot_empty") { try $0.truncate(slot, to: 0) },
    Damage("slot_checksum") { try $0.poke(slot, at: 20, [0x58]) },
    Damage("slot_file_missing") { try $0.remove(slot) },
    Damage("slot_file_is_folder") {
      try $0.remove(slot)
      try $0.makeFolder(slot)
    },
    Damage("slot_temporary_is_folder") { try $0.makeFolder(slot + ".tmp") },
    Damage("slot_half_dropped") {
      try $0.makeFolder("pg_replslot/gone.tmp")
      try $0.write("x", to: "pg_replslot/gone.tmp/state")
    },
    Damage("slot_folder_missing") { try $0.remove("pg_replslot") },
    Damage("wal_level_replica") { try $0.configure("wal_level = replica") },
    Damage("wal_level_minimal") {
      try $0.remove("pg_replslot/logi")
      try $0.configure("wal_level = minimal\nmax_wal_senders = 0")
    },
    Damage("one_slot_allowed") { try $0.configure("max_replication_slots = 1") },
    Damage("no_slot_allowed") { try $0.configure("max_replication_slots = 0") },
    Damage("standby", .v12 ... .v19) { try $0.write("", to: "standby.signal") },
    Damage("standby_not_hot", .v12 ... .v15) { try $0.standby("hot_standby = off") },
    Damage("standby_not_hot_by_minor", .v16 ... .v17, isOpen: true) { try $0.standby("hot_standby = off") },
    Damage("standby_not_hot_refused", .v18 ... .v19) { try $0.standby("hot_standby = off") },
    Damage("standby_wal_level", .v12 ... .v19) { try $0.standby("wal_level = replica") },
    Damage("standby_fewer_connections", .v12 ... .v19) { try $0.standby("max_connections = 8\nmax_wal_senders = 4") },
    Damage("standby_not_hot_fewer_connections", .v12 ... .v19) {
      try $0.remove("pg_replslot/logi")
      try $0.standby("max_connections = 8\nmax_wal_senders = 4\nhot_standby = off")
    },
    Damage("timeline_missing", .v12 ... .v19) { try $0.standby("recovery_target_timeline = '7'") },
    Damage("timeline_no_child", .v12 ... .v19) {
      try $0.standby("")
      try $0.write("1\t0/100000\tx\n", to: "pg_wal/00000002.history")
    },
    Damage("timeline_garbage", .v12 ... .v19) {
      try $0.standby("")
      try $0.write("foo\n", to: "pg_wal/00000002.history")
    },
    Damage("timeline_garbage_ignored") { try $0.write("foo\n", to: "pg_wal/00000002.history") },
    Damage("origins_magic") { try $0.poke(origins, at: 0, [0, 0, 0, 0]) },
    Damage("origins_checksum") { try $0.poke(origins, at: 20, [1, 2, 3, 4]) },
    Damage("origins_short") { try $0.truncate(origins, to: 10) },
    Damage("origins_without_magic") { try $0.truncate(origins, to: 2) },
    Damage("no_origin_allowed", .v18 ... .v19) { try $0.configure("max_active_replication_origins = 0") },
    Damage("prepared_checksum", .v12 ... .v19) { try $0.poke(try $0.preparedTransaction, at: 60, [1, 2, 3]) },
    Damage("prepared_magic", .v12 ... .v19) { try $0.poke(try $0.preparedTransaction, at: 0, [1, 2, 3]) },
    Damage("prepared_short", .v12 ... .v19) { try $0.truncate(try $0.preparedTransaction, to: 10) },
    Damage("prepared_cut", .v12 ... .v19) { try $0.truncate(try $0.preparedTransaction, to: 100) },
    Damage("no_prepared_allowed", .v12 ... .v19) { try $0.configure("max_prepared_transactions = 0") },
  ]
}

extension Damage {
  /// Of a server that crashed: its checkpoint's record comes after its redo position, and WAL follows.
  static let ofCrash: [Damage] = [
    Damage("none") { _ in },
    Damage("checkpoint_byte") { try $0.pokeWAL(atCheckpoint: 30, [0x5A]) },
    Damage("checkpoint_checksum") { try $0.pokeWAL(atCheckpoint: 20, [1, 2, 3, 4]) },
    Damage("checkpoint_manager") { try $0.pokeWAL(atCheckpoint: 17, [0x7F]) },
    Damage("checkpoint_length") { try $0.pokeWAL(atCheckpoint: 0, [0, 0, 0, 0]) },
    Damage("redo_byte", .v14 ... .v19) { try $0.pokeWAL(atCheckpoint: nil, [0x5A]) },
    Damage("subtrans_missing", .v13 ... .v19) { try $0.remove("pg_subtrans") },
    Damage("logical_missing", .v13 ... .v19) { try $0.remove("pg_logical/snapshots") },
    Damage("mappings_missing", .v13 ... .v19) { try $0.remove("pg_logical/mappings") },
    Damage("tablespaces_missing", .v13 ... .v19) { try $0.remove("pg_tblspc") },
    Damage("transactions_missing", .v13 ... .v19) { try $0.remove("pg_xact") },
    Damage("commit_times_missing", .v14 ... .v19) { try $0.remove("pg_commit_ts") },
    Damage("members_missing", .v14 ... .v18) { try $0.remove("pg_multixact/members") },
    Damage("no_prepared_allowed", .v12 ... .v19) { try $0.configure("max_prepared_transactions = 0") },
  ]
}

/// The files of a copy, to be changed.
private struct DamagedFiles: Sendable {
  let directory: String
  let version: ServerVersion

  static let label = """
    START WAL LOCATION: 0/9000028 (file 000000010000000000000090)
    CHECKPOINT LOCATION: 0/9000060
    BACKUP METHOD: streamed
    BACKUP FROM: primary
    START TIME: 2026-11-21 12:00:00 UTC
    LABEL: x
    START TIMELINE: 1

    """

  func configure(_ lines: String) throws { try append(lines + "\n", to: "postgresql.conf") }

  private func control() throws -> ControlFile {
    let bytes = try FileTree.contents(of: directory + "/global/pg_control")
    return try ControlFile(parsing: bytes.span.bytes, version: version)
  }

  private func place(of lsn: LSN, _ control: ControlFile) -> (path: String, offset: Int) {
    let size = Int(control.walSegmentSize)
    let number = SegmentNumber(containing: lsn, size: size)
    let name = SegmentName(timeline: control.checkpoint.timeline, number: number, size: size)
    return ("pg_wal/" + name.text, Int(lsn.bytes(since: number.start(size: size))))
  }

  /// Bytes of the checkpoint's record; nil: of the record at its redo position, behind its header.
  func pokeWAL(atCheckpoint offset: Int?, _ bytes: [UInt8]) throws {
    let control = try control()
    let (path, start) = place(of: offset == nil ? control.checkpoint.redo : control.checkpointLSN, control)
    try poke(path, at: start + (offset ?? 25), bytes)
  }

  /// As a base backup of this directory's last checkpoint would have it.
  func ownLabel() throws -> String {
    let control = try control()
    let (path, _) = place(of: control.checkpoint.redo, control)
    return """
      START WAL LOCATION: \(control.checkpoint.redo) (file \(path.dropFirst(7)))
      CHECKPOINT LOCATION: \(control.checkpointLSN)
      BACKUP METHOD: streamed
      BACKUP FROM: primary
      START TIME: 2026-11-21 12:00:00 UTC
      LABEL: x
      START TIMELINE: \(control.checkpoint.timeline)

      """
  }

  func standby(_ lines: String) throws {
    try write("", to: "standby.signal")
    try configure(lines)
  }

  func append(_ text: String, to path: String) throws {
    try write(try FileTree.contents(of: "\(directory)/\(path)") + Array(text.utf8), to: path)
  }

  func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

  func poke(_ path: String, at offset: Int, _ bytes: [UInt8]) throws {
    var content = try FileTree.contents(of: "\(directory)/\(path)")
    try #require(offset + bytes.count <= content.count)
    content.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    try write(content, to: path)
  }

  func truncate(_ path: String, to count: Int) throws {
    try write(Array(try FileTree.contents(of: "\(directory)/\(path)").prefix(count)), to: path)
  }

  func remove(_ path: String) throws { try ExternalProgram.run("/bin/rm", ["-rf", "\(directory)/\(path)"]) }

  func permit(_ mode: String) throws { try ExternalProgram.run("/bin/chmod", [mode, directory]) }

  func makeFolder(_ path: String) throws { try #require(mkdir("\(directory)/\(path)", 0o700) == 0) }

  func removeSegments() throws {
    for name in FileTree.entries(of: directory + "/pg_wal") where name.utf8.count == 24 { try remove("pg_wal/" + name) }
  }

  var preparedTransaction: String {
    get throws { "pg_twophase/" + (try #require(FileTree.entries(of: directory + "/pg_twophase").first)) }
  }

  private func write(_ bytes: [UInt8], to path: String) throws {
    let descriptor = open("\(directory)/\(path)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    try #require(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
  }
}
