import PostgresFormat
import SlotSafety
import Testing

@Suite struct QuotingTests {
  @Test(arguments: [
    ("shop", "'shop'"), ("it's", "'it''s'"), ("a\\b", #"E'a\\b'"#), (":name", #"E'\x3aname'"#), ("a:b", "'a:b'"),
    ("two\nlines", #"E'two\nlines'"#), ("a'\\", #"E'a''\\'"#), ("\u{1}", #"E'\x01'"#), ("é", #"E'\xc3\xa9'"#),
    ("", "''"), ("a\u{9B}\u{202E}b", #"E'a\xc2\x9b\xe2\x80\xaeb'"#), ("\u{E0041}", #"E'\xf3\xa0\x81\x81'"#),
  ])
  func literals(text: String, expected: String) throws {
    #expect(try SQLText.literal(text) == expected)
  }

  @Test(arguments: [
    ("Shop", "\"Shop\""), ("a\"b", "\"a\"\"b\""), ("$$", "\"$$\""), ("x; drop", "\"x; drop\""),
    ("größe", #"U&"gr\+0000F6\+0000DFe""#), ("a\u{1B}[2J\"\\\u{202E}", #"U&"a\+00001B[2J""\\\+00202E""#),
  ])
  func identifiers(name: String, expected: String) throws {
    #expect(try SQLText.identifier(name) == expected)
  }

  @Test(arguments: [
    ("shop", "'shop'"), ("it's", "'it''s'"), ("`id`", "'`id`'"), (":v", "':v'"), ("a\\b", #"'a\\b'"#),
    ("two\nlines", #"'two\nlines'"#), ("\t\r", #"'\t\r'"#), ("\u{1B}[2J", #"'\x1b[2J'"#),
    ("\u{9B}\u{202E}", #"'\xc2\x9b\xe2\x80\xae'"#),
  ])
  func psqlArguments(text: String, expected: String) throws {
    #expect(try PsqlText.argument(text) == expected)
  }

  @Test func databaseNameInsideAConnectionString() throws {
    #expect(
      try PsqlText.connect(database: "sp ace\\'s")
        == #"\set database_conninfo 'dbname=''sp ace\\\\\\''s''' \connect -reuse-previous=on :"database_conninfo""#
        + #" \encoding UTF8"#)
  }

  /// What carries a name from a file is quoted by its type; a plain string does not compile.
  @Test func interpolationQuotes() throws {
    let name = try SlotName("orders")
    let sql: SQL = "select \(name), \(try .literal("it's")), \(try .identifier("a\"b")), \(LSN(0x100)), \(7)"
    #expect(sql.description == #"select 'orders', 'it''s', "a""b", '0/00000100', 7"#)
    let words: Words = "slot \(name) of 100%"
    #expect(words.inLoop.format == "slot orders of 100%%" && words.inLoop.arguments.isEmpty)
  }

  @Test func quotesUnderACombiningMarkAreStillQuotes() throws {
    #expect(try SQLText.literal("a'\u{301}b") == #"E'a''\xcc\x81b'"#)
    #expect(try SQLText.identifier("a\"\u{301}") == #"U&"a""\+000301""#)
    #expect(try PsqlText.argument("'\u{301}") == #"'''\xcc\x81'"#)
    #expect(try PsqlText.connect(database: "'\u{301}").hasPrefix(#"\set database_conninfo 'dbname=''\\''\xcc\x81'''"#))
  }

  @Test func zeroBytesAreRefusedEverywhere() {
    #expect(throws: QuotingError.zeroByte) { try SQLText.literal("a\0b") }
    #expect(throws: QuotingError.zeroByte) { try SQLText.identifier("a\0b") }
    #expect(throws: QuotingError.zeroByte) { try PsqlText.argument("a\0b") }
    #expect(throws: QuotingError.zeroByte) { try PsqlText.connect(database: "a\0b") }
  }

  @Test func emptyNamesAreRefused() {
    #expect(throws: QuotingError.empty) { try SQLText.identifier("") }
    #expect(throws: QuotingError.empty) { try PsqlText.connect(database: "") }
  }

  @Test(arguments: [
    ("a'b", "'a''b'"), ("a\\b", "'a\\\\b'"), ("a\nb\t", "'a\\012b\\011'"), ("", "''"),
    ("é\u{1}\u{7F}", "'é\\001\\177'"),
  ])
  func valuesOfSettingsStayOnTheirLine(text: String, written: String) {
    #expect(ShellText.settingValue(text) == written)
  }

  @Test(arguments: [
    ("/a/b", "/a/b"), ("-x", "./-x"), ("a b", "'a b'"), ("-a'b", "'./-a'\\''b'"), ("", "''"), ("$(x)", "'$(x)'"),
    ("~", "'~'"), ("a=b", "'a=b'"), ("#", "'#'"), ("größe", "'größe'"),
  ])
  func pathsAreOneWordAndNoOption(path: String, written: String) { #expect(ShellText.path(path) == written) }

  @Test(arguments: ["orders_cdc", "0", "_", String(repeating: "a", count: 63)])
  func slotNamesOfServers(name: String) throws {
    #expect(try SlotName(name).literal == "'\(name)'")
  }

  @Test(arguments: [
    "", "Orders", "a-b", "a b", "a'b", "x'); drop table t; --", "é", "a\n", "a\0", String(repeating: "a", count: 64),
  ])
  func forgedSlotNames(name: String) {
    #expect(throws: QuotingError.slotName(name)) { try SlotName(name) }
  }

  @Test(arguments: ["pgoutput", "test_decoding", "wal2json", "decoder-raw", "Decoderbufs"])
  func pluginNames(name: String) throws {
    #expect(try PluginName(name).literal == "'\(name)'")
  }

  @Test(arguments: [
    "", "../evil", "/lib/evil", "$libdir/x", "a'b", "a b", "x\n", "-x", "é", ".hidden",
    String(repeating: "a", count: 64),
  ])
  func forgedPluginNames(name: String) {
    #expect(throws: QuotingError.pluginName(name)) { try PluginName(name) }
  }
}
