import FixtureSupport
import Glibc
import PostgresFormat
import Testing

@testable import ClusterFiles

/// Clusters of files that are Patroni's, repmgr's and libpq's: read as they are, without their passwords.
@Suite struct ForeignDefinitionsTests {
  private static let patroni = """
    scope: batman
    name: n1
    postgresql:
      listen: 0.0.0.0:5433
      connect_address: 10.0.0.1:5433
      data_dir: /srv/pg
      authentication:
        superuser: {username: postgres, password: hunter2}
    """

  private func patroni(_ text: String) throws -> ClusterDefinition {
    try ClusterDefinition(patroni: "/etc/patroni.yml", text: Array(text.utf8))
  }

  private func repmgr(_ text: String) throws -> ClusterDefinition {
    try ClusterDefinition(repmgr: "/etc/repmgr.conf", text: Array(text.utf8))
  }

  @Test func patronisConfigurationIsOneNode() throws {
    let definition = try patroni(Self.patroni)
    #expect(definition.name == "batman" && definition.others == "host=10.0.0.1 port=5433 dbname=postgres")
    #expect(
      definition.nodes == [
        ClusterDefinition.Node(name: "n1", sources: ["host=10.0.0.1 port=5433 dbname=postgres", "/srv/pg"])
      ])
    #expect(!"\(definition)".contains("hunter2") && !"\(definition)".contains("superuser"))
    let address = try patroni(Self.patroni.replacing("10.0.0.1:5433", with: "'[fd00::1]'"))
    #expect(address.others == "host=fd00::1 port=5432 dbname=postgres")
  }

  @Test(arguments: [
    ("scope: batman", "", nil, "scope is missing"), ("name: n1", "", nil, "name is missing"),
    ("connect_address: 10.0.0.1:5433", "", nil, "postgresql.connect_address is missing"),
    ("10.0.0.1:5433", "10.0.0.1:x", 5, "expected HOST:PORT"), ("10.0.0.1:5433", "'a b:5433'", 5, "expected HOST:PORT"),
    ("10.0.0.1:5433", "\"h' password='x:1\"", 5, "expected HOST:PORT"), ("batman", "../x", 1, "expected a name"),
    ("postgresql:", "postgresql: *x", 4, "an alias"),
  ])
  func whatIsWrongWithPatronis(old: String, new: String, line: Int?, words: String) throws {
    let text = Self.patroni.replacing(old, with: new)
    let error = #expect(throws: DefinitionError.self) { try patroni(text) }
    #expect(error?.message.contains(words) == true, "\(String(describing: error))")
    if words.contains("expected") { #expect(error?.line == line) }
  }

  @Test func repmgrsConfigurationIsOneNode() throws {
    let definition = try repmgr(
      """
      # node
      node_id=1
      node_name='n1'
      conninfo = 'host=db1 user=repmgr dbname=repmgr password=hunter2 connect_timeout=2'
      data_directory='/srv/pg'   # here
      promote_command='repmgr standby promote -f /etc/repmgr.conf'
      """)
    #expect(definition.nodes.map(\.name) == ["n1"] && definition.name == "n1")
    #expect(definition.nodes[0].sources == ["host=db1 user=repmgr dbname=repmgr connect_timeout=2", "/srv/pg"])
    #expect(definition.others == definition.nodes[0].sources[0] && !"\(definition)".contains("hunter2"))
  }

  @Test(arguments: [
    ("conninfo='host=a'", nil, "node_name is missing"), ("node_name='n1'", nil, "conninfo is missing"),
    ("node_name='n 1'\nconninfo='host=a'", 1, "expected a name"),
    ("node_name=n1\nconninfo='dbname=a'", 2, "with a host"),
    ("node_name=n1\nconninfo='host=a b=hunter2'", 2, "with a host"),
    ("node_name=n1\nconninfo='hunter2'", 2, "with a host"),
  ])
  func whatIsWrongWithRepmgrs(text: String, line: Int?, words: String) throws {
    let error = #expect(throws: DefinitionError.self) { try repmgr(text) }
    #expect(error?.message.contains(words) == true && error?.line == line, "\(String(describing: error))")
    #expect(error?.text.contains("hunter2") == false)
  }

  private static let services = """
    # libpq
    [prod-db1]
    host=db1
    password=hunter2
    [prod-db2]
    host=db2
    [prod-rw]
    host=vip
    target_session_attrs=read-write
    [many]
    host=a,b,c
    port=5432,5433,5434
    target_session_attrs=primary
    [one]
    host=a
    [bad]
    host=a,b
    port=1,2,3
    [production]
    host=x
    """

  private func services(_ name: String) throws -> ClusterDefinition? {
    try ServiceFile(path: "/pg_service.conf", text: Array(Self.services.utf8)).definition(of: name)
  }

  @Test func servicesAreTheNodesOfTheClusterThatTheyAreNamedAfter() throws {
    let prod = try #require(try services("prod"))
    #expect(prod.nodes.map(\.name) == ["db1", "db2"] && prod.others == nil)
    #expect(prod.nodes.map(\.sources) == [["service=prod-db1"], ["service=prod-db2"]])
    let many = try #require(try services("many"))
    #expect(many.nodes.map(\.name) == ["a", "b", "c"] && many.others == nil)
    #expect(many.nodes[1].sources == ["service=many host=b port=5433 target_session_attrs=any"])
    let one = try #require(try services("one"))
    #expect(one.nodes.map(\.sources) == [["service=one target_session_attrs=any"]] && one.others != nil)
    #expect(try services("none") == nil && services("pro") == nil)
    let error = #expect(throws: DefinitionError.self) { try services("bad") }
    #expect(error?.message.contains("has 3 ports for 2 hosts") == true)
  }

  @Test func filesAreFoundByTheNameOfTheirCluster() throws {
    let scratch = ScratchDirectory()
    scratch.write("patroni/n1.yml", Self.patroni)
    scratch.write("patroni/broken.yml", "a: [")
    scratch.write("patroni/notes.txt", "scope: other")
    let file = scratch.write("services", Self.services)
    let found = ForeignDefinitions(services: ["/nowhere", file], patroni: ["/nowhere.yml", scratch.path + "/patroni"])
    #expect(try found.definition(of: "batman")?.nodes.map(\.name) == ["n1"])
    #expect(try found.definition(of: "prod")?.nodes.count == 2)
    #expect(try found.definition(of: "other") == nil)
    #expect(
      ServiceFile.places { ["PGSERVICEFILE": "/s", "PGSYSCONFDIR": "/etc/pg"][$0] } == [
        "/s", "/etc/pg/pg_service.conf",
      ])
    #expect(ServiceFile.places { ["HOME": "/home/me"][$0] }.first == "/home/me/.pg_service.conf")
  }

  @Test func aFileThatOthersCanWriteIsNotActedOn() throws {
    let scratch = ScratchDirectory()
    let yml = scratch.write("patroni.yml", Self.patroni)
    let conf = scratch.write("repmgr.conf", "node_name='n1'\nconninfo='host=a'")
    let services = scratch.write("pg_service.conf", Self.services)
    #expect(try ForeignDefinitions.definition(in: yml).name == "batman")
    #expect(try ForeignDefinitions.definition(in: conf).name == "n1")
    for file in [yml, conf, services] { chmod(file, 0o666) }
    for file in [yml, conf] {
      let error = #expect(throws: DefinitionError.self) { try ForeignDefinitions.definition(in: file) }
      #expect(error?.message == "can be written by others")
    }
    #expect(throws: DefinitionError.self) {
      try ForeignDefinitions(services: [services], patroni: [yml]).definition(of: "prod")
    }
    #expect(throws: DefinitionError.self) {
      try ForeignDefinitions(services: [], patroni: [yml]).definition(of: "batman")
    }
    let many = #expect(throws: DefinitionError.self) { try ForeignDefinitions.definition(in: services) }
    #expect(many?.hint?.contains("Give the name of one") == true)
  }
}
