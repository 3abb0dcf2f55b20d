extension SecretRedaction {
  /// Values after a name that stands for a secret, with `=`, `:` or, of an option and a quoted value, a blank between them;
  /// and what follows the scheme of an Authorization header.
  static func scrubbingAssignments(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var at = 0
    while at < bytes.count {
      guard isNameByte(bytes[at]) else {
        result.append(bytes[at])
        at += 1
        continue
      }
      var next = at
      while next < bytes.count, isNameByte(bytes[next]) { next += 1 }
      result += bytes[at..<next]
      let name = bytes[at..<next].map(\.lowercased)
      at = next
      guard let start = valueStart(after: name, at: next, in: bytes) else { continue }
      result += bytes[next..<start]
      at = valueEnd(bytes, from: start)
      // A header's value is made of words.
      if isHeader(name) {
        while at < bytes.count, !"'\"\n".utf8.contains(bytes[at]) { at += 1 }
      }
      if at > start { result += Array(withheldValue.utf8) }
    }
    return result
  }

  /// Where the value of a secret begins; nil where the name is none, or no value follows.
  private static func valueStart(after name: [UInt8], at next: Int, in bytes: [UInt8]) -> Int? {
    // Bytes, not text: a file may have a million of them.
    let isStrong = secretBytes.contains { has($0, in: name) }
    let end = name.split { "-_.".utf8.contains($0) }.last ?? name[...]
    guard isStrong || weakBytes.contains(where: end.elementsEqual) || end.elementsEqual("basic".utf8) else {
      return nil
    }
    let last = String(decoding: end, as: UTF8.self)
    // A closing quote of a name (`"password": …`) and blanks may stand before the sign.
    var sign = next
    while sign < bytes.count, bytes[sign].isSpace || "'\"\\".utf8.contains(bytes[sign]) { sign += 1 }
    if sign < bytes.count, last != "basic", "=:".utf8.contains(bytes[sign]) {
      var value = sign + 1
      while value < bytes.count, bytes[value].isSpace { value += 1 }
      return value
    }
    var value = next
    while value < bytes.count, bytes[value].isSpace { value += 1 }
    guard value > next, value < bytes.count else { return nil }
    let isOption = name.first == UInt8(ascii: "-")
    let isScheme = last == "bearer" || last == "basic"
    let isQuoted = isStrong && bytes[value] == UInt8(ascii: "'")
    return isOption || isScheme || isQuoted ? value : nil
  }

  private static let secretBytes = secretWords.map { Array($0.utf8) }
  private static let weakBytes = weakWords.map { Array($0.utf8) }

  private static func has(_ part: [UInt8], in name: [UInt8]) -> Bool {
    guard name.count >= part.count else { return false }
    return (0...(name.count - part.count)).contains { name[$0] == part[0] && name[$0...].starts(with: part) }
  }

  private static func isHeader(_ name: [UInt8]) -> Bool {
    let words = String(decoding: name, as: UTF8.self)
    return ["authorization", "cookie"].contains { words.hasSuffix($0) }
  }

  /// Quoted: after the closing quote. Else up to white space that no backslash protects.
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
    byte.isASCIILetter || byte.isDigit || "_-.".utf8.contains(byte)
  }
}
