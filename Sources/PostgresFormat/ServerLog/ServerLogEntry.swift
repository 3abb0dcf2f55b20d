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
      bytes.prefix(5).allSatisfy({ $0.isDigit || $0.isUppercase })
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

extension Collection<UInt8> {
  /// The number that decimal digits alone stand for; nil for anything else, and for one that is too large.
  var decimalNumber: UInt64? { allSatisfy(\.isDigit) ? UInt64(String(decoding: self, as: UTF8.self)) : nil }
}
