import ClusterFiles
import PostgresFormat
import SlotSafety

/// Why a command ends without what it was asked for, and with which code. ``SlotscopeProgram`` prints it: commands throw it and
/// print none of their own.
struct CommandFailure: Error {
  var status: ExitStatus
  /// Short, without a full stop; untrusted text is escaped where it is printed.
  var message: String
  /// A whole sentence: what more is known.
  var detail: String?
  /// A whole sentence: what to do next.
  var hint: String?

  init(_ message: String, detail: String? = nil, hint: String? = nil, status: ExitStatus = .unknown) {
    (self.status, self.message, self.detail, self.hint) = (status, message, detail, hint)
  }

  /// The same where words of the command line that it repeats are without what may be a secret: any of them may have been
  /// meant as a connection string.
  func withholding(_ arguments: [String]) -> CommandFailure {
    var failure = self
    for word in arguments.flatMap(Self.values).sorted(by: { $0.utf8.count > $1.utf8.count }) {
      let shown = Self.shown(word)
      guard shown != word else { continue }
      failure.message = failure.message.replacing(word, with: shown)
      failure.detail = failure.detail?.replacing(word, with: shown)
      failure.hint = failure.hint?.replacing(word, with: shown)
    }
    return failure
  }

  /// A word that was refused, without what may be a secret. `user:password` is one unless it names a file or slots.
  static func shown(_ word: String) -> String {
    let shown = SecretRedaction.redactingArgument(word)
    guard shown == word, (try? SlotFilter(word)) == nil, !DataDirectory.exists(word) else { return shown }
    return SecretRedaction.redactingLogin(word)
  }

  /// What may be a value in a word: all of it, what is behind the sign of a long option, what is joined to a short one.
  private static func values(in word: String) -> [String] {
    guard word.hasPrefix("-"), word.utf8.count > 1 else { return [word] }
    let joined =
      word.hasPrefix("--") ? word.firstIndex(of: "=").map { word[word.index(after: $0)...] } : word.dropFirst(2)
    return joined.map { $0.isEmpty ? [] : [String($0)] } ?? []
  }
}
