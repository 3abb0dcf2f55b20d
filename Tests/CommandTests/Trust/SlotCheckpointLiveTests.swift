import FixtureSupport
import PostgresFormat
import ServerLab
import Testing

/// What is on disk of a slot after a checkpoint, a crash and a shutdown, against what the server itself said: the situations
/// of PostgreSQL's recovery tests 038_save_logical_slots_shutdown, 046_checkpoint_logical_slot and
/// 047_checkpoint_physical_slot.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct SlotCheckpointLiveTests {
  private static func inspected(_ directory: String) async throws -> [String: JSONDocument] {
    let document = try JSONDocument(parsing: try await slotscope(["inspect", "--format", "json", directory]).output)
    return Dictionary(
      uniqueKeysWithValues: document["slots"].elements.map { ($0["slot_name"].string ?? "", $0) })
  }

  /// WAL of some segments.
  private static func load(_ cluster: Cluster) async throws {
    for _ in 0..<3 {
      try await cluster.sql("insert into t select generate_series(1, 5000)")
      try await cluster.sql("select pg_switch_wal()")
    }
  }

  private static func positions(_ cluster: Cluster) async throws -> [String: (restart: String, confirmed: String)] {
    let rows = try await cluster.sql(
      "select slot_name, restart_lsn, coalesce(confirmed_flush_lsn::text, '') from pg_replication_slots")
    return Dictionary(
      uniqueKeysWithValues: rows.split(separator: "\n").map { row in
        let parts = row.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        return (parts[0], (parts[1], parts[2]))
      })
  }

  /// A slot moves on, a checkpoint removes what it needs no more, and the server is killed: what is on disk of the slot may
  /// be old, but its WAL is there, and the server starts with it.
  @Test(arguments: Lab.servers)
  func whatASlotOnDiskNeedsIsThereAfterACrash(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary(settings: ["min_wal_size": "2MB", "max_wal_size": "2MB"])
      try await primary.sql("create table t(a int)")
      try await primary.sql(
        """
        select pg_create_physical_replication_slot('phys', true);
        select pg_create_logical_replication_slot('log', 'pgoutput')
        """)
      for round in 0..<3 {
        try await Self.load(primary)
        let target = try await primary.currentLSN()
        try await primary.sql("checkpoint")
        for slot in ["phys", "log"] {
          try await primary.sql("select pg_replication_slot_advance('\(slot)', '\(target)')")
        }
        if round > 0 { try await primary.sql("checkpoint") }
        try await Self.load(primary)
        let shown = try await Self.positions(primary)
        try await primary.stop("immediate")
        let slots = try await Self.inspected(primary.data)
        for (name, position) in shown {
          let slot = try #require(slots[name], "\(server) \(name)")
          let onDisk = try #require(slot["restart_lsn"].string.flatMap { LSN($0) })
          #expect(onDisk <= (try #require(LSN(position.restart))), "\(server) \(name): a lower bound")
          #expect(slot["required_wal"]["present"] == .bool(true), "\(server) \(name) round \(round): \(slot)")
        }
        try await primary.start()
        let again = try await Self.positions(primary)
        for (name, slot) in slots {
          #expect(again[name].flatMap { LSN($0.restart) } == slot["restart_lsn"].string.flatMap { LSN($0) })
        }
      }
    }
  }

  /// From 17 on a shutdown writes out how far the consumer has confirmed; before, the file may be behind.
  @Test(arguments: Lab.servers)
  func aShutdownSavesWhatWasConfirmed(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      try await primary.sql("create table t(a int); create publication p for all tables")
      try await primary.sql("select pg_create_logical_replication_slot('log', 'pgoutput')")
      try await primary.sql("checkpoint")
      try await Self.load(primary)
      try await primary.sql(
        """
        select count(*) from pg_logical_slot_get_binary_changes('log', null, null, 'proto_version', '1', 'publication_names', 'p')
        """)
      let shown = try #require(try await Self.positions(primary)["log"])
      try await primary.stop()
      let slot = try #require(try await Self.inspected(primary.data)["log"])
      let onDisk = try #require(slot["confirmed_flush_lsn"].string.flatMap { LSN($0) })
      let confirmed = try #require(LSN(shown.confirmed))
      if server.major >= 17 {
        #expect(onDisk == confirmed, "\(server)")
      } else {
        #expect(onDisk <= confirmed, "\(server)")
      }
      #expect(slot["required_wal"]["present"] == .bool(true))
    }
  }
}
