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
}
