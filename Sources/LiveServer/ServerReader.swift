import Evidence
import PostgresFormat

/// Asks one server for the parts of the evidence one by one. One extension for each kind of fact.
struct ServerReader: ~Copyable {
  private(set) var connection: ServerConnection
  let version: ServerVersion
  let inRecovery: Bool
  let session: ServerRow
  /// For a second connection, which speaks the replication protocol.
  private let connectionString: String
  private let bounds: ServerBounds

  static func open(_ connectionString: String, bounds: ServerBounds) throws(ServerError) -> ServerReader {
    let connection = try ServerConnection.open(connectionString, bounds: bounds)
    let number = connection.serverVersion
    let major = number >= 100_000 ? number / 10_000 * 100 : number / 100
    guard let version = ServerVersion(rawValue: major) else {
      throw ServerError(
        .version, "the server is PostgreSQL \(number / 10_000).\(number % 10_000 / 100)",
        hint: "slotscope reads PostgreSQL \(ServerVersion.supportedRange).")
    }
    let settings = [
      "default_transaction_read_only = on", "search_path = pg_catalog, pg_temp",
      "statement_timeout = '\(bounds.statement)s'", "lock_timeout = '\(bounds.lock)s'",
    ]
    for setting in settings { _ = try connection.rows("set " + setting) }
    let session = try session(connection, version)
    return ServerReader(
      connection: connection, version: version, inRecovery: session.inRecovery, session: session.row,
      connectionString: connectionString, bounds: bounds)
  }

  /// Who asks whom, at this moment.
  private static func session(
    _ connection: borrowing ServerConnection, _ version: ServerVersion
  ) throws(ServerError) -> (row: ServerRow, inRecovery: Bool) {
    guard let statement = ServerQuery.server.statement(for: version),
      let session = try connection.rows(statement).first, let inRecovery = session.flag("in_recovery")
    else { throw ServerError(.answer, "the server does not say who asks") }
    return (session, inRecovery)
  }

  /// The same connection for another round: what it was then may have changed, as in a promotion.
  consuming func again() throws(ServerError) -> ServerReader {
    connection.renew()
    let session = try Self.session(connection, version)
    return ServerReader(
      connection: connection, version: version, inRecovery: session.inRecovery, session: session.row,
      connectionString: connectionString, bounds: bounds)
  }

  /// False where the server was promoted meanwhile.
  func readAll(into evidence: inout Evidence) throws(ServerError) -> Bool {
    readSession(into: &evidence)
    // Before the positions, so that a setting was in force when WAL had come that far.
    try readSettings(into: &evidence)
    // Before the slots, so that what was replayed up to there has left them as they are then shown.
    let replayed = try ask(.replay, into: &evidence)?.first?.lsn("replay")
    try readSlots(into: &evidence)
    guard try readPositions(replayedBefore: replayed, into: &evidence) else { return false }
    if inRecovery { try waitForReplay(into: &evidence) }
    try readControl(into: &evidence)
    try readReplication(into: &evidence)
    settleIdentity(of: &evidence)
    let histories = try readWALFiles(into: &evidence)
    try readHistories(histories, into: &evidence)
    try readNames(into: &evidence)
    try readTransactions(into: &evidence)
    return true
  }

  /// The rows of an answer, or nil with a problem noted. Nothing, and no problem, where the version has none of the kind.
  func ask(_ query: ServerQuery, into evidence: inout Evidence) throws(ServerError) -> [ServerRow]? {
    guard let statement = query.statement(for: version) else { return nil }
    do throws(ServerError) {
      return try rows(statement)
    } catch {
      guard error.concernsOneStatement else { throw error }
      evidence.problems.append(Problem(error, subject: query.subject, path: query.name))
      return nil
    }
  }

  /// The same, where not being allowed to ask is the usual case.
  func askQuietly(_ query: ServerQuery) throws(ServerError) -> [ServerRow]? {
    guard let statement = query.statement(for: version) else { return nil }
    do throws(ServerError) {
      return try rows(statement)
    } catch {
      guard error.concernsOneStatement else { throw error }
      return nil
    }
  }

  /// Names in shared catalogs have the encoding of the database in which they were made. Where the server cannot convert
  /// one, all of them are asked for as they are stored.
  private func rows(_ statement: String) throws(ServerError) -> [ServerRow] {
    do throws(ServerError) {
      return try connection.rows(statement)
    } catch {
      guard case .refused(let state) = error.cause, state.hasPrefix("22") else { throw error }
      _ = try connection.rows("set client_encoding = 'SQL_ASCII'")
      let rows = try connection.rows(statement)
      _ = try connection.rows("set client_encoding = 'UTF8'")
      return rows
    }
  }

  /// A connection to the same server that takes replication commands. It needs the REPLICATION attribute.
  ///
  /// A connection string that names several servers, or a proxy, may lead to another one this time. Up to 9.6 that cannot be
  /// told: replication connections take no SQL there.
  func replicationConnection() throws(ServerError) -> ServerConnection {
    let replication = try ServerConnection.open(connectionString, more: [("replication", "database")], bounds: bounds)
    guard version.has(.sqlOverReplication) else { return replication }
    let question = "select extract(epoch from pg_catalog.pg_postmaster_start_time())::text as started"
    guard let started = try connection.rows(question).first?.text("started"),
      try replication.rows(question).first?.text("started") == started
    else { throw ServerError(.answer, "the connection for replication commands leads to another server") }
    return replication
  }
}

extension Problem {
  /// A statement that the server refused.
  init(_ error: ServerError, subject: String, path: String) {
    let code = if case .refused(let state) = error.cause { state } else { "no_answer" }
    self.init(subject: subject, path: path, cause: .other(code: code, message: error.message))
  }
}
