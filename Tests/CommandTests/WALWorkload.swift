import FixtureSupport
import ServerLab

/// Statements that make a server write records of nearly every kind, small and giant.
enum WALWorkload {
  /// What the cluster needs for it: nothing is removed from `pg_wal`, and commits leave timestamps of their own.
  static let settings = ["wal_keep_size": "8GB", "track_commit_timestamp": "on", "max_wal_size": "4GB"]

  static func run(on cluster: Cluster) async throws {
    try await cluster.sql(tables)
    try await cluster.sql(changes)
    try await cluster.sql(transactions)
    try await cluster.sql("create database made; drop database made")
    if cluster.server.major >= 15 {
      try await cluster.sql("create database made strategy file_copy; drop database made")
    }
    try await images(on: cluster)
    try await cluster.sql(messages)
  }

  private static let tables = """
    create table w(id int primary key, k int, t text, a int[], p point);
    create index on w using hash(k);
    create index on w using gin(a);
    create index on w using gist(p);
    create index on w using spgist(t);
    create index on w using brin(id) with (pages_per_range = 2);
    create unlogged table u(id int primary key);
    create sequence s;
    create table big(id int, t text);
    alter table big alter t set storage external;
    do $$ begin
      if exists (select from pg_available_extensions where name = 'bloom') then
        create extension bloom;
        create table g(k int);
        create index on g using bloom(k);
        insert into g select generate_series(1, 2000);
      end if;
    end $$;
    """

  private static let changes = """
    insert into w select i, i % 97, md5(i::text), array[i % 50, i % 7], point(i % 100, i % 31)
      from generate_series(1, 4000) i;
    update w set k = k + 1 where id % 4 = 0;
    delete from w where id % 5 = 0;
    insert into w values (2, 1), (99999, 1) on conflict do nothing;
    vacuum w;
    select count(nextval('s')) from generate_series(1, 100);
    insert into big select i, repeat(md5(i::text), 300) from generate_series(1, 100) i;
    update big set t = t || 'x' where id % 3 = 0;
    select pg_create_restore_point('here');
    select pg_switch_wal();
    create materialized view m as select * from w where id % 10 = 1;
    refresh materialized view m;
    reindex table w;
    cluster w using w_pkey;
    vacuum (full, freeze) big;
    vacuum (freeze) w;
    vacuum full pg_class;
    copy big from stdin;
    1\tone
    2\ttwo
    \\.
    truncate u, big;
    alter table w add column more int default 5;
    """

  private static let transactions = """
    do $$ begin
      for i in 1..300 loop
        begin
          insert into w(id, k, t) values (100000 + i, i, 's');
          if i % 7 = 0 then raise exception 'undone'; end if;
        exception when others then null;
        end;
      end loop;
    end $$;
    begin;
    insert into w(id) values (200000);
    savepoint a;
    insert into w(id) values (200001);
    create table dropped_with_it(a int);
    prepare transaction 'first';
    commit prepared 'first';
    begin;
    select id from w where id = 1 for key share;
    drop table dropped_with_it;
    prepare transaction 'second';
    update w set k = 0 where id = 1;
    rollback prepared 'second';
    begin;
    insert into w(id) values (200002);
    rollback;
    drop table dropped_with_it;
    select pg_replication_origin_create('elsewhere');
    select pg_replication_origin_session_setup('elsewhere');
    begin;
    select pg_replication_origin_xact_setup('1/23456789', '2024-02-03 04:05:06+00');
    insert into w(id) values (200003);
    commit;
    select pg_replication_origin_session_reset();
    select pg_replication_origin_drop('elsewhere');
    """

  /// Page images by each method that this build can compress with, and images for consistency checks, which no recovery
  /// applies.
  private static func images(on cluster: Cluster) async throws {
    let methods =
      cluster.server.major < 15
      ? "on" : try await cluster.sql("select unnest(enumvals) from pg_settings where name = 'wal_compression'")
    for method in Set(methods.split(separator: "\n")).subtracting(["off"]).sorted() {
      try await cluster.sql("checkpoint; set wal_compression = '\(method)'; update w set k = k + 1 where id % 20 = 0")
    }
    try await cluster.sql(
      "set wal_consistency_checking = 'heap,btree,gin'; update w set k = k + 1, t = t || 'y' where id % 100 = 0")
  }

  /// Small records, of which some lie whole on a page; others across many pages and segments, and of the last one no reader
  /// keeps all bytes in memory.
  private static let messages = """
    select pg_logical_emit_message(true, 'small', 'x') from generate_series(1, 40);
    select pg_logical_emit_message(false, 'pages', repeat('abc', 30000));
    select pg_logical_emit_message(true, 'segments', repeat('abcdefgh', 400000));
    select pg_logical_emit_message(false, 'giant', repeat('x', 20000000));
    insert into w(id) values (300000);
    checkpoint;
    insert into w(id) values (300001);
    """
}
