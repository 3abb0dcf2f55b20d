extension SecretRedaction {
  /// Free text (a shell command, an option) without what looks like a secret: the value behind `password=` and its like,
  /// the word behind `--password`, and the password of a URI. What stands behind an unclosed quote goes wholly.
  package static func scrubbed(_ text: String) -> String {
    let lower = text.lowercased()
    guard lower.contains("://") || secretWords.contains(where: { lower.contains($0) }) else { return text }
    return String(decoding: scrubbingAssignments(scrubbingURIs(Array(text.utf8))), as: UTF8.self)
  }

  /// `scheme://user:password@host` becomes `scheme://user@host`; the last `@` of the word counts.
  private static func scrubbingURIs(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var at = 0
    let mark = Array("://".utf8)
    while at < bytes.count {
      guard bytes[at] == mark[0], bytes[at...].starts(with: mark) else {
        result.append(bytes[at])
        at += 1
        continue
      }
      result += mark
      at += mark.count
      var end = at
      while end < bytes.count, !bytes[end].isSpace, !"'\"".utf8.contains(bytes[end]) { end += 1 }
      if let sign = bytes[at..<end].lastIndex(of: UInt8(ascii: "@")),
        let colon = bytes[at..<sign].firstIndex(of: UInt8(ascii: ":"))
      {
        result += bytes[at..<colon]
        at = sign
      }
      result += bytes[at..<end]
      at = end
    }
    return result
  }

  private static func scrubbingAssignments(_ bytes: [UInt8]) -> [UInt8] {
    let lower = bytes.map(\.lowercased)
    let words = secretWords.map { Array($0.utf8) }
    var result: [UInt8] = []
    var at = 0
    while at < bytes.count {
      guard words.contains(where: { lower[at...].starts(with: $0) }) else {
        result.append(bytes[at])
        at += 1
        continue
      }
      var nameStart = at
      while nameStart > 0, isNameByte(lower[nameStart - 1]) { nameStart -= 1 }
      var next = at
      while next < bytes.count, isNameByte(lower[next]) { next += 1 }
      let isOption = lower[nameStart] == UInt8(ascii: "-")
      // A closing quote of a name (`"password": …`) and blanks may stand before the sign.
      var sign = next
      while sign < bytes.count, bytes[sign].isSpace || "'\"\\".utf8.contains(bytes[sign]) {
        sign += 1
      }
      let assigned = sign < bytes.count && "=:".utf8.contains(bytes[sign])
      guard assigned || (isOption && sign > next) else {
        result += bytes[at..<next]
        at = next
        continue
      }
      var value = assigned ? sign + 1 : sign
      while value < bytes.count, bytes[value].isSpace { value += 1 }
      result += bytes[at..<value]
      let end = valueEnd(bytes, from: value)
      if end > value { result += Array(withheldValue.utf8) }
      at = end
    }
    return result
  }

  /// Quoted: behind the closing quote. Else up to white space that no backslash protects.
  private static func valueEnd(_ bytes: [UInt8], from start: Int) -> Int {
    var at = start
    var quote: UInt8?
    if at < bytes.count, "'\"".utf8.contains(bytes[at]) {
      quote = bytes[at]
      at += 1
    }
    while at < bytes.count {
      let byte = bytes[at]
      if byte == UInt8(ascii: "\\") {
        at = min(at + 2, bytes.count)
      } else if let open = quote {
        at += 1
        if byte == open { quote = nil }
      } else if byte.isSpace {
        break
      } else {
        if "'\"".utf8.contains(byte) { quote = byte }
        at += 1
      }
    }
    return at
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || (0x30...0x39).contains(byte)
      || "_-.".utf8.contains(byte)
  }
}
