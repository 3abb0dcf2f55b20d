import FixtureSupport
import PostgresFormat
import ServerLab
import Testing

@testable import LiveServer

/// Every statement for every major, word by word: a column too many would fail on the servers of that major alone.
@Suite struct ServerQueriesTests {
  static let all: [String: ServerQuery] = [
    "server": .server, "controlSystem": .controlSystem, "controlCheckpoint": .controlCheckpoint,
    "controlRecovery": .controlRecovery, "controlInit": .controlInit, "slots": .slots, "replay": .replay,
    "positions": .positions, "walFiles": .walFiles, "settings": .settings, "databases": .databases,
    "subscriptions": .subscriptions, "subscribedTables": .subscribedTables, "origins": .origins,
    "originProgress": .originProgress, "receiver": .receiver,
    "senders": .senders, "slotSync": .slotSync, "preparedTransactions": .preparedTransactions,
    "transactions": .transactions,
    "libraries": .libraries,
  ]

  @Test func noneIsLeftOut() throws {
    let source = String(decoding: try FileTree.contents(of: Self.sources + "/ServerQueries.swift"), as: UTF8.self)
    let names = source.split(separator: "static let ").dropFirst().compactMap { part in
      part.firstRange(of: " = ServerQuery(").map { String(part[..<$0.lowerBound]) }
    }
    #expect(Set(names) == Set(Self.all.keys) && names.count == Self.all.count)
  }

  private static let sources: String = {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    return parts.joined(separator: "/") + "/Sources/LiveServer"
  }()

  @Test(arguments: ServerVersion.allCases)
  func statementsNameOnlyWhatTheVersionHas(version: ServerVersion) {
    for (name, query) in Self.all {
      guard let statement = query.statement(for: version) else {
        #expect(["walFiles", "subscriptions", "subscribedTables", "slotSync"].contains(name))
        #expect(version < (name == "slotSync" ? .v17 : .v10))
        continue
      }
      #expect(StatementWords(statement).unknown(in: version) == [], "\(name) of \(version): \(statement)")
    }
  }

  /// The reader of statements sees what is wrong.
  @Test(arguments: [
    ("select nothing from pg_catalog.pg_roles", "nothing"),
    ("select p.nothing from pg_catalog.pg_prepared_xacts p", "nothing"),
    ("select (nothing * 2)::pg_catalog.int8 as nothing from pg_catalog.pg_roles", "nothing"),
    ("select pg_catalog.nothing()", "nothing"), ("select 1 from pg_catalog.nothing", "nothing"),
    ("select pid from pg_catalog.pg_roles", "pid"), ("select pg_is_in_recovery()", "pg_is_in_recovery"),
    ("select rolname from pg_catalog.pg_roles order by nothing", "nothing"),
    ("select failover from pg_catalog.pg_replication_slots", "failover"),
    ("select reply_time from pg_catalog.pg_stat_replication", "reply_time"),
    ("select pg_catalog.pg_current_xlog_flush_location()", "pg_current_xlog_flush_location"),
  ])
  func aWordThatTheVersionLacksIsFound(statement: String, word: String) {
    #expect(StatementWords(statement).unknown(in: .v11) == [word])
  }

  /// What the table says of a version, against the catalogs of a server of that version.
  @Test(.enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"), arguments: Lab.servers)
  func serversHaveWhatTheTableSays(server: Lab.Server) async throws {
    let version = try #require(ServerVersion(rawValue: server.major * 100))
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      let columns = try await primary.sql(
        """
        select attrelid::regclass || '.' || attname from pg_attribute where attrelid < 16384 and not attisdropped
        union select proname || '.' || name from pg_proc, unnest(proargnames, proargmodes) as a(name, mode)
        where mode in ('o', 't')
        """)
      let names = try await primary.sql(
        """
        select relname from pg_class where relnamespace = 'pg_catalog'::regnamespace
        union select proname from pg_proc where pronamespace = 'pg_catalog'::regnamespace
        """)
      let (hasColumns, has) = (Set(columns.split(separator: "\n")), Set(names.split(separator: "\n")))
      for column in ServerViews.columns {
        let name = column.relation + "." + column.name
        #expect(hasColumns.contains(Substring(name)) == column.versions.contains(version), "\(server) \(name)")
      }
      for name in ServerViews.functions.union(ServerViews.relations).union(ServerViews.versions.keys) {
        #expect(has.contains(Substring(name)) == ServerViews.exists(name, in: version), "\(server) \(name)")
      }
    }
  }
}

/// The words of one of the statements, and which of them a version does not know. It reads the SQL that ``ServerQuery`` makes,
/// no other: names in lower case, all functions and relations after `pg_catalog.`, aliases of relations of one letter.
struct StatementWords {
  private struct Word {
    var text: String
    /// The name before the dot.
    var qualifier: String?
    var before: String
    var after: Character?
  }

  private var words: [Word] = []

  private static let keywords: Set<String> = [
    "select", "from", "where", "order", "by", "limit", "and", "or", "not", "is", "null", "case", "when", "then", "end",
    "as", "on", "left", "join", "like", "interval", "current_user",
  ]

  init(_ statement: String) {
    // Texts in quotation marks name nothing.
    let parts = statement.split(separator: "'", omittingEmptySubsequences: false)
    let code = parts.enumerated().map { $0.offset % 2 == 0 ? String($0.element) : " " }.joined()
    var rest = Substring(code)
    var before = ""
    while let start = rest.firstIndex(where: { $0.isLetter || $0 == "_" }) {
      let between = rest[..<start].filter { !$0.isWhitespace }
      let end = rest[start...].firstIndex { !$0.isLetter && !$0.isNumber && $0 != "_" } ?? rest.endIndex
      let text = String(rest[start..<end])
      let after = rest[end...].first { !$0.isWhitespace }
      let qualifier = between == "." ? before : nil
      words.append(Word(text: text, qualifier: qualifier, before: between.isEmpty ? before : between, after: after))
      rest = rest[end...]
      before = text
    }
  }

  /// In the order in which they stand.
  func unknown(in version: ServerVersion) -> [String] {
    let from = words.firstIndex { $0.text == "from" } ?? words.endIndex
    let relations = words.filter { $0.qualifier == "pg_catalog" && ServerViews.relations.contains($0.text) }.map(\.text)
    var columns = Set(
      ServerViews.columns.filter { relations.contains($0.relation) && $0.versions.contains(version) }.map(\.name))
    // `… as file`: the rows of a function that returns one value each.
    columns.formUnion(words[from...].filter { $0.before == "as" }.map(\.text))
    return words.enumerated().filter { index, word in
      if word.text == "pg_catalog" && word.after == "." || Self.keywords.contains(word.text) { return false }
      // The type of a cast, and the name of a result.
      if word.before.hasSuffix("::") || words[max(0, index - 1)].before.hasSuffix("::") && word.qualifier != nil {
        return false
      }
      if index < from, word.before == "as" { return false }
      if word.qualifier == "pg_catalog" { return !ServerViews.exists(word.text, in: version) }
      // An alias of a relation.
      if word.text.count == 1, index > from || word.after == "." { return false }
      return !columns.contains(word.text)
    }.map { $0.element.text }
  }
}
