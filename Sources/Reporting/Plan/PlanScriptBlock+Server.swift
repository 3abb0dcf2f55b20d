import PostgresFormat
import SlotSafety

/// What a block asks of its server before anything else.
extension PlanScriptBlock {
  /// The server that is meant, by its own word: its role, its version and its system identifier.
  mutating func identify(_ server: PlannedServer) {
    declarations = ["id bigint := (pg_control_system()).system_identifier;"]
    let recovers = server.node == .standby || server.node == .follower
    add(
      recovers
        ? "assert pg_is_in_recovery(), 'refused: expected a standby (in recovery); found: a primary';"
        : "assert not pg_is_in_recovery(), 'refused: expected a primary (not in recovery); found: a standby';")
    let version = server.version
    add(
      "assert current_setting('server_version') ~ '^\(version)',",
      "  'refused: expected PostgreSQL \(version); found: ' || version();")
    let system = Int64(bitPattern: server.systemIdentifier)
    add("assert id = \(system),", "  'refused: expected system identifier \(system); found: ' || id;")
  }

  /// That a new connection has led to the server, and to the database, that are meant.
  mutating func makeSure(of visit: PlanScriptVisit) {
    let database =
      visit.databases.count > 1
      ? nil
      : visit.databases.first.map {
        " and (select oid from pg_database where datname = current_database()) = \($0.oid)"
      }
    assert(
      visit.server.isSame.description + (database ?? ""), "'refused: this is not the server that was checked above'")
  }

  /// Keeps a fact as a setting: what the operator gave, else what the server says; nothing where a right is missing.
  mutating func learn(_ fact: ServerFact) {
    add(
      "begin perform set_config('slotscope.\(fact.name)', coalesce(\(fact.expression), ''), false)"
        + " where current_setting('slotscope.\(fact.name)') = '';")
    add("exception when others then null; end;  -- where the role may not read it")
  }
}
