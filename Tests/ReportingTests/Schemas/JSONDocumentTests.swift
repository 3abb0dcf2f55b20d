import FixtureSupport
import FoundationEssentials
import Testing

/// The parser of the tests themselves: a document that is none must not pass for one.
@Suite struct JSONDocumentTests {
  @Test(
    arguments: [
      ("null", .null), (" \t\r\n[ ] ", .array([])), ("{ }", .object([:])), ("true", .bool(true)),
      ("false", .bool(false)),
      ("0", .integer(0)), ("-0", .integer(0)), ("-9223372036854775808", .integer(.min)), ("1.0", .integer(1)),
      ("9223372036854775808", .number(0x1p63)), ("0.5", .number(0.5)), ("-1e-2", .number(-0.01)),
      ("1E+2", .integer(100)),
      (#""a\"\\\/\b\f\n\r\tä\u00e4\uD83D\uDE00""#, .string("a\"\\/\u{8}\u{C}\n\r\tää😀")),
      (
        #"{"a":[1,{"":null}] , "b":"\u0000"}"#,
        .object(["a": .array([.integer(1), .object(["": .null])]), "b": .string("\0")])
      ),
    ] as [(String, JSONDocument)])
  func valuesAreRead(text: String, document: JSONDocument) throws {
    #expect(try JSONDocument(parsing: text) == document)
  }

  @Test(arguments: [
    "", " ", "nul", "nulll", "True", "1 2", "[1,]", "[,1]", "[1", "[1 2]", "{,}", #"{"a":1,}"#, #"{"a"}"#, #"{"a":}"#,
    #"{a:1}"#,
    #"{"a":1"#, #"{"a":1 "b":2}"#, #"{"a":1,"a":1}"#, "{1:2}", "01", "-", "+1", ".5", "1.", "1e", "1e+", "0x1", "NaN",
    "Infinity",
    "1e999", "--1", "\"", #""\"#, #""\"a"#, #""\x""#, #""\u12""#, #""\u12G4""#, #""\uD83D""#, #""\uD83D\n""#,
    #""\uD83DA""#,
    #""\uDE00""#, #""\uD83D\uD83D""#, "\"a\nb\"", "\"\u{1F}\"", "'a'", "[1]//", "\u{FEFF}1",
    String(repeating: "[", count: 513) + String(repeating: "]", count: 513),
  ])
  func whatIsNoneIsRefused(text: String) { #expect(throws: (any Error).self) { try JSONDocument(parsing: text) } }

  @Test(arguments: [[0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xC3]] as [[UInt8]])
  func whatIsNoUTF8IsRefused(bytes: [UInt8]) {
    for content in [bytes, Array("\\n".utf8) + bytes] {
      #expect(throws: (any Error).self) { try JSONDocument(parsing: [0x22] + content + [0x22]) }
    }
  }

  /// Foundation's decoder knows nothing of this one.
  @Test func anotherParserReadsTheSame() throws {
    for schema in DocumentSchema.allCases {
      let path = "\(DocumentSchema.folder)/\(schema.rawValue).schema.json"
      let other = try JSONDecoder().decode(Decoded.self, from: Data(try FileTree.contents(of: path)))
      #expect(try JSONDocument(contentsOf: path) == other.document, "\(path)")
    }
  }

  /// Each value is of the first type that the decoder takes it for.
  private struct Decoded: Decodable {
    var document: JSONDocument

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        document = .null
      } else if let value = try? container.decode(Bool.self) {
        document = .bool(value)
      } else if let value = try? container.decode(Int64.self) {
        document = .integer(value)
      } else if let value = try? container.decode(Double.self) {
        document = .number(value)
      } else if let value = try? container.decode(String.self) {
        document = .string(value)
      } else if let value = try? container.decode([Decoded].self) {
        document = .array(value.map(\.document))
      } else {
        document = .object(try container.decode([String: Decoded].self).mapValues(\.document))
      }
    }
  }
}
