import PostgresFormat

/// Whether a folder belongs to a cluster, so that nothing may be written there.
///
/// A member of a data directory may be a link to another disk. Such a folder is found in two ways: on the way that the path
/// takes, link by link, and by what only a server puts into it.
enum OutputPlace {
  /// What a path leads into: the data directory on its way, or what a server keeps outside of it.
  static func cluster(onTheWayTo folder: String) -> String? {
    var rest = Array(ConfigurationPath.absoluteParts(folder).reversed())
    var path = ""
    var linksLeft = 40
    if let found = sign(of: "/") { return found }
    while let part = rest.popLast() {
      if part == "." { continue }
      if part == ".." {
        path = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        continue
      }
      let next = path + "/" + part
      if let target = targetOfLink(at: next) {
        guard linksLeft > 0 else { return nil }
        linksLeft -= 1
        if target.hasPrefix("/") { path = "" }
        rest += target.split(separator: "/").reversed().map(String.init)
        continue
      }
      path = next
      if let found = sign(of: path) { return found }
    }
    return nil
  }

  /// What a folder is of a cluster, with its path; nil where it is nothing of one.
  ///
  /// As for ``DataDirectory``, either of two files makes a data directory: what is left of a damaged one is all that there
  /// is.
  private static func sign(of folder: String) -> String? {
    func has(_ name: String) -> Bool { DataDirectory.exists(folder + "/" + name) }
    if has("PG_VERSION") || has("global/pg_control") { return "the data directory \(folder)" }
    let name = folder.split(separator: "/").last.map(String.init) ?? ""
    if isTablespaceVersion(name) { return "the tablespace \(folder)" }
    // `global`, `base`, `pg_wal` (`pg_xlog` before 10), and a tablespace, on a disk of their own.
    if has("pg_control") || has("pg_filenode.map") || has("1/pg_filenode.map") || has("archive_status") {
      return "a server's folder \(folder)"
    }
    guard let entries = try? DirectoryListing(path: folder, limit: 2000).entries else { return nil }
    if let entry = entries.first(where: { $0.kind == .directory && isTablespaceVersion($0.name) }) {
      return "the tablespace \(folder)/\(entry.name)"
    }
    // `pg_replslot`: each slot has a folder with its state in it.
    let slots = entries.lazy.filter { $0.kind == .directory }.prefix(20)
    return slots.contains { isSlotState("\(folder)/\($0.name)/state") } ? "a server's folder \(folder)" : nil
  }

  /// `PG_17_202406281`: the version and the catalog's version, as the folder of a tablespace is called.
  private static func isTablespaceVersion(_ name: String) -> Bool {
    let parts = name.split(separator: "_", omittingEmptySubsequences: false)
    return parts.count == 3 && parts[0] == "PG" && parts[2].utf8.count == 9
      && parts[1].utf8.allSatisfy { $0.isDigit || $0 == UInt8(ascii: ".") } && parts[2].utf8.allSatisfy(\.isDigit)
  }

  /// The first four bytes, `SLOT_MAGIC`.
  private static func isSlotState(_ path: String) -> Bool {
    (try? BoundedFile(path: path).read(at: 0, count: 4)) == [0xA1, 0x1C, 0x05, 0x01]
  }
}
