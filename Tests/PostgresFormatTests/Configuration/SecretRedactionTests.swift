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
    "header \"X-Api-Key: hunter2\"", "--key hunter2", "Bearer hunter2", "?a=1&sig=hunter2",
  ])
  func messages(_ text: String) {
    let shown = SecretRedaction.scrubbed(text)
    #expect(!shown.contains("hunter2"))
    #expect(SecretRedaction.scrubbed(shown) == shown)
  }

  @Test(arguments: [
    "password authentication failed for user \"a\"", "duplicate key value violates unique constraint \"a_pkey\"",
    "parameter \"wal_level\" changed to \"logical\"", "FATAL: no pg_hba.conf entry for host \"::1\", user \"u\"",
  ])
  func ordinaryMessagesStay(_ text: String) { #expect(SecretRedaction.scrubbed(text) == text) }

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
