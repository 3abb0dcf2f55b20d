import ClusterFiles
import Glibc
import PostgresFormat
import Reporting
import Synchronization

/// Where output goes: data on standard output, everything else on standard error.
enum Terminal {
  /// The first error on standard output, as errno has it; 0 without one.
  private static let outputError = Atomic<Int32>(0)

  /// Writes to standard output.
  static func write(_ text: TerminalText) { write(document: text.text) }

  /// Writes to standard output what is in a language of its own, whose writer has escaped it: JSON, HTML, SQL, metrics.
  ///
  /// A reader that has gone away is not an error: the rest is dropped. Any other error ends the command as `takeOutputFailure`
  /// says.
  static func write(document: String) {
    let error = write(bytes: Array(document.utf8), to: STDOUT_FILENO)
    guard error != 0 && error != EPIPE else { return }
    _ = outputError.compareExchange(expected: 0, desired: error, ordering: .relaxed)
  }

  /// Why standard output lacks something that was written, if it does: a full disk must not leave half a script and the exit code of a whole one.
  static func takeOutputFailure() -> CommandFailure? {
    let error = outputError.exchange(0, ordering: .relaxed)
    guard error != 0 else { return nil }
    // SAFETY: strerror returns a text with a NUL at its end, which is copied at once.
    return CommandFailure("could not write to standard output: \(unsafe String(cString: strerror(error)))")
  }

  /// Writes to standard error.
  static func writeError(_ text: TerminalText) { _ = write(bytes: Array(text.text.utf8), to: STDERR_FILENO) }

  /// What is not as its giver thinks, and changes nothing in the answer: a sentence without a full stop.
  static func warn(_ message: String) {
    writeError("slotscope: warning: \(scrubbed(message: message))\n")
  }

  /// Something that went wrong and does not end the command.
  static func report(error message: String, detail: String? = nil, hint: String? = nil) {
    report(CommandFailure(message, detail: detail, hint: hint))
  }

  /// `slotscope: error: …` with its detail and hint, as PostgreSQL's programs word it.
  ///
  /// What was given as a path may have been meant as a connection string: passwords are withheld here, too.
  static func report(_ failure: CommandFailure) {
    let style = TextStyle(color: wantsColor(STDERR_FILENO))
    var text: TerminalText = "slotscope: \(style.paint("error:", .error)) \(scrubbed(message: failure.message))\n"
    if let detail = failure.detail {
      text += "slotscope: \(style.paint("detail:", .strong)) \(SecretRedaction.scrubbed(detail))\n"
    }
    if let hint = failure.hint {
      text += "slotscope: \(style.paint("hint:", .strong)) \(SecretRedaction.scrubbed(hint))\n"
    }
    writeError(text)
  }

  /// A message without secrets. The file that it begins with is none, whatever its name: what follows `/etc/passwd: ` is not
  /// the value of something.
  static func scrubbed(message: String) -> String {
    guard let colon = message.firstRange(of: ": "), message.hasPrefix("/") || exists(message[..<colon.lowerBound]),
      !message[..<colon.lowerBound].contains(where: { "=@:".contains($0) })
    else { return SecretRedaction.scrubbed(message) }
    return message[..<colon.upperBound] + SecretRedaction.scrubbed(String(message[colon.upperBound...]))
  }

  private static func exists(_ path: Substring) -> Bool { DataDirectory.exists(String(path)) }

  static var style: TextStyle { TextStyle(color: wantsColor(STDOUT_FILENO), columns: columns) }

  /// Columns of the terminal, at least 40; those that COLUMNS says where standard output is none, and nil without it.
  private static var columns: Int? {
    var size = winsize()
    // SAFETY: TIOCGWINSZ fills one `winsize`, which lives during the call.
    if unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return max(Int(size.ws_col), 40) }
    return environment("COLUMNS").flatMap(Int.init).map { min(max($0, 40), 1000) }
  }

  /// PG_COLOR (`always`, `auto`, `never`) decides, then NO_COLOR, then whether it is a terminal that can.
  private static func wantsColor(_ descriptor: Int32) -> Bool {
    switch environment("PG_COLOR") {
    case "always": return true
    case "never": return false
    default: break
    }
    if let plain = environment("NO_COLOR"), !plain.isEmpty { return false }
    return isatty(descriptor) == 1 && environment("TERM") != "dumb"
  }

  static func environment(_ name: String) -> String? {
    // SAFETY: the environment is not changed by this program; the text is copied at once.
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }

  /// Returns errno, or 0.
  private static func write(bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var written = 0
    while written < bytes.count {
      // SAFETY: `written < bytes.count`, so pointer and count stay inside the array.
      let result = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(descriptor, buffer.baseAddress.map { unsafe $0 + written }, bytes.count - written)
      }
      if result < 0 && errno == EINTR { continue }
      guard result > 0 else { return result < 0 ? errno : EIO }
      written += result
    }
    return 0
  }
}
