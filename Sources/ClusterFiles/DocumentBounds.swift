/// What a document has of what costs time and memory, counted before it is decoded.
struct DocumentBounds {
  /// Values at the most: one more than there are commas and opening brackets outside of strings.
  private(set) var valueCount = 1
  /// Bytes of the longest string or name.
  private(set) var longestString = 0
  /// Bytes of all strings and names that are longer than ``shortString``.
  private(set) var longStringBytes = 0

  /// Files with more values are refused: each takes memory and time, and a thousand slots have thirty thousand.
  static let valueLimit = 3_000_000
  /// Nothing that a server has is longer: its configuration files have less together.
  static let stringLimit = 1 << 20
  static let longStringsLimit = 8 << 20
  private static let shortString = 1000

  init(_ bytes: [UInt8]) {
    var start: Int?
    var isEscaped = false
    for (index, byte) in bytes.enumerated() {
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\"") {
        if let first = start { count(index - first - 1) }
        start = start == nil ? index : nil
      } else if start != nil {
        isEscaped = byte == UInt8(ascii: "\\")
      } else if byte == UInt8(ascii: ",") || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") {
        valueCount += 1
      }
    }
  }

  private mutating func count(_ length: Int) {
    longestString = max(longestString, length)
    if length > Self.shortString { longStringBytes += length }
  }

  /// What there is too much of, with its verb; nil where all is within bounds.
  var excess: String? {
    if valueCount > Self.valueLimit { return "has more than \(Self.valueLimit) values" }
    if longestString > Self.stringLimit { return "has a text of \(longestString) bytes" }
    return longStringBytes > Self.longStringsLimit ? "has long texts of \(longStringBytes) bytes together" : nil
  }
}
