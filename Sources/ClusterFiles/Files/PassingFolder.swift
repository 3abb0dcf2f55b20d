import Glibc
import PostgresFormat

/// A folder for what is fetched, that is gone when the program is, however it ends.
///
/// A process of its own waits for the end of a pipe and removes the folder then: also after a signal that no program can handle.
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
    var ends: [Int32] = [-1, -1]
    // SAFETY: the array has the two places that are written.
    guard unsafe pipe(&ends) == 0 else {
      unsafe rmdir(path)
      throw Refusal(message: "no pipe can be made: \(FileError.last("pipe", path: path).message)")
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    // The signals of a terminal reach it, too; it outlives them.
    let script = "trap '' INT TERM HUP QUIT PIPE; read -r _; rm -rf -- \"$0\""
    let guardian = ChildProcess.spawn(["/bin/sh", "-c", script, path], input: ends[0])
    close(ends[0])
    guard let guardian else {
      close(ends[1])
      unsafe rmdir(path)
      throw Refusal(message: "/bin/sh cannot be started")
    }
    (self.path, self.guardian, lifeline) = (path, guardian, ends[1])
  }

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

/// Programs that are started and waited for.
enum ChildProcess {
  /// How one ended.
  enum Ending: Sendable, Hashable {
    case exit(Int32)
    case signal(Int32)
    /// It could not be waited for.
    case unknown
  }

  /// Starts a program by its path. `input`: its standard input; nothing without. What it writes goes nowhere, its errors to the file
  /// `errors` where one is named. nil where it cannot be started.
  static func spawn(_ words: [String], input: Int32? = nil, errors: String? = nil) -> pid_t? {
    var actions = unsafe posix_spawn_file_actions_t()
    // SAFETY: here and below, the structure is a local one; each text is a NUL-terminated copy that lives during the call, and which
    // the functions copy in turn.
    guard unsafe posix_spawn_file_actions_init(&actions) == 0 else { return nil }
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    if let input {
      unsafe posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    } else {
      unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    }
    unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    unsafe posix_spawn_file_actions_addopen(
      &actions, STDERR_FILENO, errors ?? "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    // Signals are blocked in threads of this program; what it starts is to hear of them.
    var attributes = posix_spawnattr_t()
    guard unsafe posix_spawnattr_init(&attributes) == 0 else { return nil }
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    // SAFETY: the copies are freed after the call, which does not keep them.
    let arguments = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { unsafe arguments.forEach { unsafe free($0) } }
    var process: pid_t = 0
    let status = unsafe posix_spawn(&process, words[0], &actions, &attributes, arguments, environ)
    return status == 0 ? process : nil
  }

  /// Waits for its end.
  static func wait(for process: pid_t) -> Ending {
    var status: Int32 = 0
    // SAFETY: `status` is a local number that lives during the call.
    while unsafe waitpid(process, &status, 0) < 0 { if errno != EINTR { return .unknown } }
    return status & 0x7F == 0 ? .exit(status >> 8 & 0xFF) : .signal(status & 0x7F)
  }
}
