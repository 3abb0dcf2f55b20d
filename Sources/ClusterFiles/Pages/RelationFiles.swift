import Evidence
import PostgresFormat

/// The main forks of a data directory's permanent relations, those that changed last first.
///
/// Unlogged relations have an init fork and positions of their own count; temporary ones have names of their own; other forks are
/// changed without a position. Tablespaces elsewhere are left out: in a copy of a directory their links lead to the original's.
struct RelationFiles {
  struct File: Sendable {
    /// From the data directory.
    var path: String
    /// Of the relation's first segment that it is.
    var segment: Int
    var size: Int
    var modifiedAt: Timestamp
  }

  private(set) var files: [File] = []
  /// There are more.
  private(set) var isCut = false

  /// A folder that cannot be listed.
  private(set) var unlisted: String?

  /// At most `limit` of them.
  init(ofDirectory directory: DataDirectory, limit: Int) {
    var folders = ["global"]
    if let names = listing(directory, "base") {
      folders += names.filter { $0.kind == .directory && !$0.name.isEmpty && $0.name.utf8.allSatisfy(\.isDigit) }
        .map { "base/" + $0.name }
    }
    for folder in folders {
      guard let names = listing(directory, folder) else { continue }
      let unlogged = Set(names.map(\.name).filter { $0.hasSuffix("_init") }.map { String($0.dropLast(5)) })
      for entry in names where entry.kind == .regular {
        guard let (number, segment) = Self.parts(entry.name), !unlogged.contains(number) else { continue }
        guard files.count < limit else {
          isCut = true
          break
        }
        let path = folder + "/" + entry.name
        guard let status = try? directory.storage.status(directory.path + "/" + path, followingLinks: false),
          status.size > 0
        else { continue }
        files.append(File(path: path, segment: segment, size: status.size, modifiedAt: status.modifiedAt))
      }
    }
    files.sort { ($1.modifiedAt, $0.path) < ($0.modifiedAt, $1.path) }
  }

  private mutating func listing(_ directory: DataDirectory, _ folder: String) -> [DirectoryListing.Entry]? {
    let names = try? directory.storage.entries(of: directory.path + "/" + folder, limit: 10_000_000)
    if names == nil { unlisted = unlisted ?? folder }
    return names
  }

  /// `16384`, `16384.2`.
  private static func parts(_ name: String) -> (number: String, segment: Int)? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 10 && $0.utf8.allSatisfy(\.isDigit) }),
      let segment = parts.count == 2 ? Int(parts[1]) : 0
    else { return nil }
    return (String(parts[0]), segment)
  }
}
