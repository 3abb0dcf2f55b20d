/// The lines of a text, one after the other, without their line feeds. A carriage return stays part of its line.
struct TextLines {
  struct Line {
    /// Position of the first byte in the text.
    var offset: Int
    var bytes: ArraySlice<UInt8>
    /// Whether a line feed ends it; false only for the last line of a text.
    var isTerminated: Bool
    var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  private var remaining: ArraySlice<UInt8>

  init(_ content: [UInt8]) { remaining = content[...] }

  /// nil at the end; a line feed at the end of the text begins no further line.
  mutating func next() -> Line? {
    guard !remaining.isEmpty else { return nil }
    let end = remaining.firstIndex(of: 0x0A)
    let line = Line(
      offset: remaining.startIndex, bytes: remaining[..<(end ?? remaining.endIndex)], isTerminated: end != nil)
    remaining = remaining[(end.map { $0 + 1 } ?? remaining.endIndex)...]
    return line
  }

  /// All lines that are left, at most `limit`.
  mutating func all(limit: Int) -> [Line] {
    var lines: [Line] = []
    while lines.count < limit, let line = next() { lines.append(line) }
    return lines
  }
}
