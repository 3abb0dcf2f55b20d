import FixtureSupport
import ServerLab
import Testing

/// The ledger of a slot against what the server's own decoding sends.
@Suite(.enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct LedgerLiveTests {
  static let servers = Lab.servers.filter(\.hasTestDecoding)

  /// Everything that decoding treats in a way of its own.
  private static let workload = """
    insert into t select g, 'x' from generate_series(1, 5) g;
    insert into t (a) values (6);
    copy t from stdin;
    7\tseven
    8\teight
    \\.
    update t set b = 'y' where a <= 3;
    update bare set a = a + 1;
    delete from bare where a = 2;
    delete from t where a = 4;
    update t set a = 40 where a = 1;
    begin; insert into t values (50); savepoint s; insert into t values (51); rollback to s; insert into t values (52);
    savepoint s2; delete from t where a = 2; release s2; commit;
    begin; insert into t values (60); rollback;
    do $$ begin for i in 100..250 loop begin insert into t values (i);
      if i % 3 = 0 then raise exception 'no'; end if; exception when raise_exception then null; end; end loop; end $$;
    insert into u select g, 'a' from generate_series(1, 3) g on conflict do nothing;
    insert into u select g, 'b' from generate_series(2, 5) g on conflict (a) do update set b = excluded.b;
    insert into u values (1, 'c') on conflict do nothing;
    insert into big select g, (select string_agg(md5(g::text || n::text), '') from generate_series(1, 400) n)
      from generate_series(1, 4) g;
    update big set b = (select string_agg(md5('u' || n::text), '') from generate_series(1, 400) n) where a = 1;
    delete from big where a = 2;
    begin; create table made (a int); insert into made values (1), (2); commit;
    insert into made values (3);
    alter table made alter column a type bigint;
    insert into made values (4);
    begin; alter table made add column c text default clock_timestamp()::text; insert into made values (5); commit;
    create table copied as select * from t;
    create materialized view m as select count(*) from t;
    refresh materialized view m;
    insert into unlogged values (1);
    create temp table tmp as select 1;
    select nextval('seq');
    insert into p select g from generate_series(1, 20) g;
    update p set a = a + 10 where a = 5;
    truncate u;
    insert into u values (9, 'z');
    begin; truncate t, bare cascade; insert into t values (1); commit;
    begin; insert into t values (2); truncate t; insert into t values (3), (4); commit;
    select pg_logical_emit_message(true, 'p', 'transactional');
    select pg_logical_emit_message(false, 'p', 'at once');
    begin; insert into t values (70); prepare transaction 'kept';
    begin; insert into t values (71); prepare transaction 'dropped';
    insert into t values (72);
    begin; insert into t values (73); savepoint s; insert into t values (74); prepare transaction 'with parts';
    rollback prepared 'dropped';
    commit prepared 'kept';
    commit prepared 'with parts';
    vacuum full pg_class; vacuum full pg_attribute;
    create table gone (a int); drop table gone;
    vacuum full t;
    insert into t values (80);
    select pg_replication_origin_session_setup('elsewhere');
    begin; select pg_replication_origin_xact_setup('1/23456789', now()); insert into t values (90); commit;
    """

  /// `xid table` → inserts, updates, deletes, truncates.
  private typealias Counts = [String: [Int64]]

  /// From the lines of test_decoding with their transactions' numbers.
  private func decoded(_ text: String) -> Counts {
    var counts: Counts = [:]
    let operations = ["INSERT", "UPDATE", "DELETE", "TRUNCATE"]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "|", maxSplits: 1)
      guard parts.count == 2, parts[1].hasPrefix("table ") else { continue }
      let words = parts[1].dropFirst("table ".count).split(separator: ": ", maxSplits: 1)
      guard let operation = words.last?.prefix(while: { $0 != ":" }),
        let index = operations.firstIndex(of: String(operation))
      else { continue }
      for table in words[0].split(separator: ",") {
        counts["\(parts[0]) \(table.drop { $0 == " " })", default: [0, 0, 0, 0]][index] += 1
      }
    }
    return counts
  }

  private func listed(_ lines: some Sequence<JSONDocument>) -> Counts {
    var counts: Counts = [:]
    for line in lines {
      for table in line["relations"].elements {
        let name = "\(line["xid"].integer ?? 0) \(table["schema"].string ?? "?").\(table["name"].string ?? "?")"
        counts[name] = ["inserts", "updates", "deletes", "truncates"].map { table[$0].integer ?? -1 }
      }
    }
    return counts
  }

  @Test(arguments: servers)
  func rowsOfEveryTransactionAreThoseThatDecodingSends(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      try await primary.sql("create database shop; create database other")
      try await primary.sql(
        """
        create table t (a int primary key, b text); create table bare (a int); insert into bare values (1), (2);
        create table u (a int primary key, b text); create table big (a int primary key, b text);
        alter table big alter column b set storage external;
        create unlogged table unlogged (a int); create sequence seq;
        create table p (a int) partition by range (a);
        create table p1 partition of p for values from (0) to (10);
        create table p2 partition of p for values from (10) to (100);
        alter table p1 replica identity full;
        select pg_replication_origin_create('elsewhere');
        """, database: "shop")
      try await primary.sql("create table t (a int)", database: "other")
      try await primary.sql("select pg_create_logical_replication_slot('d', 'test_decoding')", database: "shop")
      try await primary.sql("insert into t values (1)", database: "other")
      try await primary.sql(Self.workload, database: "shop")
      let truth = try await primary.sql(
        "select xid, data from pg_logical_slot_peek_changes('d', null, null)", database: "shop")
      try await primary.stop()

      let (lines, status) = try await LedgerFailoverTests.ledger(["--slot", "d", primary.data])
      let expected = decoded(truth)
      #expect(expected.count > 30, "\(truth)")
      let found = listed(lines.dropLast())
      for (name, counts) in expected where found[name] != counts {
        Issue.record("\(server): \(name) is \(found[name].map { "\($0)" } ?? "missing"), not \(counts)")
      }
      for name in found.keys where expected[name] == nil { Issue.record("\(server): \(name) is listed") }
      #expect(status == 1 && lines.last?["complete"] == .bool(true))
      #expect(lines.last?["messages"] == .integer(1))
      let origin = try #require(lines.first { !$0["origin"].isNull })
      #expect(origin["origin"]["roname"].string == "elsewhere")
      #expect(origin["origin"]["remote_lsn"].string == "1/23456789")
      #expect(lines.dropLast().contains { $0["gid"].string == "kept" })
      #expect(lines.dropLast().allSatisfy { $0["database"].string == "shop" })
    }
  }

  /// A range that begins in the middle of a transaction has all of it.
  @Test(arguments: servers.suffix(2))
  func aTransactionThatBeganBeforeTheRangeIsWhole(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      try await primary.sql("create table t (a int); select pg_create_physical_replication_slot('keeps_wal', true)")
      try await primary.sql("begin; insert into t select generate_series(1, 7); prepare transaction 'early'")
      for _ in 0..<3 {
        try await primary.sql("insert into t values (0); select pg_switch_wal(); checkpoint")
      }
      let position = try await primary.currentLSN()
      try await primary.sql("commit prepared 'early'")
      try await primary.stop("immediate")
      let (lines, status) = try await LedgerFailoverTests.ledger(["--from", position, primary.data])
      #expect(status == 0 && lines.count == 2)
      #expect(lines.first?["relations"][0]["inserts"] == .integer(7))
      #expect(lines.first?["complete"] == .bool(true))
    }
  }
}
