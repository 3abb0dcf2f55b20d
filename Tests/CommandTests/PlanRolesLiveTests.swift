import FixtureSupport
import ServerLab
import Testing

/// Scripts that say that a role with REPLICATION is enough, run by a role that has nothing else.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct PlanRolesLiveTests {
  static let isEnough = ", by a role with REPLICATION\n"

  /// A primary with such a role and a slot, its standby, and another follower.
  struct Nodes {
    let primary: Cluster
    let standby: Cluster
    let folder: String

    init(_ lab: LabRun, standbySettings: [String: String] = [:]) async throws {
      primary = try await lab.primary()
      try await primary.sql(
        "create role mover login replication; create table t (i int); create publication p for table t")
      if lab.server.major >= 17 {
        try await primary.sql("alter system set synchronized_standby_slots = ''")
      }
      standby = try await lab.standby(of: primary, settings: standbySettings)
      try await primary.sql("select pg_create_logical_replication_slot('s', 'pgoutput')")
      try await primary.sql("select pg_create_physical_replication_slot('other', true)")
      try await standby.waitReplay(try await primary.currentLSN())
      folder = lab.folder + "/plan"
    }

    func scripts(_ more: [String]) async throws -> [String: String] {
      let outcome = try await slotscope(
        ["plan", "--output-dir", folder, "--primary", primary.data, "--standby", standby.data] + more)
      #expect(outcome.status == 0, "\(outcome)")
      return try TrialScripts(folder: folder).scripts
    }

    /// Twice, by the role; the script says that it may.
    func run(_ script: String?, on cluster: Cluster, _ variables: [String] = []) async throws -> Outcome {
      let script = try #require(script)
      #expect(script.contains(isEnough))
      let first = try await cluster.psql(script, variables: variables, user: "mover")
      #expect(first.status == 0, "\(first)")
      let second = try await cluster.psql(script, variables: variables, user: "mover")
      #expect(second.status == 0, "\(second)")
      return first
    }

    /// A consumer that reads, and a primary that logs its transactions: what creation and synchronization wait for.
    func consume() -> Task<Void, any Error> {
      Task {
        while !Task.isCancelled {
          try await primary.sql(
            """
            select pg_log_standby_snapshot();
            select count(*) from pg_logical_slot_get_binary_changes('s', null, null, 'proto_version', '1',
              'publication_names', 'p');
            """)
          try await Task.sleep(for: .milliseconds(300))
        }
      }
    }
  }

  @Test(arguments: PlanLiveTests.standbySlots)
  func slotsOnTheStandby(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let nodes = try await Nodes(lab)
      let scripts = try await nodes.scripts([])
      let consumer = nodes.consume()
      defer { consumer.cancel() }
      let both = [
        "primary_conninfo=\(nodes.primary.connection(user: "mover"))",
        "standby_conninfo=\(nodes.standby.connection(user: "mover"))",
      ]
      let outcome = try await nodes.run(scripts["both-before"], on: nodes.standby, both)
      #expect(outcome.output.contains("ready: at its consumer"), "\(outcome)")
      let slots = try await nodes.standby.sql(
        "select string_agg(slot_name, ',' order by slot_name) from pg_replication_slots")
      #expect(slots == "other,s", "\(outcome)")
    }
  }

  /// The primary's part by the role; the settings by a superuser; then the wait for the copies by the role again.
  @Test(arguments: PlanScriptsLiveTests.failoverSlots)
  func failoverSlots(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let nodes = try await Nodes(lab)
      var scripts = try await nodes.scripts(["--approach", "failover-slots"])
      _ = try await nodes.run(scripts["primary-before"], on: nodes.primary)
      // What needs more rights says so, and refuses before any change.
      let settings = try #require(scripts["standby-before"])
      #expect(!settings.contains(Self.isEnough) && settings.contains(", by a superuser, for ALTER SYSTEM"))
      let refused = try await nodes.standby.psql(settings, user: "mover")
      #expect(refused.status == 3 && refused.error.contains("found: role mover"), "\(refused)")
      let consumer = nodes.consume()
      defer { consumer.cancel() }
      let both = [
        "primary_conninfo=\(nodes.primary.connection())", "standby_conninfo=\(nodes.standby.connection())",
      ]
      let done = try await nodes.standby.psql(try #require(scripts["both-before"]), variables: both)
      #expect(done.status == 0, "\(done)")
      try await nodes.primary.sql("checkpoint")
      try await nodes.standby.sql("checkpoint")
      // Nothing is left to set; what there is may be looked at by the role.
      scripts = try await nodes.scripts([])
      if let script = scripts["standby-before"] { _ = try await nodes.run(script, on: nodes.standby) }
    }
  }

  @Test(arguments: TrialSettings.newPrimaries)
  func slotsOnTheNewPrimary(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let nodes = try await Nodes(lab)
      try await nodes.primary.stop()
      let scripts = try await nodes.scripts(["--approach", "slots-on-new-primary"])
      // The other follower's slot, before.
      _ = try await nodes.run(scripts["standby-before"], on: nodes.standby)
      try await nodes.standby.promote()
      let script = try #require(scripts["new-primary-after"])
      let untold = try await nodes.standby.psql(script, user: "mover")
      #expect(untold.status == 3 && untold.error.contains("give it with -v fork=LSN"), "\(untold)")
      let fork = "fork=\(try await nodes.standby.fork)"
      let outcome = try await nodes.run(script, on: nodes.standby, [fork])
      #expect(outcome.output.contains("ready: nothing was committed"), "\(outcome)")
    }
  }
}
