import PostgresFormat
import Testing

@Suite struct ConnectionStringTests {
  @Test(
    arguments: [
      ("host=a port=5", [("host", "a"), ("port", "5")]),
      ("host = 'a b'port=5", [("host", "a b"), ("port", "5")]),
      (#"user='it\'s' dbname=a\ b"#, [("user", "it's"), ("dbname", "a b")]),
      ("", []),
      ("password=''", [("password", "")]),
      ("postgresql://", []),
      (
        "postgres://u:p@h:1/d?sslmode=require",
        [
          ("user", "u"), ("password", "p"), ("host", "h"), ("port", "1"), ("dbname", "d"), ("sslmode", "require"),
        ]
      ),
      ("postgresql://h1:1,h2:2/", [("host", "h1,h2"), ("port", "1,2")]),
      ("postgresql://[::1]:5432/d%20b", [("host", "::1"), ("port", "5432"), ("dbname", "d b")]),
      ("postgresql:///d?host=/tmp", [("dbname", "d"), ("host", "/tmp")]),
      ("postgresql://%2Ftmp/d", [("host", "/tmp"), ("dbname", "d")]),
    ] as [(String, [(String, String)])])
  func parses(text: String, expected: [(String, String)]) throws {
    let parsed = try ConnectionString(text)
    #expect(parsed.parameters == expected.map { .init(name: $0.0, value: $0.1) })
  }

  @Test(arguments: [
    "host", "host 'a'", "host='a", "postgresql://h?x", "postgresql://h/%zz", "postgresql://[::1",
    "postgresql://h?a=b=c",
    "postgresql://h/%00",
  ])
  func refuses(text: String) { #expect(throws: (any Error).self) { try ConnectionString(text) } }

  @Test(arguments: [
    ("host=a password=hunter2 user=u", "host=a user=u"),
    ("host=a password='hunter2' user=u", "host=a user=u"),
    (#"password='hun\'ter2 hunter2' host='a b'"#, "host='a b'"),
    ("password = hunter2", ""),
    ("password='hunter2'host=a", "host=a"),
    ("PASSWORD=hunter2 host=a", "host=a"),
    ("sslpassword=hunter2 passfile=/p host=a", "passfile=/p host=a"),
    ("oauth_client_secret=hunter2 host=a", "host=a"),
    ("postgresql://u:hunter2@h:5/d", "postgresql://u@h:5/d"),
    ("postgresql://u:hunter2@/d", "postgresql://u@/d"),
    ("postgresql://:hunter2@h/d", "postgresql://h/d"),
    ("postgresql://u:hun?ter2@h/d?sslmode=require", "postgresql://u@h/d?sslmode=require"),
    ("postgres://u@h/d?password=hunter2&sslmode=require", "postgres://u@h/d?sslmode=require"),
    ("postgres://h/d?pass%77ord=hunter2", "postgres://h/d"),
    ("postgresql://u:hunter2@h1:1,h2:2/d?sslpassword=hunter2", "postgresql://u@h1:1,h2:2/d"),
    ("host=a port=5432", "host=a port=5432"),
    ("postgresql://u@h:5/d?sslmode=require", "postgresql://u@h:5/d?sslmode=require"),
  ])
  func removesSecretsAndNothingElse(text: String, expected: String) {
    #expect(SecretRedaction.redactingPassword(text) == expected)
  }

  @Test(arguments: [
    "password=hunter2 'open", "host=a password='hunter2", "password hunter2", "postgresql://u:hu/hunter2@h/d",
    "postgresql://u:x@hunter2@h/d", "postgresql://u:hunter2", "postgresql://u:hunter2/d", "postgresql://u:hunter2@h?x",
    "password=my hunter2", "password=my hun=ter2 x", "passwrd=hunter2", "dbname='password=hunter2'",
    "postgresql://h/d?x=hunter2", "options='-c x.password=hunter2'", "dbname=postgresql://u:hunter2@h/d",
    "postgresql://u:p@hunter2?host=1@h", "postgresql://u:hunter2%@h/d",
  ])
  func withholdsWhatIsNotCertain(text: String) {
    let shown = SecretRedaction.redactingPassword(text)
    #expect(!shown.contains("hunter2") && !shown.contains("hun=") && !shown.contains("ter2"), "\(shown)")
  }
}

@Suite struct IdentifierListTests {
  @Test(
    arguments: [
      ("", []), ("a", ["a"]), ("A, b ,\"C d\"", ["a", "b", "C d"]), ("\"a\"\"b\"", ["a\"b"]), ("a,", nil), (",a", nil),
      ("a b", nil), ("\"a", nil), ("  ", []), ("a,,b", nil),
    ] as [(String, [String]?)])
  func names(text: String, expected: [String]?) { #expect(IdentifierList.names(text) == expected) }

  @Test func pathsKeepCaseAndBlanks() {
    #expect(IdentifierList.paths("$libdir/Foo, \"b, c\"") == ["$libdir/Foo", "b, c"])
    #expect(IdentifierList.paths("/a b ,c") == ["/a b", "c"])
  }
}
