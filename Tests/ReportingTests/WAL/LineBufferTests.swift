import PostgresFormat
import Testing

@testable import Reporting

/// What is written straight into memory is what the slower ways make.
@Suite struct LineBufferTests {
  private func written(_ write: (inout ByteWriter) -> Void) -> String {
    var (lines, text) = (LineBuffer(), "")
    lines.add(write)
    lines.take { text = $0.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
    return text
  }

  @Test(
    arguments: [
      0, -1, 1, 1_000_000, 1_732_184_680_501_179, 1_732_184_680_000_000, 951_782_400_000_000, -62_135_596_800_000_000,
      -62_167_219_200_000_001, 253_402_300_799_999_999, 253_402_300_800_000_000, .max, .min,
    ] as [Int64])
  func timesAreWhatTheyDescribeThemselvesAs(microseconds: Int64) {
    let time = Timestamp(unixMicroseconds: microseconds)
    #expect(written { $0.utcTime(time) } == time.description)
  }

  @Test(arguments: ["", "plain", "a \"b\" \\c\\", "línea\n\u{1B}[2J\u{202E}", String(repeating: "x\u{7}", count: 9000)])
  func textIsEscapedAsInAnyJSON(text: String) {
    #expect(written { $0.json(text) } == JSONValue.string(text).serialized(pretty: false))
  }

  @Test func lackingTextIsNull() { #expect(written { $0.json(nil) } == "null") }

  @Test func numbersStayWithinSixtyThreeBits() {
    #expect(written { $0.integer(.max) } == "9223372036854775807" && written { $0.integer(7) } == "7")
  }

  /// A line that does not fit is written once, whole, behind those that did.
  @Test func longLinesMakeRoom() {
    var (lines, text) = (LineBuffer(capacity: 1), "")
    let wanted = (0..<3).map { String(repeating: "\($0)", count: 3000 << $0) + "\n" }
    for line in wanted { lines.add { $0.string(line) } }
    #expect(lines.count == wanted.joined().utf8.count)
    lines.take { text = $0.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
    #expect(text == wanted.joined() && lines.count == 0)
  }
}
