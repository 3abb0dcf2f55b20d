import Glibc
import PostgresFormat

/// Where clusters are defined: `clusters.d/NAME.toml` in the operator's own folders. Servers are connected to because such a file
/// says so, so it must be one that nobody else could have written.
package struct DefinitionFolder: Sendable, Hashable {
  /// The folder with `clusters.d` in it.
  package var path: String

  /// Nothing is looked at yet.
  package init(_ path: String) {
    var trimmed = Substring(path)
    while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
    self.path = String(trimmed)
  }

  /// Entries of `clusters.d`.
  package static let limit = 20_000
  private static let suffix = ".toml"

  private var folder: String { "\(path)/clusters.d" }

  /// Whether there is such a folder at all.
  package var exists: Bool { (try? FileStatus(path: folder))?.kind == .directory }

  /// The names of the clusters in it, sorted; empty without a folder. A file whose name is no cluster's is an error: it would be
  /// passed over for ever.
  package func names() throws(DefinitionError) -> [String] {
    guard exists else { return [] }
    try checkFolders()
    let listing: DirectoryListing
    do throws(FileError) { listing = try DirectoryListing(path: folder, limit: Self.limit) } catch {
      throw DefinitionError(folder, error.message)
    }
    var names: [String] = []
    for entry in listing.entries where entry.name.hasSuffix(Self.suffix) && !entry.name.hasPrefix(".") {
      let name = String(entry.name.dropLast(Self.suffix.count))
      guard entry.nameIsExact, ClusterDefinition.isName(name) else {
        throw DefinitionError(
          "\(folder)/\(entry.name)", "is not a name that a cluster can have",
          hint: "Letters, digits, -, _ and . make one, the first of them a letter or digit.")
      }
      names.append(name)
    }
    return names
  }

  /// The definition of one cluster; nil where there is none here. `name` must be one (``ClusterDefinition/isName(_:)``).
  package func definition(of name: String) throws(DefinitionError) -> ClusterDefinition? {
    guard ClusterDefinition.isName(name), exists else { return nil }
    let path = "\(folder)/\(name)\(Self.suffix)"
    let bytes: [UInt8]
    let status: FileStatus
    do throws(FileError) {
      let file = try BoundedFile(path: path)
      (status, bytes) = (file.status, try file.readAll(limit: TOMLDocument.sizeLimit))
    } catch {
      if error.isMissing { return nil }
      throw DefinitionError(path, error.message)
    }
    // Of what was opened, not of the path, which may lead elsewhere by now.
    if let objection = Self.objection(to: status) { throw Self.foreign(path, objection) }
    try checkFolders()
    return try ClusterDefinition(name: name, path: path, text: bytes)
  }

  /// Whoever may write in one of the folders could put another file in the place of this one.
  private func checkFolders() throws(DefinitionError) {
    for path in [path, folder] {
      let status: FileStatus
      do throws(FileError) { status = try FileStatus(path: path) } catch { throw DefinitionError(path, error.message) }
      if let objection = Self.objection(to: status) { throw Self.foreign(path, objection) }
    }
  }

  /// The same of one file and its folder, in whatever place they are.
  static func check(_ path: String) throws(DefinitionError) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let folder = parts.count > 1 ? parts.dropLast().joined(separator: "/") : "."
    for path in [path, folder.isEmpty ? "/" : folder] {
      let status: FileStatus
      do throws(FileError) { status = try FileStatus(path: path) } catch { throw DefinitionError(path, error.message) }
      if let objection = objection(to: status) { throw foreign(path, objection) }
    }
  }

  private static func foreign(_ path: String, _ objection: String) -> DefinitionError {
    DefinitionError(
      path, objection,
      hint:
        "Servers are connected to because it says so: it must belong to root or to whoever runs the command (sudo -u), and"
        + " nobody else may write to it (chmod go-w).")
  }

  /// Why what stands there may be somebody else's; nil where it is root's or this user's, and nobody else can write to it.
  static func objection(to status: FileStatus) -> String? {
    guard status.owner == 0 || status.owner == geteuid() else { return "belongs to user \(status.owner)" }
    return status.permissions & 0o022 == 0 ? nil : "can be written by others"
  }
}
