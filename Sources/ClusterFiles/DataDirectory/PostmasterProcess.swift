import Glibc
import PostgresFormat

/// Whether the process that postmaster.pid names runs on a given data directory.
///
/// The file alone proves nothing: a crash leaves it behind, the number may belong to another process by now, and a copied
/// directory carries the file of the original. A postmaster's working directory is its data directory, which tells.
enum PostmasterProcess {
  /// true or false where it can be told, nil where this user may not look at the process.
  static func isAlive(_ file: PostmasterPID, on directory: String) -> Bool? {
    guard let pid = pid_t(exactly: file.pid.magnitude), pid > 0 else { return false }
    if kill(pid, 0) != 0 && errno == ESRCH { return false }
    let process = "/proc/\(pid)"
    guard let stat = try? readWholeProcFile(process + "/stat") else { return nil }
    // The state letter follows the command in parentheses, which may itself hold any character.
    guard let close = stat.lastIndex(of: UInt8(ascii: ")")), close + 2 < stat.count else { return nil }
    if stat[close + 2] == UInt8(ascii: "Z") || stat[close + 2] == UInt8(ascii: "X") { return false }
    // Compared as the file system knows them: a postmaster in a container or chroot has another path for the same folder.
    guard let own = identity(of: directory), let working = identity(of: process + "/cwd") else { return nil }
    return own == working
  }

  private struct Identity: Equatable {
    var device: dev_t
    var inode: ino_t
  }

  /// Which folder a path leads to; nil where it leads nowhere, or this user may not ask.
  private static func identity(of path: String) -> Identity? {
    var raw = stat()
    // SAFETY: the path is a NUL-terminated copy and `raw` a local structure, both alive during the call.
    guard unsafe stat(path, &raw) == 0 else { return nil }
    return Identity(device: raw.st_dev, inode: raw.st_ino)
  }

  /// Files under /proc have no size, so they are read until they end, at most 4 KiB.
  private static func readWholeProcFile(_ path: String) throws(FileError) -> [UInt8] {
    try BoundedFile(path: path).read(at: 0, count: 4096)
  }

  /// The path with every symbolic link resolved, nil where it does not lead anywhere.
  static func resolved(_ path: String) -> String? {
    // SAFETY: realpath allocates the result, which is copied and freed here.
    guard let raw = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(raw) }
    return unsafe String(cString: raw)
  }
}
