import FixtureSupport
import ServerLab

extension WALWorkload {
  /// Statements after which every kind of index has grown, was split and cleaned up; and kinds of records that
  /// ``run(on:)`` leaves out.
  static func runMore(on cluster: Cluster) async throws {
    for script in [btree, hash, gin, gist, spgist, brin, heap, locks] { try await cluster.sql(script) }
    try await tablespaces(on: cluster)
    try await multixacts(on: cluster)
    try await cluster.sql(origins)
    let isOld = cluster.server.major < 15
    try await cluster.sql(
      isOld
        ? "select pg_start_backup('b', true); select pg_stop_backup()"
        : "select pg_backup_start('b', true); select 1 from pg_backup_stop()")
    try await cluster.sql("set wal_consistency_checking = 'all'; \(small)")
    try await cluster.sql(cluster.server.major >= 17 ? "vacuum (freeze) hp; analyze" : "vacuum freeze hp")
  }

  private static let btree = """
    create table bt(a int, b text, c int);
    create index on bt(a);
    create index on bt(b);
    create index on bt(c);
    insert into bt select i, md5(i::text), i % 10 from generate_series(1, 6000) i;
    insert into bt select i, md5(i::text), i % 10 from generate_series(1, 6000) i;
    delete from bt where a between 100 and 5000;
    vacuum bt;
    insert into bt select i, md5(i::text), i % 10 from generate_series(1, 1000) i;
    vacuum bt;
    vacuum bt;
    insert into bt select i, repeat(md5(i::text), 20), i % 10 from generate_series(1, 300) i;
    create table bu(a int primary key, b int, c text);
    create index on bu(b);
    create index on bu(c);
    insert into bu select i, i % 5, 'const' from generate_series(1, 200) i;
    do $$ begin for i in 1..60 loop update bu set b = b + 1; if i % 10 = 0 then commit; end if; end loop; end $$;
    delete from bu where a < 100;
    set enable_seqscan = off;
    set enable_bitmapscan = off;
    select count(*) from bu where a < 150;
    select count(*) from bu where b > 0;
    insert into bu select i, i % 5, 'const' from generate_series(1, 90) i;
    """

  private static let hash = """
    create table h(a int);
    create index on h using hash(a);
    insert into h select i from generate_series(1, 6000) i;
    insert into h select 5 from generate_series(1, 1500) i;
    delete from h where a % 2 = 0 or a = 5;
    vacuum h;
    insert into h select i from generate_series(1, 6000) i;
    delete from h where a < 3000;
    vacuum h;
    """

  private static let gin = """
    create table gn(a int[], t tsvector);
    create index gn_a on gn using gin(a) with (fastupdate = on, gin_pending_list_limit = 64);
    create index gn_t on gn using gin(t) with (fastupdate = off);
    insert into gn select array[i % 10, i, i % 1000], to_tsvector('simple', md5(i::text) || ' x ' || (i % 20))
      from generate_series(1, 3000) i;
    delete from gn where a[2] % 3 = 0;
    vacuum gn;
    insert into gn select array[1], to_tsvector('simple', 'x') from generate_series(1, 6000) i;
    select gin_clean_pending_list('gn_a');
    delete from gn;
    vacuum gn;
    """

  private static let gist = """
    create table gi(p point, b box);
    create index on gi using gist(p);
    create index on gi using gist(b);
    insert into gi select point(i * 7919 % 1000, i * 104729 % 1000), box(point(i, i), point(i + 1, i + 2))
      from generate_series(1, 4000) i;
    delete from gi where p[0] < 500;
    vacuum gi;
    delete from gi;
    vacuum gi;
    vacuum gi;
    insert into gi select point(i * 7919 % 1000, i * 104729 % 1000), box(point(i, i), point(i + 1, i + 2))
      from generate_series(1, 4000) i;
    """

  private static let spgist = """
    create table sp(t text, p point, r int4range);
    create index on sp using spgist(t);
    create index on sp using spgist(p);
    create index on sp using spgist(p kd_point_ops);
    create index on sp using spgist(r);
    insert into sp select md5(i::text), point(i * 7919 % 1000, i * 104729 % 1000), int4range(i, i + 10)
      from generate_series(1, 3000) i;
    insert into sp select 'http://www.example.com/' || repeat('a', i % 60) || i, null, null
      from generate_series(1, 1500) i;
    insert into sp select 'same', point(1, 1), int4range(1, 2) from generate_series(1, 600) i;
    delete from sp where p[0] < 700;
    vacuum sp;
    insert into sp select md5(i::text), point(i * 7919 % 1000, i * 104729 % 1000), int4range(i, i + 10)
      from generate_series(1, 2000) i;
    delete from sp;
    vacuum sp;
    """

  private static let brin = """
    create table br(a int, t text);
    create index br_a on br using brin(a) with (pages_per_range = 1);
    create index br_t on br using brin(t) with (pages_per_range = 1);
    insert into br select i, repeat(chr(65 + i % 20), i % 50) from generate_series(1, 6000) i;
    select brin_summarize_new_values('br_a');
    select brin_summarize_new_values('br_t');
    update br set a = -a, t = repeat('z', 1 + a % 900) where a % 50 = 0;
    select brin_desummarize_range('br_a', 1);
    create table br2(t text);
    create index br2_t on br2 using brin(t) with (pages_per_range = 1);
    insert into br2 select 'a' from generate_series(1, 500) i;
    select brin_summarize_new_values('br2_t');
    insert into br2 select repeat(chr(60 + i % 60), i * 3) from generate_series(1, 500) i;
    """

  private static let heap = """
    create table hp(a int primary key, b text) with (fillfactor = 50);
    insert into hp select i, 'x' from generate_series(1, 1500) i;
    update hp set b = 'y';
    update hp set b = repeat('z', 1000);
    update hp set a = a + 1000000;
    delete from hp where a % 2 = 0;
    select count(*) from hp;
    vacuum (freeze) hp;
    insert into hp select i, 'x' from generate_series(1, 1500) i;
    begin;
    select count(*) from (select * from hp for update) x;
    update hp set b = 'q' where a < 50;
    commit;
    vacuum (freeze, disable_page_skipping) hp;
    truncate hp restart identity cascade;
    insert into hp select i, 'x' from generate_series(1, 300) i;
    create table doomed(a serial primary key);
    begin;
    create table doomed2(a serial primary key);
    drop table doomed;
    prepare transaction 'with files';
    commit prepared 'with files';
    begin;
    create table doomed3(a serial primary key);
    drop table doomed2;
    prepare transaction 'undone with files';
    rollback prepared 'undone with files';
    begin;
    create table doomed4(a serial primary key);
    rollback;
    drop table doomed2;
    """

  private static let locks = """
    begin;
    lock table hp;
    lock table bt;
    savepoint a;
    lock table gi;
    checkpoint;
    insert into hp values (900001);
    checkpoint;
    commit;
    """

  private static let origins = """
    select pg_replication_origin_create('another');
    select pg_replication_origin_session_setup('another');
    begin;
    select pg_replication_origin_xact_setup('1/23456799', '2024-02-03 04:05:07+00');
    insert into hp values (900002);
    prepare transaction 'of another';
    select pg_replication_origin_xact_setup('1/23456899', '2024-02-03 04:05:08+00');
    commit prepared 'of another';
    begin;
    select pg_replication_origin_xact_setup('1/234567A9', '2024-02-03 04:05:07+00');
    insert into hp values (900003);
    prepare transaction 'of another, undone';
    select pg_replication_origin_xact_setup('1/234568B9', '2024-02-03 04:05:08+00');
    rollback prepared 'of another, undone';
    select pg_replication_origin_session_reset();
    select pg_replication_origin_advance('another', '1/24000000');
    select pg_replication_origin_drop('another');
    """

  /// Every change with an image of its page that no recovery applies.
  private static let small = """
    insert into bt select i, md5(i::text), i % 10 from generate_series(1, 100) i;
    insert into h select generate_series(1, 100);
    insert into gn select array[i], null from generate_series(1, 100) i;
    insert into gi select point(i, i) from generate_series(1, 100) i;
    insert into sp select i::text from generate_series(1, 100) i;
    insert into br select i, 'x' from generate_series(1, 100) i;
    update hp set b = 'w' where a < 20;
    delete from hp where a < 10;
    select nextval('s');
    """

  private static func tablespaces(on cluster: Cluster) async throws {
    let place = cluster.home + "/space"
    try await cluster.program("mkdir", [place])
    try await cluster.sql(
      """
      create tablespace space location '\(place)';
      create table in_space(a int) tablespace space;
      insert into in_space select generate_series(1, 100);
      truncate in_space;
      create database there tablespace space;
      drop database there;
      drop table in_space;
      drop tablespace space;
      """)
  }

  /// Rows that several transactions lock at once.
  private static func multixacts(on cluster: Cluster) async throws {
    try await cluster.sql(
      """
      create table parent(a int primary key);
      create table child(a int references parent);
      insert into parent select generate_series(1, 20);
      """)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 1...3 {
        group.addTask {
          try await cluster.sql(
            """
            begin;
            select count(*) from (select 1 from parent for key share) x;
            select pg_sleep(0.6);
            savepoint a;
            update parent set a = a where a = \(number);
            select pg_sleep(0.3);
            commit;
            """)
        }
      }
      try await group.waitForAll()
    }
    try await cluster.sql("vacuum (freeze) parent")
  }
}
