/// Why a server could not be asked, or would not answer. Its texts never hold a password.
package struct ServerError: Error, Sendable, Hashable {
  /// What kind of failure, for the exit code and for what may still be asked.
  package enum Cause: Sendable, Hashable {
    /// libpq is not on this machine.
    case noLibrary
    /// libpq does not take the connection string.
    case badConnectionString
    /// No connection came about, or it broke.
    case connection
    /// No answer came within the bound.
    case silence
    /// The server refused a statement: the SQLSTATE.
    case refused(sqlState: String)
    /// An answer that no server of this version gives.
    case answer
    /// A major version that slotscope does not read.
    case version
  }

  /// Decides whether the rest of the server is still read.
  package var cause: Cause
  /// libpq's or the server's own words where there are any, without passwords.
  package var message: String
  /// What to do next; nil where the message says it all.
  package var hint: String?

  /// The message must hold no password: connection strings are redacted before.
  package init(_ cause: Cause, _ message: String, hint: String? = nil) {
    (self.cause, self.message, self.hint) = (cause, message, hint)
  }

  /// The server goes on answering, only this statement failed.
  var concernsOneStatement: Bool {
    switch cause {
    // Class 57: cut off by an operator or a shutdown; a canceled statement (57014) is over, its session is not.
    case .refused(let state): !state.hasPrefix("57P") && !state.hasPrefix("08")
    case .answer: true
    default: false
    }
  }
}
