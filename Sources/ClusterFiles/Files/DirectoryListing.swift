/// The entries of one directory, without `.` and `..`, sorted by the bytes of their names.
package struct DirectoryListing: Sendable, Hashable {
  /// One name, and what it stands for.
  package struct Entry: Sendable, Hashable {
    /// Bytes that are not UTF-8 are replaced; `nameIsExact` is false then, and no path can be made of it.
    package var name: String
    /// Whether the name's bytes are UTF-8.
    package var nameIsExact: Bool
    /// The entry itself: a symbolic link is one, whatever it leads to.
    package var kind: FileKind
  }

  /// As it was given; an entry's path is this, a slash and its name.
  package var path: String
  /// Sorted by the bytes of their names, which are in the order of the locale "C".
  package var entries: [Entry]

  /// More prepared transactions or snapshots than any server has.
  package static let defaultLimit = 50_000

  /// Reads at most `limit` entries; more is ``FileError/Reason/tooManyEntries(limit:)``.
  package init(
    path: String, in storage: any ClusterStorage = PosixStorage(), limit: Int = defaultLimit
  ) throws(FileError) {
    var found: [(bytes: [UInt8], kind: FileKind)] = []
    try unsafe storage.forEachName(in: path, limit: limit) { name, kind throws(FileError) in
      let bytes = unsafe Array(name)
      found.append((bytes, kind ?? Self.kind(of: bytes, in: path, storage)))
    }
    found.sort { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    self.path = path
    entries = found.map { bytes, kind in
      let exact = String(validating: bytes, as: UTF8.self)
      return Entry(name: exact ?? String(decoding: bytes, as: UTF8.self), nameIsExact: exact != nil, kind: kind)
    }
  }

  private static func kind(of name: [UInt8], in folder: String, _ storage: any ClusterStorage) -> FileKind {
    guard let name = String(validating: name, as: UTF8.self) else { return .other }
    return (try? storage.status(folder + "/" + name, followingLinks: false))?.kind ?? .other
  }
}
