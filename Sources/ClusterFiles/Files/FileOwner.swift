import Glibc

/// Whose a path is that this user may not read.
package enum FileOwner {
  /// The name of the user whose folder or file it is that stops the way to `path`; nil where that is this user, or nothing stops it.
  package static func refusing(_ path: String) -> String? {
    var reached: FileStatus?
    let isAbsolute = path.hasPrefix("/")
    var prefix = isAbsolute ? "/" : "."
    reached = try? FileStatus(path: prefix)
    for part in path.split(separator: "/") {
      prefix += (prefix.hasSuffix("/") ? "" : "/") + part
      guard let status = try? FileStatus(path: prefix) else { break }
      reached = status
    }
    guard let owner = reached?.owner, owner != geteuid() else { return nil }
    // SAFETY: the entry is the C library's own until the next call; its name is copied at once.
    return unsafe getpwuid(owner).map { unsafe String(cString: $0.pointee.pw_name) } ?? "user \(owner)"
  }
}
