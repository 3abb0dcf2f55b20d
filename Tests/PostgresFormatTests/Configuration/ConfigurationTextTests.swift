import PostgresFormat
import Testing

@Suite struct ConfigurationTextTests {
  private func parse(_ text: String) -> ConfigurationText { ConfigurationText(Array(text.utf8)) }

  @Test(arguments: [
    ("wal_level = replica", "wal_level", "replica"),
    ("wal_level replica", "wal_level", "replica"),
    ("wal_level=replica # why", "wal_level", "replica"),
    ("\t name \t=\r x \r", "name", "x"),
    ("pg_failover_slots.drop_extra_slots = off", "pg_failover_slots.drop_extra_slots", "off"),
    ("n = 'it''s'", "n", "it's"),
    ("n = 'a#b' # c", "n", "a#b"),
    ("n = ''", "n", ""),
    (#"n = 'a\tb\nc\\d\101\7\q'"#, "n", "a\tb\nc\\dA\u{7}q"),
    ("n = foo-a.b", "n", "foo-a.b"),
    ("n = x/y:z-1", "n", "x/y:z-1"),
    ("include conf.d/x", "include", "conf.d/x"),
    ("n = 64MB", "n", "64MB"),
    ("n = 0x1F", "n", "0x1F"),
    ("n = -1", "n", "-1"),
    ("n = 1.5", "n", "1.5"),
    ("n = .5e-3", "n", ".5e-3"),
    ("n = +7ms", "n", "+7ms"),
    ("größe = übel", "größe", "übel"),
    ("NaMe = Value", "NaMe", "Value"),
  ])
  func readsLine(line: String, name: String, value: String) {
    for text in [line, line + "\n"] {
      let parsed = parse(text)
      #expect(parsed.statements == [.init(name: name, value: value, line: 1)], "\(text)")
      #expect(parsed.errors.isEmpty)
    }
  }

  @Test(
    arguments: [
      ("port = a.b", "a.b"), ("include a.b", "a.b"), ("port = 1.5GB", "GB"), ("port = a b", "b"),
      ("port = a,b", ","), ("port = 10:00", ":"), ("port = /tmp", "/"), ("port = *", "*"), ("port = 127.0.0.1", ".0"),
      ("a.b.c = 1", nil), ("port", nil), ("port =", nil), ("port = # x", nil), ("port == 1", "="), ("= 1", "="),
      ("port = 'open", "'"), ("port = 'a'b", "b"), ("port$x = 1", "$"), ("1 = 1", nil), ("port = 1e5", "5"),
      ("port = - 1", "-"),
      (#"port = 'a\"#, "'"), ("port = 'a''", "'"),
    ] as [(String, String?)])
  func refusesLine(line: String, token: String?) {
    let parsed = parse(line + "\nb = 2\n")
    #expect(parsed.errors.map(\.token) == [token], "\(line)")
    #expect(parsed.errors.first?.line == 1)
    #expect(parsed.statements == [.init(name: "b", value: "2", line: 2)], "goes on with the next line")
  }

  @Test func theEndOfTheFileIsCountedAsTheServerCountsIt() {
    let parsed = parse("a = 1\nb")
    #expect(parsed.errors.first?.line == 2)
    #expect(parsed.errors.first?.reportedLine == 1)
  }

  @Test func hundredErrorsEndTheReading() {
    let many = parse(String(repeating: "=\n", count: 150) + "a = 1\n")
    #expect(many.errors.count == 100)
    #expect(many.abandoned)
    #expect(many.statements.isEmpty)
    let fewer = parse(String(repeating: "=\n", count: 99) + "a = 1\n")
    #expect(!fewer.abandoned)
    #expect(fewer.statements.count == 1)
  }

  @Test(arguments: [
    "primary_conninfo = host=a password=hunter2", "primary_conninfo = 'password='hunter2''",
    "primary_conninfo postgresql://u:hunter2@h/d", "x.dsn = 'a' hunter2", "sslpassword hunter2 hunter2",
  ])
  func anErrorShowsNoTokenThatCouldBeASecret(line: String) {
    let parsed = parse(line)
    #expect(parsed.errors.count == 1)
    #expect(!"\(parsed)".contains("hunter2"))
  }

  @Test func bytesThatAreNoTextDoNoHarm() {
    for seed in 0..<2000 {
      var state = UInt64(seed) &* 6_364_136_223_846_793_005 &+ 1
      let alphabet = Array("a1._-'\\=# \n\t+e0x:/".utf8) + [0, 0xFF]
      let bytes = (0..<80).map { _ -> UInt8 in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return alphabet[Int(state >> 33) % alphabet.count]
      }
      let parsed = ConfigurationText(bytes)
      #expect(parsed.errors.count <= 80)
    }
  }
}
