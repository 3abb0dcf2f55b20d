import Glibc
import Synchronization

/// The directories written by real servers in `Fixtures/` at the top of the repository, unpacked when a test first asks.
package enum Fixtures {
  /// The folder, found from this source file's own place.
  package static let directory: String = {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(3)
    return parts.joined(separator: "/") + "/Fixtures"
  }()

  /// The names of all archives without their suffix (`pg17-crash`), sorted.
  package static let names: [String] = {
    let suffix = ".tar.xz"
    return FileTree.entries(of: directory).filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }
  }()

  /// The folder of one archive (`pg17-crash`, `failovers/1114-pg17`), unpacked once per process into a temporary folder that goes
  /// when the process ends.
  ///
  /// Several tests may read it at a time; none may write in it.
  package static func unpacked(_ name: String) throws -> String {
    let unpacking = unpackings.withLock { all in
      if let known = all[name] { return known }
      let new = Unpacking(parent: "\(scratch.path)/\(all.count)")
      all[name] = new
      return new
    }
    // Only who wants the same one waits.
    return try unpacking.folder.withLock { done in
      if let done { return done }
      let archive = "\(directory)/\(name).tar.xz"
      guard FileTree.exists(archive) else { throw FixtureError("no fixture named \(name) in \(directory)") }
      try ExternalProgram.run("/bin/mkdir", [unpacking.parent])
      try ExternalProgram.run("/usr/bin/tar", ["-xJf", archive, "-C", unpacking.parent])
      let folder = "\(unpacking.parent)/\(name.split(separator: "/").last ?? "")"
      done = folder
      return folder
    }
  }

  private final class Unpacking: Sendable {
    /// Where the archive's own folder goes.
    let parent: String
    let folder = Mutex<String?>(nil)
    init(parent: String) { self.parent = parent }
  }

  private static let unpackings = Mutex<[String: Unpacking]>([:])

  /// A copy of the folder of one archive, in `scratch`, for a test that changes it.
  package static func unpacked(_ name: String, in scratch: ScratchDirectory) throws -> String {
    let folder = try unpacked(name)
    try ExternalProgram.run("/bin/cp", ["-a", folder, scratch.path])
    return "\(scratch.path)/\(folder.split(separator: "/").last ?? "")"
  }

  private static let scratch: ScratchDirectory = {
    // What is static is never deinitialized.
    atexit { Fixtures.scratch.remove() }
    return ScratchDirectory()
  }()

  /// The releases whose evidence files are in `Fixtures/evidence`.
  package static let releases: [String] = {
    let suffix = ".tar.xz"
    return FileTree.entries(of: directory + "/evidence").filter { $0.hasSuffix(suffix) }
      .map { String($0.dropLast(suffix.count)) }
  }()

  /// The folder with what one release wrote, in `scratch`.
  package static func unpackedRelease(_ release: String, in scratch: ScratchDirectory) throws -> String {
    try unpacked("evidence/\(release)", in: scratch)
  }

  /// The folder of one of `Fixtures/archives`, in `scratch`.
  package static func unpackedArchive(_ name: String, in scratch: ScratchDirectory) throws -> String {
    try unpacked("archives/\(name)", in: scratch)
  }

  /// The folder of one of `Fixtures/witnesses`, in `scratch`.
  package static func witness(_ name: String, in scratch: ScratchDirectory) throws -> String {
    try unpacked("witnesses/\(name)", in: scratch)
  }

  /// The folder of one of `Fixtures/incidents`, in `scratch`.
  package static func incident(_ name: String, in scratch: ScratchDirectory) throws -> String {
    try unpacked("incidents/\(name)", in: scratch)
  }

  /// The folder of one of `Fixtures/examples`, in `scratch`.
  package static func example(_ name: String, in scratch: ScratchDirectory) throws -> String {
    try unpacked("examples/\(name)", in: scratch)
  }

  /// The data directories of a fixture, with what their servers said.
  package static func nodes(_ name: String) throws -> [FixtureNode] { try nodes(inFolder: unpacked(name)) }

  /// The one data directory of a fixture that has this name (`data`, `primary`, `standby`, …).
  package static func node(_ name: String, _ node: String) throws -> FixtureNode {
    guard let match = try nodes(name).first(where: { $0.name == node }) else {
      throw FixtureError("fixture \(name) has no directory \(node)")
    }
    return match
  }

  /// The data directories in a folder that has a `truth.json`.
  package static func nodes(inFolder folder: String) throws -> [FixtureNode] {
    let truth = try JSONDocument(contentsOf: folder + "/truth.json")
    let caseName = String(folder.split(separator: "/").last ?? "")
    return truth.keys.compactMap { name in
      guard let version = truth[name]["version"].string else { return nil }
      return FixtureNode(
        caseName: caseName, name: name, path: "\(folder)/\(name)", versionName: version, truth: truth[name])
    }
  }

  /// Further unpacked cases, outside the repository: the folders with a `truth.json` in the folder that the environment
  /// variable SLOTSCOPE_CASES names. Empty where it is not set.
  package static let externalFolders: [String] = {
    guard let root = Environment.value("SLOTSCOPE_CASES") else { return [] }
    return FileTree.entries(of: root).map { "\(root)/\($0)" }.filter { FileTree.exists($0 + "/truth.json") }
  }()
}

/// One data directory and what its server said before it stopped.
package struct FixtureNode: Sendable, CustomStringConvertible {
  /// `pg17-pair`.
  package var caseName: String
  /// `primary`.
  package var name: String
  /// The data directory.
  package var path: String
  /// As PG_VERSION has it: `9.6`, `10` … `19`.
  package var versionName: String
  /// Its part of `truth.json`.
  package var truth: JSONDocument
  package var description: String { "\(caseName)/\(name)" }

  /// What the same version's pg_waldump printed for the segments of one timeline (8 hex digits), one line a record, its
  /// last message included. nil where the fixture has none.
  package func walDump(timeline: String) throws -> [String]? {
    let path = "\(self.path.dropLast(name.count))waldump-\(name)-\(timeline).txt.gz"
    guard FileTree.exists(path) else { return nil }
    return try ExternalProgram.output("/usr/bin/gzip", ["-dc", path]).split(separator: "\n").map(String.init)
  }
}

package struct FixtureError: Error, CustomStringConvertible {
  package var description: String
  package init(_ description: String) { self.description = description }
}
