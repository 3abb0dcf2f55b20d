/// Numbers with units, as the server reads the values of integer settings.
///
/// Hex and octal as in C, from 12 also fractions and exponents. From 12 a value is rounded to the nearest unit, one with
/// a fraction first to the next smaller unit; before 12 it is cut off. Follows `parse_int` and `convert_to_base_unit`
/// in src/backend/utils/misc/guc.c.
package enum SettingNumber {
  /// The number in units of the setting; nil where the server would call the value invalid.
  package static func integer(_ text: String, unit: SettingUnit, version: ServerVersion) -> Int64? {
    let bytes = Array(text.utf8)
    var at = 0
    skipBlanks(bytes, &at)
    guard let number = number(bytes, &at, allowsFraction: version >= fractions) else { return nil }
    skipBlanks(bytes, &at)
    var value = number
    if at < bytes.count {
      let start = at
      while at < bytes.count, !bytes[at].isSpace { at += 1 }
      let spelling = String(decoding: bytes[start..<at], as: UTF8.self)
      skipBlanks(bytes, &at)
      let spellings = unit.spellings(in: version)
      guard at == bytes.count, let index = spellings.firstIndex(where: { $0.name == spelling }) else { return nil }
      value = number * spellings[index].size / unit.size
      if version >= fractions {
        if number != number.rounded(.towardZero), index + 1 < spellings.count {
          let next = spellings[index + 1].size / unit.size
          value = (value / next).rounded(.toNearestOrEven) * next
        }
      } else {
        value = value.rounded(.towardZero)
      }
    }
    value = value.rounded(.toNearestOrEven)
    guard value >= Double(Int32.min), value <= Double(Int32.max) else { return nil }
    return Int64(value)
  }

  /// `strtol` with base 0, or `strtod` where a fraction, an exponent or too many digits follow.
  private static func number(_ bytes: [UInt8], _ at: inout Int, allowsFraction: Bool) -> Double? {
    let start = at
    var negative = false
    if at < bytes.count, "+-".utf8.contains(bytes[at]) {
      negative = bytes[at] == UInt8(ascii: "-")
      at += 1
    }
    let digitsStart = at
    var radix: UInt8 = 10
    if at < bytes.count, bytes[at] == UInt8(ascii: "0") {
      radix = 8
      if at + 2 < bytes.count, bytes[at + 1] | 0x20 == UInt8(ascii: "x"), digit(bytes[at + 2], 16) != nil {
        radix = 16
        at += 2
      }
    }
    var value = 0.0
    var digits = 0
    while at < bytes.count, let digit = digit(bytes[at], radix) {
      value = value * Double(radix) + Double(digit)
      digits += 1
      at += 1
    }
    if allowsFraction, radix != 16, at < bytes.count, ".eE".utf8.contains(bytes[at]) {
      return fraction(bytes, start: start, digitsStart: digitsStart, &at)
    }
    guard digits > 0, value.isFinite else { return nil }
    return negative ? -value : value
  }

  private static func fraction(_ bytes: [UInt8], start: Int, digitsStart: Int, _ at: inout Int) -> Double? {
    at = digitsStart
    func skipDigits() -> Int {
      let from = at
      while at < bytes.count, digit(bytes[at], 10) != nil { at += 1 }
      return at - from
    }
    var digits = skipDigits()
    if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
      at += 1
      digits += skipDigits()
    }
    guard digits > 0 else { return nil }
    let mantissaEnd = at
    if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
      at += 1
      if at < bytes.count, "+-".utf8.contains(bytes[at]) { at += 1 }
      if skipDigits() == 0 { at = mantissaEnd }
    }
    var words = String(decoding: bytes[start..<at], as: UTF8.self)
    if words.hasPrefix("+") { words.removeFirst() }
    guard let value = Double(words), value.isFinite else { return nil }
    return value
  }

  private static func digit(_ byte: UInt8, _ radix: UInt8) -> UInt8? { byte.hexDigit.flatMap { $0 < radix ? $0 : nil } }

  private static func skipBlanks(_ bytes: [UInt8], _ at: inout Int) {
    while at < bytes.count, bytes[at].isSpace { at += 1 }
  }
  private static let fractions = ServerVersion.v12
}
