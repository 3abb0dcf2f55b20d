import PostgresFormat

/// Writes a document as it goes, member by member: two blanks a level, and what is deep inside, of which there is most, in lines
/// of its own.
final class DocumentWriter {
  private(set) var bytes: [UInt8] = []
  private var level = 0
  /// Nothing stands in the innermost object or list yet.
  private var isFirst = true

  /// Down to here each value has its line: so have the commits of a database in the activity of a stretch.
  private static let deepestLine = 7

  /// An object, or a list: what `content` adds.
  func group(_ open: Unicode.Scalar, _ close: Unicode.Scalar, _ content: () throws -> Void) rethrows {
    bytes.append(UInt8(ascii: open))
    level += 1
    isFirst = true
    try content()
    level -= 1
    // As its content has lines.
    if !isFirst, level < Self.deepestLine { newLine() }
    bytes.append(UInt8(ascii: close))
    isFirst = false
  }

  /// Makes room for the next member of an object, and writes its name.
  func member(_ name: String) {
    element()
    string(name)
    add(level <= Self.deepestLine ? " : " : ":")
  }

  /// Makes room for the next element of a list.
  func element() {
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    newLine()
    isFirst = false
  }

  private func newLine() {
    guard level <= Self.deepestLine else { return }
    bytes.append(UInt8(ascii: "\n"))
    for _ in 0..<2 * level { bytes.append(0x20) }
  }

  func add(_ text: String) { bytes += text.utf8 }

  /// Escaped, so that a document that is printed steers no terminal.
  func string(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    if text.utf8.allSatisfy({ 0x20..<0x7F ~= $0 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
      add(text)
    } else {
      for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\": add("\\\(scalar)")
        case _ where scalar.steersDisplay: add(scalar.jsonEscape)
        default: add(String(scalar))
        }
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
