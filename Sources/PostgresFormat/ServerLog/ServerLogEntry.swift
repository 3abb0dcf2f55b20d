/// An entry of a server's log, whatever its form (stderr, csvlog, jsonlog).
///
/// Follows src/backend/utils/error/elog.c, csvlog.c and jsonlog.c. What users wrote may be anything; what the server says of
/// itself is told from it by the process that wrote it.
package struct ServerLogEntry: Sendable, Hashable {
  /// `LOG`, `WARNING`, `ERROR`, `FATAL`, `PANIC`; in the form of stderr also `DETAIL`, `STATEMENT` and the like, which are entries
  /// of their own there. Another language than English has other words for some.
  package var severity: String
  /// The first line of the message, at most ``messageLimit`` bytes.
  package var message: String
  /// nil where log_line_prefix has none, or its zone is not known.
  package var time: Timestamp?
  /// nil where log_line_prefix has none.
  package var processID: UInt32?
  /// Counted by each process from 1 (`%l`); nil where log_line_prefix has none.
  package var number: UInt64?
  /// `postmaster`, `client backend`, …; nil where log_line_prefix has none (13 and later).
  package var backendType: String?

  /// More of a message is cut off.
  package static let messageLimit = 4096

  init(severity: String, message: some Sequence<UInt8>) {
    self.severity = severity
    // With log_error_verbosity = verbose the SQLSTATE stands before the message.
    var bytes = Array(message.prefix { $0 != UInt8(ascii: "\n") }.prefix(Self.messageLimit))
    if bytes.count > 7, bytes[5] == UInt8(ascii: ":"), bytes[6] == UInt8(ascii: " "),
      bytes.prefix(5).allSatisfy({ ASCII.isDigit($0) || ASCII.isUpper($0) })
    {
      bytes.removeFirst(7)
    }
    self.message = String(decoding: bytes, as: UTF8.self)
  }

  /// Words that go with the entry before them.
  package var isContinuation: Bool { Self.continuations.contains(severity) }
  private static let continuations: Set<String> = [
    "DETAIL", "HINT", "CONTEXT", "STATEMENT", "QUERY", "LOCATION", "BACKTRACE",
  ]
}

enum ASCII {
  static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
  static func isUpper(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") }

  /// Digits alone, and not too many of them.
  static func number(_ bytes: ArraySlice<UInt8>) -> UInt64? {
    guard !bytes.isEmpty, bytes.count < 20, bytes.allSatisfy(isDigit) else { return nil }
    return bytes.reduce(0 as UInt64) { $0 &* 10 &+ UInt64($1 - UInt8(ascii: "0")) }
  }
}
