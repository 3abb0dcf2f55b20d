extension Unicode.Scalar {
  /// Whether it steers a display instead of being shown on it: control characters (C0, DEL, C1), line and paragraph
  /// separators, marks of writing direction, and characters that nobody sees. A name with one of them could move the cursor,
  /// or read otherwise than it is.
  package var steersDisplay: Bool {
    switch value {
    case 0..<0x20, 0x7F..<0xA0, 0xAD, 0x61C, 0x180E, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF,
      0xFFF9...0xFFFB, 0xE0000...0xE007F:
      true
    default: false
    }
  }

  /// The character as JSON escapes it: `\u202e`, two of these for one beyond the first 65,536.
  package var jsonEscape: String {
    String(self).utf16.map { unit in
      let digits = String(unit, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }.joined()
  }
}
