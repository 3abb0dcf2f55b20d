import Glibc
import Reporting
import Synchronization

/// A terminal that is drawn on again and again, and is as it was afterwards, however the program ends.
///
/// Only one at a time: signals belong to the process.
struct TerminalScreen: ~Copyable {
  /// What the handlers of signals put back.
  private struct Saved {
    var settings = termios()
    var isActive = false
  }

  nonisolated(unsafe) private static var saved = Saved()
  /// Another alternate screen than the shell's, and no cursor.
  private static let begin: TerminalText = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J"
  private static let end = StaticString("\u{1B}[?25h\u{1B}[?1049l")

  /// nil where standard input or output is none.
  init?() {
    guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else { return nil }
    var settings = termios()
    // SAFETY: one local structure that lives during the call.
    guard unsafe tcgetattr(STDIN_FILENO, &settings) == 0 else { return nil }
    unsafe Self.saved = Saved(settings: settings, isActive: true)
    // Made now, and not in the handler of a signal.
    guard Self.end.utf8CodeUnitCount > 0 else { return nil }
    // Keys come one by one and unseen; Ctrl-C stays a signal.
    settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
    unsafe tcsetattr(STDIN_FILENO, TCSANOW, &settings)
    for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
      signal(number) { number in
        TerminalScreen.restore()
        _exit(128 + number)
      }
    }
    // A change of size ends the wait for a key.
    signal(SIGWINCH) { _ in }
    signal(SIGCONT) { _ in }
    Terminal.write(Self.begin)
  }

  deinit { Self.restore() }

  /// Only what a handler of a signal may call.
  private static func restore() {
    guard unsafe saved.isActive else { return }
    unsafe saved.isActive = false
    // SAFETY: a constant's own bytes, and a structure that nobody changes any more.
    _ = unsafe write(STDOUT_FILENO, end.utf8Start, end.utf8CodeUnitCount)
    _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &saved.settings)
  }

  /// Lines that fit.
  static var rows: Int {
    var size = winsize()
    // SAFETY: TIOCGWINSZ fills one `winsize`, which lives during the call.
    guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else { return 24 }
    return max(5, Int(size.ws_row))
  }

  /// The whole screen anew, without a moment in which it is empty.
  borrowing func draw(_ text: TerminalText) {
    let lines = text.lines.prefix(Self.rows)
    Terminal.write("\u{1B}[H" + lines.joined(separator: "\u{1B}[K\n") + "\u{1B}[K\u{1B}[J")
  }

  /// The key that is pressed within so many milliseconds; nil where none is, and where the size of the terminal changes.
  borrowing func key(within milliseconds: Int32) -> UInt8? {
    var descriptor = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    // SAFETY: one descriptor, which lives during the call.
    guard unsafe poll(&descriptor, 1, milliseconds) > 0 else { return nil }
    var byte: UInt8 = 0
    // SAFETY: one byte, which lives during the call. A terminal that has gone ends the watch.
    guard unsafe read(STDIN_FILENO, &byte, 1) == 1 else { return UInt8(ascii: "q") }
    return byte
  }
}
