/// The numbers and positions of a JSON document, so that a test can put others in their place.
package struct JSONTokens: Sendable {
  /// The document's bytes.
  package let bytes: [UInt8]
  /// Where each number stands, and each string that has the form of an LSN (with its quotes).
  package private(set) var places: [Range<Int>] = []
  /// The name of the member that each one is the value of, or is an element of.
  package private(set) var names: [String] = []

  package init(_ text: String) {
    bytes = Array(text.utf8)
    var place = 0
    var name = ""
    while place < bytes.count {
      let start = place
      switch bytes[place] {
      case UInt8(ascii: "\""):
        place += 1
        while place < bytes.count, bytes[place] != UInt8(ascii: "\"") { place += bytes[place] == 0x5C ? 2 : 1 }
        place += 1
        let content = bytes[(start + 1)..<max(start + 1, min(place, bytes.count) - 1)]
        if bytes[min(place, bytes.count)...].first(where: { $0 != 0x20 }) == UInt8(ascii: ":") {
          name = String(decoding: content, as: UTF8.self)
        } else if Self.isPosition(content) {
          add(start..<place, name)
        }
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        while place < bytes.count, Self.isOfNumber(bytes[place]) { place += 1 }
        add(start..<place, name)
      default: place += 1
      }
    }
  }

  private mutating func add(_ place: Range<Int>, _ name: String) {
    places.append(place)
    names.append(name)
  }

  private static func isOfNumber(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || "-+.eE".utf8.contains(byte)
  }

  private static func isPosition(_ content: ArraySlice<UInt8>) -> Bool {
    let parts = content.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return parts.count == 2
      && parts.allSatisfy { part in
        (1...8).contains(part.count) && part.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x46).contains($0) }
      }
  }

  /// Whether the value is a position, in quotes.
  package func isPosition(_ index: Int) -> Bool { bytes[places[index].lowerBound] == UInt8(ascii: "\"") }

  /// The document with other texts in some places. The indices go upwards.
  package func replacing(_ changes: [(index: Int, text: String)]) -> String {
    var out: [UInt8] = []
    var done = 0
    for change in changes where places[change.index].lowerBound >= done {
      out += bytes[done..<places[change.index].lowerBound]
      out += change.text.utf8
      done = places[change.index].upperBound
    }
    return String(decoding: out + bytes[done...], as: UTF8.self)
  }

  /// Numbers at which arithmetic that is not careful goes wrong.
  package static let extremes = [
    "0", "-1", "1", "255", "65535", "2147483647", "-2147483648", "4294967295", "9007199254740993",
    "9223372036854775807", "-9223372036854775808", "18446744073709551615",
  ]
  package static let extremePositions = [
    "\"0/0\"", "\"0/1\"", "\"FFFFFFFF/FFFFFFFF\"", "\"80000000/0\"", "\"0/FFFFFFFF\"",
  ]
}
