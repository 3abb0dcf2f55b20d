import Glibc

/// What tests ask of a program's output, byte by byte where the standard library goes character by character: over all outputs that
/// took as long as the programs.
extension String {
  /// Whether these bytes stand in it.
  package func contains(_ text: String) -> Bool { self[...].contains(text) }

  /// The lines, or what lies between NULs; for other separators as the standard library has it.
  package func split(
    separator: Character, maxSplits: Int = .max, omittingEmptySubsequences: Bool = true
  ) -> [Substring] {
    // With a carriage return before it a line end is another character.
    guard separator == "\n" || separator == "\0", maxSplits == .max, !utf8.contains(0x0D) else {
      return self[...].split(
        separator: separator, maxSplits: maxSplits, omittingEmptySubsequences: omittingEmptySubsequences)
    }
    let mark = separator == "\n" ? 0x0A : 0 as UInt8
    var parts: [Substring] = []
    var start = startIndex
    while true {
      let end = utf8[start...].firstIndex(of: mark) ?? endIndex
      if start < end || !omittingEmptySubsequences { parts.append(self[start..<end]) }
      guard end < endIndex else { return parts }
      start = utf8.index(after: end)
    }
  }
}

extension Substring {
  /// Whether these bytes stand in it.
  package func contains(_ text: String) -> Bool {
    let found = unsafe utf8.withContiguousStorageIfAvailable { all in
      unsafe text.utf8.withContiguousStorageIfAvailable { part in unsafe Self.contains(all, part) }
    }
    return (found ?? nil) ?? (firstRange(of: text) != nil)
  }

  private static func contains(_ all: UnsafeBufferPointer<UInt8>, _ part: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let first = unsafe part.first else { return true }
    guard let start = all.baseAddress, let wanted = part.baseAddress else { return false }
    var place = 0
    while place + part.count <= all.count {
      // SAFETY: both calls stay within the two buffers: `place` and the length of `part` together are at most `all`'s length.
      guard let next = unsafe memchr(start + place, Int32(first), all.count - part.count - place + 1) else {
        return false
      }
      place = unsafe UnsafeRawPointer(next) - UnsafeRawPointer(start)
      if unsafe memcmp(start + place, wanted, part.count) == 0 { return true }
      place += 1
    }
    return false
  }
}
