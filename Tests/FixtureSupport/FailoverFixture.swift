/// A real failover: two data directories, and what became of each slot's consumer.
package struct FailoverFixture: Sendable, CustomStringConvertible {
  package var name: String
  /// The folder with `primary`, `standby` and `label.json`.
  package var folder: String
  package var description: String { name }

  /// Those in the repository.
  package static let names: [String] = {
    let suffix = ".tar.xz"
    return FileTree.entries(of: Fixtures.directory + "/failovers").filter { $0.hasSuffix(suffix) }
      .map { String($0.dropLast(suffix.count)) }
  }()

  /// Further ones outside: the folders with a label in the folder that the environment variable SLOTSCOPE_FAILOVERS names.
  package static let external: [FailoverFixture] = {
    guard let root = Environment.value("SLOTSCOPE_FAILOVERS") else { return [] }
    return FileTree.entries(of: root).filter { FileTree.exists("\(root)/\($0)/label.json") }
      .map { FailoverFixture(name: $0, folder: "\(root)/\($0)") }
  }()

  /// Unpacked once for all tests, of which none may write in it.
  package static func unpacked(_ name: String) throws -> FailoverFixture {
    FailoverFixture(name: name, folder: try Fixtures.unpacked("failovers/\(name)"))
  }

  /// A copy of its own, in `scratch`.
  package static func unpacked(_ name: String, in scratch: ScratchDirectory) throws -> FailoverFixture {
    FailoverFixture(name: name, folder: try Fixtures.unpacked("failovers/\(name)", in: scratch))
  }

  package func label() throws -> JSONDocument { try JSONDocument(contentsOf: folder + "/label.json") }
}
