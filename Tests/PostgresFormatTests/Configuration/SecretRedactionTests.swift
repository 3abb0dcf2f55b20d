import PostgresFormat
import Testing

@Suite struct SecretRedactionTests {
  @Test(arguments: [
    ("restore_command", "PGPASSWORD=hunter2 fetch %f %p", "(withheld) fetch %f %p"),
    ("archive_command", "put --password hunter2 %p", "put (withheld) %p"),
    ("archive_command", "test ! -f /a/%f && cp %p /a/%f", "test ! -f /a/%f && cp %p /a/%f"),
    ("archive_command", "cp \"%p\" \"/mnt/a.b/%f.part\"", "cp \"%p\" \"/mnt/a.b/%f.part\""),
    ("archive_command", "/bin/true", "/bin/true"),
    ("archive_command", "", ""),
    ("archive_command", "curl https://u:hunter2@h/%f", "curl (withheld)%f"),
    ("archive_command", "x '{\"password\": \"hunter2\"}' y", "x (withheld)"),
    (
      "restore_command", "/usr/bin/pgbackrest --stanza=main archive-get %f \"%p\"",
      "/usr/bin/pgbackrest --stanza=main archive-get %f \"%p\""
    ),
    ("archive_cleanup_command", "pg_archivecleanup /mnt/a %r", "pg_archivecleanup /mnt/a %r"),
    ("archive_cleanup_command", "x -k /hunter2 %r", "x -k (withheld) %r"),
    ("restore_command", "gunzip < /mnt/a/%f.gz > %p", "gunzip < /mnt/a/%f.gz > %p"),
    ("restore_command", "/usr/bin/cp /mnt/a/%f %p", "/usr/bin/cp /mnt/a/%f %p"),
    ("restore_command", "fetch /hunter2 /mnt/a/%f %p", "fetch (withheld) /mnt/a/%f %p"),
    ("restore_command", "fetch $(cat /k) -k hunter2 %p", "fetch (withheld) (withheld)%p"),
    (
      "primary_conninfo", "host=a,::1,fe80::1%eth0,/run application_name='my app' dbname=größe user=u_1",
      "host=a,::1,fe80::1%eth0,/run application_name='my app' dbname=größe user=u_1"
    ),
    (
      "primary_conninfo", "user=auth application_name=token sslmode=verify-full sslcert=~/.pg/a.crt",
      "user=auth application_name=token sslmode=verify-full sslcert=~/.pg/a.crt"
    ),
    ("primary_conninfo", "user=u:hunter2 sslkey=engine:hunter2", "user=(withheld) sslkey=(withheld)"),
    ("cluster_name", "auth", "auth"),
    ("cluster_name", "u:hunter2@h", "(withheld)"),
    ("listen_addresses", "*", "*"),
    ("listen_addresses", "localhost, ::1,10.0.0.1", "localhost, ::1,10.0.0.1"),
    ("recovery_target_time", "2026-01-02 03:04:05+00", "2026-01-02 03:04:05+00"),
    ("lc_messages", "de_DE.UTF-8@euro", "de_DE.UTF-8@euro"),
    ("ssl_ciphers", "HIGH:MEDIUM:+3DES:!aNULL", "HIGH:MEDIUM:+3DES:!aNULL"),
    ("ssl_passphrase_command", "hunter2", "(withheld)"),
    ("primary_conninfo", "", ""),
    ("primary_conninfo", "user=a passfile=''/x''", "(connection string withheld: its syntax is not certain)"),
    ("primary_conninfo", "host=a pasword=hunter2 port=5", "host=a unknown_keyword=(withheld) port=5"),
    ("primary_conninfo", "host=a options='-c x=hunter2'", "host=a options=(withheld)"),
    ("password_encryption", "scram-sha-256", "scram-sha-256"),
    ("Work_Mem", "4MB", "4MB"),
    ("ssl_key_file", "/etc/server.key", "/etc/server.key"),
    ("log_line_prefix", "%m [%p] %q%u@%d ", "%m [%p] %q%u@%d "),
    ("synchronous_standby_names", "ANY 1 (a, b)", "ANY 1 (a, b)"),
    ("ivorysql.port", "1521", "1521"),
    ("pasword_encryption", "hunter2", "(withheld)"),
  ])
  func settings(name: String, value: String, expected: String) throws {
    let kept = try #require(SecretRedaction.capturedValue(ofSetting: name, value))
    #expect(kept == expected)
    #expect(SecretRedaction.capturedValue(ofSetting: name, kept) == kept)
  }

  @Test(arguments: [("my.password", "hunter2"), ("a.dsn", "host=a"), ("ivorysql.port", "hunter2"), ("x.y", "on")])
  func settingsOfExtensionsAreNotKept(name: String, value: String) {
    #expect(SecretRedaction.capturedValue(ofSetting: name, value) == nil)
    #expect(SecretRedaction.redactingSetting(name: name, value: value) == "(withheld)")
  }

  @Test(arguments: [
    "parameter \"archive_command\" changed to \"put -u me:hunter2 %p\"",
    "parameter \"primary_conninfo\" changed to \"host=a password=hunter2\"",
    "parameter \"my.key\" changed to \"hunter2\"", "The failed archive command was: put -khunter2 /a/%f",
    "archive_cleanup_command \"rm -P hunter2\": child process exited with exit code 1",
    "could not connect: postgresql://u:hunter2@h/d?x=hunter2", "Authorization: Basic hunter2 hunter2",
    "ALTER ROLE a PASSWORD 'hunter2'", "create subscription s connection 'host=a password=hunter2'",
    "header \"X-Api-Key: hunter2\"", "u:hunter2@h/d: no such file", "x u:hun@hunter2@h", "--key hunter2",
    "Bearer hunter2", "?a=1&sig=hunter2",
  ])
  func messages(_ text: String) {
    let shown = SecretRedaction.scrubbed(text)
    #expect(!shown.contains("hunter2"))
    #expect(SecretRedaction.scrubbed(shown) == shown)
  }

  /// Lines of a password file, of /etc/shadow, a token: files that a link leads to.
  @Test(arguments: [
    "127.0.0.1:*:*:*:hunter2pg", "root:$6$hunter2:1:0:", "hunter2hunter2", "START WAL LOCATION: hunter2",
    "0123456789abcdef0123456789abcdef", "a\t-phunter2",
  ])
  func excerptsOfOtherFilesAreNone(_ text: String) {
    #expect(SecretRedaction.excerpt(text.utf8, limit: 80) == "(withheld)")
    let options = PostmasterOptions(program: text, arguments: []).redacted
    #expect(options.program == "(withheld)")
  }

  @Test(arguments: ["1\t0/2000028\tx", "START WAL LOCATION: 0/3000028 (file 000000010000000000000003)", ""])
  func excerptsOfItsOwnFilesStay(_ text: String) {
    #expect(SecretRedaction.excerpt(text.utf8, limit: 80) == text)
  }

  /// A line of a file that anybody could have made.
  @Test func manyWordsTakeNotLong() {
    let text = String(repeating: "key ", count: 300_000)
    let start = ContinuousClock.now
    #expect(SecretRedaction.scrubbed(text) == text)
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  @Test(arguments: [
    "password authentication failed for user \"a\"", "duplicate key value violates unique constraint \"a_pkey\"",
    "parameter \"wal_level\" changed to \"logical\"", "FATAL: no pg_hba.conf entry for host \"::1\", user \"u\"",
    "%t:%r:%u@%d:[%p]: ", "a@b: c", "x  \t'y' @",
  ])
  func ordinaryMessagesStay(_ text: String) { #expect(SecretRedaction.scrubbed(text) == text) }

  @Test(arguments: [
    ("me:hunter2", "me:(withheld)"), ("me:hunter2/x", "me:(withheld)"), ("db1:5432:*:me:hunter2", "db1:(withheld)"),
    ("me:123456", "me:(withheld)"), ("_:x", "_:(withheld)"), ("db1:5432", "db1:5432"),
    ("db1:5432/shop", "db1:5432/shop"),
    ("/data:x", "/data:x"), ("./a:b", "./a:b"), ("file:/x", "file:/x"), ("0/150:A", "0/150:A"), ("a b:c", "a b:c"),
    ("orders:0/150A2F8", "orders:0/150A2F8"), ("2026-11-21T10:04:40", "2026-11-21T10:04:40"), ("a:", "a:"),
  ])
  func loginsAlone(text: String, shown: String) { #expect(SecretRedaction.redactingLogin(text) == shown) }

  @Test(
    arguments: [
      (
        ["-D", "/data", "-c", "port=5", "--wal-level=logical", "-k", "/tmp", "-p5433"],
        ["-D", "/data", "-c", "port=5", "--wal-level=logical", "-k", "/tmp", "-p5433"]
      ),
      (["-c", "my.key=hunter2", "hunter2", "-Xhunter2"], ["-c", "my.key=(withheld)", "(withheld)", "(withheld)"]),
      (["-o", "hunter2", "-yhunter2", "--hunter2"], ["-o", "(withheld)", "(withheld)", "--(withheld)"]),
    ] as [([String], [String])])
  func arguments(_ given: [String], expected: [String]) {
    let options = PostmasterOptions(program: "/bin/postgres", arguments: given)
    #expect(options.redacted == PostmasterOptions(program: "/bin/postgres", arguments: expected))
    #expect(options.redacted.redacted == options.redacted)
  }
}
