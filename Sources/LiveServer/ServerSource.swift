import ByteReading
package import Evidence
package import PostgresFormat

/// A running server as a source of evidence, named by a libpq connection string or URI. Nothing is written on it.
package struct ServerSource: Sendable {
  private let connectionString: String

  /// Not checked here: what libpq does not take is thrown by ``gather(at:bounds:)``.
  package init(_ connectionString: String) { self.connectionString = connectionString }

  /// Whether a source that is not an existing path is meant for a server.
  package static func isOne(_ source: String) -> Bool {
    source.contains("=") || source.hasPrefix("postgresql://") || source.hasPrefix("postgres://")
  }

  /// As it may be shown and kept: without passwords.
  package static func shown(_ source: String) -> String { SecretRedaction.redactingPassword(source) }

  /// Asks the server for all that it tells, over one read-only session.
  ///
  /// What the role may not see becomes a ``Problem``, and the rest is read all the same. Throws ``ServerError`` where no
  /// connection comes about, the server stops answering, or its version is not one that slotscope reads.
  package func gather(
    at time: Timestamp, bounds: ServerBounds = ServerBounds()
  ) throws(ServerError) -> Evidence {
    var evidence = try attempt(at: time, bounds)
    // A promotion in between: what was read of a standby and of a primary does not belong together.
    if evidence == nil { evidence = try attempt(at: time, bounds) }
    guard let evidence else {
      throw ServerError(.answer, "the server changed its role while it was read", hint: "Ask again.")
    }
    return evidence
  }

  /// nil where the server was promoted meanwhile.
  private func attempt(at time: Timestamp, _ bounds: ServerBounds) throws(ServerError) -> Evidence? {
    let reader = try ServerReader.open(connectionString, bounds: bounds)
    var evidence = Evidence(
      origin: Origin(
        kind: .server, source: Self.shown(connectionString), host: reader.connection.host, gatheredAt: time))
    evidence.version = reader.version
    guard try reader.readAll(into: &evidence) else { return nil }
    return evidence
  }
}

/// How long a server is waited for, in seconds.
package struct ServerBounds: Sendable {
  /// For each address that is tried; connect_timeout and PGCONNECT_TIMEOUT overrule it. At least 2, as libpq has it.
  package var connecting = 10
  /// For all addresses, name look-ups and greetings together, whatever those say: `connect_timeout=0` is without end.
  package var reaching = 30
  /// What the server is told: statement_timeout and lock_timeout.
  package var statement = 5
  /// lock_timeout: what is read needs no lock that a running server withholds for long.
  package var lock = 2
  /// For one answer: a server that is stopped or cut off does not keep its own timeouts.
  package var answering = 8
  /// For all answers of a session together.
  package var session = 30
  /// A message that is announced to be large is refused by the memory that libpq takes for it. That is told by the memory of the
  /// whole process, so only where nobody else in it takes any meanwhile, as in the program.
  package var watchesMemory = false
  /// Every bound as it stands above.
  package init() {}
}
