import Glibc
import PostgresFormat

/// A folder for what is fetched, that is gone when the program is, however it ends.
///
/// A process of its own waits for the end of a connection, ends the programs then that still work for the folder, and removes it: also
/// after a signal that no program can handle.
package final class PassingFolder: Sendable {
  /// Its absolute path, of characters that mean nothing to a shell.
  package let path: String
  private let guardian: pid_t
  private let lifeline: Int32

  /// Why there is none: a sentence without a stop.
  package struct Refusal: Error, Sendable, Hashable {
    /// With the path.
    package var message: String
  }

  /// Makes `NAME-XXXXXX` in `parent`, for this user alone. Never in a data directory, nor in what a server keeps outside of it.
  package init(_ name: String, in parent: String) throws(Refusal) {
    let isPlain = parent.utf8.allSatisfy { byte in
      byte.isDigit || byte.isASCIILetter || "/_.-+".utf8.contains(byte)
    }
    guard parent.hasPrefix("/"), isPlain else {
      throw Refusal(message: "\(parent) cannot hold what is fetched: its path has characters that a shell takes apart")
    }
    if let cluster = OutputPlace.cluster(onTheWayTo: parent) {
      throw Refusal(message: "\(parent) cannot hold what is fetched: it is in \(cluster)")
    }
    var template = Array("\(parent)/\(name)-XXXXXX".utf8CString)
    // SAFETY: the array ends with NUL and lives during the call, which changes only its last six characters.
    guard unsafe mkdtemp(&template) != nil else {
      throw Refusal(
        message:
          "no folder for what is fetched can be made in \(parent): \(FileError.last("mkdir", path: parent).message)")
    }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard let line = Lifeline() else {
      unsafe rmdir(path)
      throw Refusal(message: "no connection can be made: \(FileError.last("socketpair", path: path).message)")
    }
    let guardian = ChildProcess.spawn(["/bin/sh", "-c", Self.guarding, path], input: line.far)
    close(line.far)
    guard let guardian else {
      close(line.near)
      unsafe rmdir(path)
      throw Refusal(message: "/bin/sh cannot be started")
    }
    (self.path, self.guardian, lifeline) = (path, guardian, line.near)
  }

  /// Each line has the leaders of all process groups that work for the folder. What one of them has begun may still be written for a
  /// moment, and a command may have made folders that their owner cannot enter.
  private static let guarding = """
    trap '' INT TERM HUP QUIT PIPE
    leaders=
    while read -r line; do leaders=$line; done
    for leader in $leaders; do kill -s KILL -- "-$leader"; done
    for try in 1 2 3; do
      rm -rf -- "$0" && break
      chmod -R u+rwx -- "$0"
      sleep 1
    done
    """

  /// Who works for it now: sessions of their own (`ChildProcess.spawn`), which end with this program.
  func set(workers: [pid_t]) { Lifeline.send(workers.map { "\($0)" }.joined(separator: " ") + "\n", to: lifeline) }

  /// Removes it, and everything in it.
  deinit {
    close(lifeline)
    _ = ChildProcess.wait(for: guardian)
  }

  /// Bytes that are free on its disk for this user.
  package var freeBytes: UInt64 {
    var status = statvfs()
    // SAFETY: the structure is a local one that lives during the call.
    guard unsafe statvfs(path, &status) == 0 else { return 0 }
    return UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue
  }
}

extension UInt8 {
  fileprivate var isASCIILetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
}
