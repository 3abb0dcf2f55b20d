import CLibpq
import Glibc
import PostgresFormat

/// One connection to a server: the only place where libpq is called. Closed when it goes out of scope.
///
/// Every wait has a bound here: for connecting, because libpq waits without end where connect_timeout is 0, and as often as there
/// are addresses; and for each answer, because a server that is stopped or cut off does not keep its own promise to time out.
@safe struct ServerConnection: ~Copyable {
  /// Bytes of all rows of an answer.
  private static let answerLimit = 128 << 20
  /// Bytes of one message. libpq takes memory for all of a message once it has read how long that is said to be, before
  /// the message has come: then is the time to end it.
  private static let messageLimit = 64 << 20

  private let api: libpq
  private let connection: OpaquePointer
  private let secrets: [String]
  private let bounds: ServerBounds
  private var deadline: Int64
  /// `libpq_mapped_bytes()` when the connection was there.
  private var mappedBefore: Int

  /// Connects. `more` overrules the connection string.
  static func open(
    _ text: String, more: [(String, String)] = [], bounds: ServerBounds
  ) throws(ServerError) -> ServerConnection {
    // SAFETY: the table is filled once, before this call returns, and never changes or goes away.
    guard let api = unsafe libpq_load()?.pointee else {
      throw ServerError(
        .noLibrary, "libpq is not on this machine", hint: "Install it, for example: apt-get install libpq5")
    }
    let given = try parsed(text, api)
    var parameters = [("fallback_application_name", "slotscope")]
    // SAFETY: the environment is not changed by this program.
    if given["connect_timeout"] == nil, unsafe getenv("PGCONNECT_TIMEOUT") == nil {
      parameters.append(("connect_timeout", String(bounds.connecting)))
    }
    parameters += [("dbname", text), ("application_name", "slotscope"), ("client_encoding", "UTF8")] + more
    let handle = unsafe try connect(parameters, bounds)
    // Messages quote values: what is withheld of the connection string is withheld of them, too.
    let shown = SecretRedaction.redactingPassword(text)
    let secrets = given.filter { secretKeywords.contains($0.key) || !shown.contains($0.value) }.map(\.value)
    let connection = unsafe ServerConnection(api, handle, secrets: secrets, bounds: bounds)
    try connection.begin()
    return connection
  }

  private init(_ api: libpq, _ connection: OpaquePointer, secrets: [String], bounds: ServerBounds) {
    self.api = api
    unsafe self.connection = connection
    // The password may also come from PGPASSWORD, ~/.pgpass or a service file.
    // SAFETY: the text is libpq's and is copied at once.
    let password = unsafe api.PQpass(connection).map { unsafe String(cString: $0) }
    (self.secrets, self.bounds) = (secrets + (password.map { [$0] } ?? []), bounds)
    deadline = Self.now + Int64(bounds.session) * 1000
    mappedBefore = Int(clamping: libpq_mapped_bytes())
  }

  /// The bounds of a session begin anew.
  mutating func renew() {
    deadline = Self.now + Int64(bounds.session) * 1000
    mappedBefore = Int(clamping: libpq_mapped_bytes())
  }

  private func begin() throws(ServerError) {
    // SAFETY: the connection lives until deinit, here and in every call below.
    guard unsafe api.PQstatus(connection) == CONNECTION_OK else {
      let needsPassword = unsafe api.PQconnectionNeedsPassword(connection) != 0
      throw ServerError(
        .connection, lastError,
        hint: needsPassword
          ? "Put the password into ~/.pgpass, or into the file that passfile or PGPASSFILE names." : nil)
    }
    _ = unsafe api.PQsetnonblocking(connection, 1)
  }

  deinit {
    // SAFETY: nobody else closes the connection.
    unsafe api.PQfinish(connection)
  }

  /// `server_version_num`.
  var serverVersion: Int { Int(unsafe api.PQserverVersion(connection)) }

  /// Where the server is; nil where libpq does not tell.
  var host: String? { unsafe api.PQhost(connection).map { unsafe String(cString: $0) } }

  // MARK: Asking

  /// The rows of one statement.
  func rows(_ statement: String) throws(ServerError) -> [ServerRow] {
    let until = min(Self.now + Int64(bounds.answering) * 1000, deadline)
    // SAFETY: the statement is a NUL-terminated copy that lives during the call.
    guard unsafe api.PQsendQuery(connection, statement) == 1 else { throw broken }
    _ = unsafe api.PQsetSingleRowMode(connection)
    try flush(until)
    var rows: [ServerRow] = []
    var size = 0
    var failure: ServerError?
    var columns: [String: Int] = [:]
    while let result = unsafe try next(until, holding: size) {
      // SAFETY: every result is cleared once, after its last use.
      defer { unsafe api.PQclear(result) }
      let status = unsafe api.PQresultStatus(result)
      switch status {
      case PGRES_SINGLE_TUPLE, PGRES_TUPLES_OK: unsafe read(result, into: &rows, columns: &columns, size: &size)
      case PGRES_COMMAND_OK: break
      case PGRES_FATAL_ERROR: unsafe failure = failure ?? refusal(result)
      // A copy, which no statement here asks for, would not end by itself.
      default: throw ServerError(.connection, "the server answers what it was not asked")
      }
      guard size <= Self.answerLimit else { throw ServerError(.answer, "the server's answer does not end") }
    }
    if let failure { throw failure }
    return rows
  }

  private func flush(_ until: Int64) throws(ServerError) {
    while true {
      switch unsafe api.PQflush(connection) {
      case 0: return
      case 1: try wait(for: Int16(POLLOUT | POLLIN), until)
      default: throw broken
      }
      guard unsafe api.PQconsumeInput(connection) == 1 else { throw broken }
      try checkMemory(holding: 0)
    }
  }

  /// `size` bytes of the answer are kept already.
  private func next(_ until: Int64, holding size: Int) throws(ServerError) -> OpaquePointer? {
    while unsafe api.PQisBusy(connection) == 1 {
      dropNotifications()
      try checkMemory(holding: size)
      try wait(for: Int16(POLLIN), until)
      guard unsafe api.PQconsumeInput(connection) == 1 else { throw broken }
    }
    dropNotifications()
    return unsafe api.PQgetResult(connection)
  }

  /// Nobody here listens; libpq would keep them all.
  private func dropNotifications() {
    // SAFETY: the notification is freed once, and not used.
    while let notification = unsafe api.PQnotifies(connection) {
      unsafe api.PQfreemem(UnsafeMutableRawPointer(notification))
    }
  }

  private func checkMemory(holding size: Int) throws(ServerError) {
    guard
      !bounds.watchesMemory || Int(clamping: libpq_mapped_bytes()) - mappedBefore - size <= Self.messageLimit
    else {
      throw Self.tooLarge
    }
  }

  private static var tooLarge: ServerError {
    ServerError(
      .answer, "the server sends a message of more than \(messageLimit >> 20) MB, which no answer is",
      hint: "Is it PostgreSQL that listens there?")
  }

  private func wait(for events: Int16, _ until: Int64) throws(ServerError) {
    var descriptor = pollfd(fd: unsafe api.PQsocket(connection), events: events, revents: 0)
    while true {
      let left = until - Self.now
      guard left > 0 else {
        throw ServerError(
          .silence, "the server has stopped answering",
          hint: "Is it suspended, overloaded or cut off? Nothing was concluded from what it had said before.")
      }
      // SAFETY: one descriptor, which lives during the call.
      let ready = unsafe poll(&descriptor, 1, Int32(clamping: left))
      if ready > 0 { return }
      if ready < 0, errno != EINTR { throw broken }
    }
  }

  /// The columns are those of the first row: one statement has one list of them, and rows share it.
  private func read(
    _ result: OpaquePointer, into rows: inout [ServerRow], columns: inout [String: Int], size: inout Int
  ) {
    let width = unsafe api.PQnfields(result)
    if rows.isEmpty {
      for column in 0..<width {
        // SAFETY: the column exists, and its name is NUL-terminated.
        if let name = unsafe api.PQfname(result, column) { columns[unsafe String(cString: name)] = Int(column) }
      }
    }
    let height = unsafe api.PQntuples(result)
    for row in 0..<height {
      var values: [[UInt8]?] = []
      for column in 0..<width {
        // SAFETY: row and column exist; the value has the length that libpq gives, until the result is cleared.
        guard unsafe api.PQgetisnull(result, row, column) == 0, let value = unsafe api.PQgetvalue(result, row, column)
        else {
          values.append(nil)
          continue
        }
        let count = max(0, Int(unsafe api.PQgetlength(result, row, column)))
        unsafe values.append(Array(UnsafeRawBufferPointer(start: value, count: count)))
        size += count + 48
      }
      size += 80
      rows.append(ServerRow(columns: columns, values: values))
    }
  }

  // MARK: Errors

  private func refusal(_ result: OpaquePointer) -> ServerError {
    func field(_ code: Character) -> String? {
      let value = unsafe api.PQresultErrorField(result, Int32(code.asciiValue ?? 0))
      // SAFETY: NUL-terminated, until the result is cleared.
      return unsafe value.map { unsafe String(cString: $0) }
    }
    guard let state = field("C") else { return broken }
    return ServerError(.refused(sqlState: state), scrubbed(field("M") ?? "no message"))
  }

  private var broken: ServerError { ServerError(.connection, lastError) }

  /// libpq's last message without its line ends and without passwords.
  private var lastError: String {
    guard let text = unsafe api.PQerrorMessage(connection) else { return "no message" }
    // SAFETY: NUL-terminated, until the next call.
    let lines = unsafe String(cString: text).split(separator: "\n").map { line in
      String(line.drop { $0 == "\t" || $0 == " " })
    }
    return lines.isEmpty ? "the connection was closed" : scrubbed(lines.joined(separator: "; "))
  }

  private func scrubbed(_ text: String) -> String {
    secrets.reduce(SecretRedaction.scrubbed(text)) { text, secret in
      secret.isEmpty ? text : text.replacing(secret, with: SecretRedaction.withheldValue)
    }
  }

  // MARK: Connecting

  private static let secretKeywords: Set<String> = ["password", "sslpassword", "oauth_client_secret"]

  /// The keywords that a connection string gives. libpq's own message about a wrong one is not passed on: it quotes what
  /// may be a piece of a password.
  private static func parsed(_ text: String, _ api: libpq) throws(ServerError) -> [String: String] {
    // SAFETY: the text is a NUL-terminated copy; the list that comes back ends with a NULL keyword, and is freed here.
    guard let options = unsafe api.PQconninfoParse(text, nil) else {
      throw ServerError(
        .badConnectionString, "not a connection string that libpq takes",
        hint: "Look for a misspelled keyword, or a value with blanks that is not in single quotes.")
    }
    defer { unsafe api.PQconninfoFree(options) }
    var values: [String: String] = [:]
    var index = 0
    while let keyword = unsafe options[index].keyword {
      if let value = unsafe options[index].val {
        values[unsafe String(cString: keyword)] = unsafe String(cString: value)
      }
      index += 1
    }
    return values
  }

  private static func connect(
    _ parameters: [(String, String)], _ bounds: ServerBounds
  ) throws(ServerError) -> OpaquePointer {
    let texts = unsafe parameters.map { unsafe (strdup($0.0), strdup($0.1)) }
    defer {
      for unsafe(name, value) in unsafe texts {
        unsafe free(name)
        unsafe free(value)
      }
    }
    let names = unsafe texts.map { unsafe UnsafePointer($0.0) } + [nil]
    let values = unsafe texts.map { unsafe UnsafePointer($0.1) } + [nil]
    var timedOut: Int32 = 0
    // SAFETY: two lists of NUL-terminated texts, each with a NULL at its end, that are copied during the call.
    let connection = unsafe libpq_connect(
      names, values, Int32(clamping: bounds.reaching * 1000), bounds.watchesMemory ? messageLimit : .max, &timedOut)
    if let connection = unsafe connection { return unsafe connection }
    guard timedOut != 2 else { throw tooLarge }
    guard timedOut != 0 else { throw ServerError(.connection, "out of memory") }
    throw ServerError(
      .connection, "no connection came about within \(bounds.reaching) s",
      hint: "Is the server suspended, overloaded or cut off? connect_timeout=5 turns to the next address sooner.")
  }

  /// Milliseconds of a clock that only goes forward.
  private static var now: Int64 {
    var time = timespec()
    // SAFETY: `time` is a local structure that lives during the call.
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
