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
    guard let own = resolved(directory) else { return nil }
    if let working = link(process + "/cwd") { return working == own }
    return nil
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

  /// The target of a symbolic link, nil where it cannot be read or is longer than 4 KiB.
  static func link(_ path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: 4096)
    // SAFETY: the pointer and the count are those of the array, which lives during the call.
    let count = unsafe buffer.withUnsafeMutableBufferPointer { bytes in
      unsafe bytes.baseAddress.map { unsafe readlink(path, $0, bytes.count) } ?? -1
    }
    guard count > 0, count < buffer.count else { return nil }
    return String(validating: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
