import FixtureSupport
import Glibc
import PostgresFormat
import Testing

@testable import ClusterFiles

/// What a definition of a cluster says, what is refused in it, and whose file it may be.
@Suite struct ClusterDefinitionTests {
  private func read(_ text: String) throws -> ClusterDefinition {
    try ClusterDefinition(name: "prod", path: "prod.toml", text: Array(text.utf8))
  }

  @Test func everythingThatItCanSay() throws {
    let definition = try read(
      """
      archives = "/archive"
      subscribers = ["service=reporting"]
      assume = ["standby-slots-held"]

      [nodes]
      db1 = ["host=db1 dbname=postgres", "/captures/db1.json"]
      db2 = "postgresql://db2/"

      [consumers]
      orders = "/offsets.dat#orders"
      """)
    #expect(definition.nodes.map(\.name) == ["db1", "db2"])
    #expect(definition.nodes[0].sources == ["host=db1 dbname=postgres", "/captures/db1.json"])
    #expect(definition.archives == ["/archive"] && definition.subscribers == ["service=reporting"])
    #expect(definition.consumers == [ClusterDefinition.Consumer(slotName: "orders", file: "/offsets.dat#orders")])
    #expect(definition.assumptions == [TOMLDocument.Text("standby-slots-held", line: 3)])
  }

  @Test func nodesOfAListAreNamedByTheirSources() throws {
    let definition = try read(
      "nodes = [\"host=db1 port=5433\", \"service=prod2\", \"/srv/pg/main\", \"/captures/db4.json\", \"port=5\"]")
    #expect(definition.nodes.map(\.name) == ["db1", "prod2", "main", "db4", "node5"])
  }

  @Test(arguments: [
    ("", nil, "no node is defined"),
    ("nodes = 5", 1, "expected a string in quotes, or a list of them for nodes, found the number 5"),
    ("nodes = \"db1\"", 1, "expected an absolute path or a connection string, found db1"),
    ("nodes = ['host=a', 'host=a']", nil, "two nodes are named a"),
    ("nodes = ''", 1, "expected text between the quotes of nodes"),
    ("\n[nodes]\n\"../x\" = 'host=a'", 3, "expected a name of letters, digits, -, _ and . for the node, found ../x"),
    ("[nodes]\na = []", 2, "expected a source of the node a, found none"), ("[node]\na = 'host=a'", 1, "found [node]"),
    ("primary = 'host=a'", 1, "expected nodes, archives, subscribers, assume"),
    ("archives = 'x'", 1, "expected an absolute path, found x"),
    ("nodes = 'host=a password=b'", 1, "without a password"),
    ("nodes = 'postgresql://u:p@h/'", 1, "without a password"),
    ("nodes = 'host=a sslpassword=b'", 1, "without a password"),
    ("nodes = 'host=a pasword=b'", 1, "without a password"),
    ("nodes = ['host=a',\n'host=b password=c']", 2, "without a password"),
    ("nodes = 'host=a'\n[consumers]\ns = '0/1'", 3, "expected an absolute path of the file where the consumer of s"),
    ("nodes = 'host=a'\nnodes = 'host=b'", 2, "found nodes a second time"),
    ("nodes = [", 1, "] at the end of the list"),
  ])
  func whatIsRefusedInIt(text: String, line: Int?, message: String) throws {
    let error = #expect(throws: DefinitionError.self) { try read(text) }
    #expect(error?.message.contains(message) == true && error?.line == line, "\(text): \(String(describing: error))")
    #expect(error?.text.contains("password=") == false)
  }

  @Test(arguments: ["a", "prod-2", "A.b_c", "9"]) func names(name: String) { #expect(ClusterDefinition.isName(name)) }

  @Test(arguments: [
    "", ".", "..", ".a", "-a", "a/b", "../a", "a b", "a\0", "ä", "a\n", String(repeating: "a", count: 64),
  ])
  func whatIsNoName(name: String) throws {
    #expect(!ClusterDefinition.isName(name))
    #expect(try DefinitionFolder("/etc").definition(of: name) == nil)
  }

  // MARK: folders

  private func folder() -> ScratchDirectory {
    let scratch = ScratchDirectory()
    scratch.write("clusters.d/prod.toml", "nodes = 'host=a'")
    scratch.write("clusters.d/test.toml", "nodes = 'host=b'")
    scratch.write("clusters.d/.hidden.toml", "")
    scratch.write("clusters.d/notes.txt", "")
    return scratch
  }

  @Test func definitionsAreFoundByTheirNames() throws {
    let scratch = folder()
    let definitions = DefinitionFolder(scratch.path + "/")
    #expect(try definitions.names() == ["prod", "test"])
    #expect(try definitions.definition(of: "prod")?.nodes.first?.sources == ["host=a"])
    #expect(try definitions.definition(of: "none") == nil)
    #expect(try DefinitionFolder(scratch.path + "/none").names() == [])
    scratch.write("clusters.d/a b.toml", "")
    #expect(throws: DefinitionError.self) { try definitions.names() }
  }

  @Test(arguments: ["clusters.d/prod.toml", "clusters.d", ""], [0o020, 0o002] as [mode_t])
  func whatOthersCanWriteToIsNoDefinition(path: String, bit: mode_t) throws {
    let scratch = folder()
    let definitions = DefinitionFolder(scratch.path)
    chmod("\(scratch.path)/\(path)", 0o700 | bit)
    let error = #expect(throws: DefinitionError.self) { try definitions.definition(of: "prod") }
    #expect(error?.message == "can be written by others" && error?.hint?.contains("chmod go-w") == true)
  }

  @Test(
    .enabled(if: getuid() == 0, "only root can give files away"), arguments: ["clusters.d/prod.toml", "clusters.d", ""])
  func whatBelongsToAnotherUserIsNoDefinition(path: String) throws {
    let scratch = folder()
    #expect(lchown("\(scratch.path)/\(path)", 65534, 65534) == 0)
    let error = #expect(throws: DefinitionError.self) { try DefinitionFolder(scratch.path).definition(of: "prod") }
    #expect(error?.message == "belongs to user 65534")
  }

  @Test func neitherAPipeNorALinkToAForeignFileIsRead() throws {
    let scratch = folder()
    #expect(mkfifo(scratch.path + "/clusters.d/pipe.toml", 0o600) == 0)
    #expect(throws: DefinitionError.self) { try DefinitionFolder(scratch.path).definition(of: "pipe") }
    let foreign = scratch.write("foreign", "nodes = 'host=x'")
    chmod(foreign, 0o666)
    #expect(symlink(foreign, scratch.path + "/clusters.d/link.toml") == 0)
    #expect(throws: DefinitionError.self) { try DefinitionFolder(scratch.path).definition(of: "link") }
  }
}
