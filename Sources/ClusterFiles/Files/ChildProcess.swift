import Glibc

/// Programs that are started and waited for.
enum ChildProcess {
  /// How one ended.
  enum Ending: Sendable, Hashable {
    case exit(Int32)
    case signal(Int32)
    /// It could not be waited for.
    case unknown
  }

  /// Starts a program by its path, in a session of its own: it has no terminal to ask at, hears of none of the signals that are meant
  /// for this program, and can be ended with all that it starts. `input`: its standard input; nothing without. What it writes goes
  /// nowhere, its errors to the file `errors` where one is named. nil where it cannot be started.
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
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Self.newSession)
    // SAFETY: the copies are freed after the call, which does not keep them.
    let arguments = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { unsafe arguments.forEach { unsafe free($0) } }
    var process: pid_t = 0
    let status = unsafe posix_spawn(&process, words[0], &actions, &attributes, arguments, environ)
    return status == 0 ? process : nil
  }

  /// `POSIX_SPAWN_SETSID` of spawn.h, which only shows it where `_GNU_SOURCE` is defined.
  private static let newSession: Int16 = 0x80

  /// How it has ended; nil while it runs.
  static func ending(of process: pid_t) -> Ending? { ending(of: process, options: WNOHANG) }

  /// Waits for its end.
  @discardableResult
  static func wait(for process: pid_t) -> Ending { ending(of: process, options: 0) ?? .unknown }

  /// Ends it, and what it has started.
  static func end(_ process: pid_t) {
    kill(-process, SIGKILL)
    wait(for: process)
  }

  private static func ending(of process: pid_t, options: Int32) -> Ending? {
    var status: Int32 = 0
    while true {
      // SAFETY: `status` is a local number that lives during the call.
      switch unsafe waitpid(process, &status, options) {
      case 0: return nil
      case process: return status & 0x7F == 0 ? .exit(status >> 8 & 0xFF) : .signal(status & 0x7F)
      default: if errno != EINTR { return .unknown }
      }
    }
  }
}

/// A connection between this program and one that it starts: the other's end is told by its closing.
struct Lifeline {
  /// This program's.
  let near: Int32
  /// The other's standard input.
  let far: Int32

  /// nil where the system refuses one.
  init?() {
    var ends: [Int32] = [-1, -1]
    // SAFETY: the array has the two places that are written.
    guard unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      return nil
    }
    (near, far) = (ends[0], ends[1])
  }

  /// Nothing happens where the other has ended.
  static func send(_ text: String, to end: Int32) {
    var text = text
    // SAFETY: the bytes live during the call, which only reads them.
    text.withUTF8 { bytes in _ = unsafe Glibc.send(end, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)) }
  }
}
