import ServerLab

/// Random transactions on a primary: rows with numbers of their own in three published tables, subtransactions, rolled
/// back ones, prepared ones, and DDL beside and among them.
struct TrialLoad {
  static let tables = ["t0", "t1", "t2"]
  /// What a subscriber has of it: no keys, so that a row that comes twice is seen.
  static let tablesOfSubscriber = tables.map { "create table \($0) (id int, v text);" }.joined(separator: "\n")
  static let schema =
    tables.map { "create table \($0) (id int primary key, v text);" }.joined(separator: "\n")
    + "create table u (a int); create publication p for table \(tables.joined(separator: ", "));"

  private var random: TrialRandom
  private var nextID: Int
  private var number = 0
  private let takesSnapshots: Bool

  /// `session` keeps the numbers of two sessions apart.
  private init(seed: UInt64, session: Int, server: Lab.Server) {
    random = TrialRandom(seed: seed &+ UInt64(session) &* 77)
    nextID = session * 1_000_000
    takesSnapshots = server.major >= 16
  }

  /// Goes on by itself for some minutes; it ends with the server, or when `stop` is asked for.
  static func begin(on primary: Cluster, seed: UInt64, session: Int, server: Lab.Server) -> Task<Void, Never> {
    var load = TrialLoad(seed: seed, session: session, server: server)
    let script = load.script()
    return Task { _ = try? await primary.psql(script) }
  }

  private mutating func script() -> String {
    var lines = ["set application_name = 'load';"]
    for _ in 0..<4000 {
      lines.append(transaction())
      lines.append("select pg_sleep(0.0\(random.number(0...4)));")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  static let stop = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'load'"

  private mutating func transaction() -> String {
    number += 1
    let own = "\(nextID / 1_000_000)_\(number)"
    switch random.number(0...15) {
    case 0...4: return insert(1)
    case 5: return insert(random.number(20...200))
    case 6, 7:
      return "begin; \(insert(1)) savepoint a; \(insert(1, isKept: false)) rollback to a; \(insert(1)) commit;"
    case 8:
      return "begin; savepoint a; \(insert(2)) savepoint b; \(insert(1)) release b; release a; \(insert(1)) commit;"
    case 9: return "begin; \(insert(3, isKept: false)) rollback;"
    case 10: return "begin; create table x\(own) (a int); \(insert(1)) drop table x\(own); commit;"
    case 11: return "create table x\(own) (a int); insert into x\(own) values (1); drop table x\(own);"
    case 12:
      return "begin; \(insert(1)) alter table \(random.pick(Self.tables)) alter v set default '\(number)'; commit;"
    case 13: return "begin; \(insert(1)) prepare transaction 'g\(own)'; commit prepared 'g\(own)';"
    case 14: return random.chance(0.5) ? "truncate u; insert into u values (1);" : "vacuum pg_class;"
    default:
      if takesSnapshots, random.chance(0.8) { return "select pg_log_standby_snapshot();" }
      return random.chance(0.5) ? "checkpoint;" : "select pg_switch_wal();"
    }
  }

  private mutating func insert(_ count: Int, isKept: Bool = true) -> String {
    let first = nextID
    nextID += count
    let text = "repeat('\(random.pick(["a", "bc", "xyz"]))', \(random.number(1...300)))"
    return
      "insert into \(random.pick(Self.tables)) select i, \(text) from generate_series(\(first), \(first + count - 1)) i;"
  }
}
