import ClusterFiles
import Evidence
import FixtureSupport
import PostgresFormat
import ServerLab
import Testing

@testable import SlotscopeCommands

/// A definition that names one node, and the others that are found from it: who follows whom.
@Suite struct ClusterOthersTests {
  private struct Unreachable: Error {}

  private static func server(
    _ host: String, _ role: Evidence.Role, startedAt: Int64, senders: [(String, String?)] = [], upstream: String? = nil
  ) -> Evidence {
    var evidence = Evidence(origin: Origin(kind: .server, source: "host=\(host)", host: host, gatheredAt: nil))
    var server = ServerEvidence(
      version: "17.11", role: role,
      asked: ServerEvidence.AskedAs(
        role: "postgres", isSuperuser: true, seesAllSettings: true, seesAllStatistics: true))
    server.startedAt = Timestamp(unixSeconds: startedAt)
    server.senders = senders.map { name, address in
      var sender = WALSenderStatus()
      (sender.applicationName, sender.clientAddress, sender.state) = (name, address, "streaming")
      return sender
    }
    if let upstream {
      var receiver = WALReceiverStatus()
      receiver.connectionInfo = upstream
      server.receiver = receiver
    }
    (evidence.server, evidence.version) = (server, .v17)
    return evidence
  }

  private static func nodes(_ servers: [String: Evidence], without: Set<String> = []) -> [String] {
    var definition = ClusterDefinition(name: "c", path: "c.yml")
    definition.nodes = [ClusterDefinition.Node(name: "n1", sources: ["host=10.0.0.1 port=5433 dbname=postgres"])]
    (definition.others, definition.leftOut) = (definition.nodes[0].sources[0], without)
    let nodes = ClusterNodes(definition) { source in
      let connection = try ConnectionString(source)
      guard connection["port"] == "5433", let evidence = servers[connection["host"] ?? ""] else { throw Unreachable() }
      return evidence
    }
    return nodes.nodes.map { "\($0.name) \($0.evidence == nil ? "unread" : "read")" }
  }

  @Test func standbysAreFoundFromThePrimaryAndTheRestFromThem() {
    let servers = [
      "10.0.0.1": Self.server(
        "10.0.0.1", .primary, startedAt: 1,
        senders: [("n2", "10.0.0.2"), ("walreceiver", "10.0.0.3"), ("pg_receivewal", "10.0.0.9"), ("n4", "10.0.0.4")]),
      "10.0.0.2": Self.server("10.0.0.2", .standby, startedAt: 2, upstream: "host=10.0.0.1 port=5433"),
      "10.0.0.3": Self.server(
        "10.0.0.3", .standby, startedAt: 3, senders: [("n5", "10.0.0.5")], upstream: "host=10.0.0.1 port=5433"),
      "10.0.0.5": Self.server("10.0.0.5", .standby, startedAt: 5, upstream: "host=10.0.0.3 port=5433"),
    ]
    #expect(Self.nodes(servers) == ["n1 read", "n2 read", "10.0.0.3 read", "n4 unread", "n5 read"])
    #expect(Self.nodes(servers, without: ["n4", "10.0.0.3"]) == ["n1 read", "n2 read"])
  }

  @Test func aStandbyLeadsToItsPrimaryAndNoServerCountsTwice() {
    let primary = Self.server(
      "db2", .primary, startedAt: 2, senders: [("n1", "10.0.0.1"), ("x", "10.0.0.7"), ("y", nil)])
    let servers = [
      "10.0.0.1": Self.server("10.0.0.1", .standby, startedAt: 1, upstream: "host=db2 port=5433"), "db2": primary,
      // One that streams from the primary's own machine, by another port.
      "10.0.0.7": primary,
    ]
    #expect(Self.nodes(servers) == ["n1 read", "db2 read", "x unread", "y unread"])
  }
}

/// The same from a repmgr.conf of a standby that runs.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct ClusterOthersLiveTests {
  @Test(arguments: Lab.servers.suffix(1))
  func thePrimaryIsFoundFromTheStandbysFile(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      let standby = try await lab.standby(of: primary)
      try await standby.waitReplay(try await primary.currentLSN())
      let scratch = ScratchDirectory()
      let file = scratch.write(
        "repmgr.conf",
        "node_name='n2'\nconninfo='host=\(standby.home) user=postgres dbname=postgres'\ndata_directory='\(standby.data)'\n"
      )
      let outcome = try await slotscope(["status", file, "--format", "json"])
      let document = try JSONDocument(parsing: outcome.output)
      let roles = document["nodes"].elements.map { $0["role"].string }
      #expect(roles == ["primary", "standby"] && document["cluster"].string == "n2", "\(outcome)")
      let audit = try await slotscope(["audit", file])
      #expect(audit.error.contains("is the primary; standbys: n2"), "\(audit)")
    }
  }
}
