/// Reads a line as C's `sscanf` does, because that is how the server reads timeline histories and backup labels: white
/// space is skipped in front of a number, a sign or a `0x` counts as part of it, and numbers wrap at 32 bits.
///
/// `isLiteral` turns false once something was read that no server writes that way.
struct ScanCursor {
  private let bytes: [UInt8]
  private(set) var position: Int
  private(set) var isLiteral = true

  /// Over the bytes up to the first NUL, where a C string ends.
  init(_ line: some Sequence<UInt8>) {
    bytes = Array(line.prefix { $0 != 0 })
    position = 0
  }

  var current: UInt8? { position < bytes.count ? bytes[position] : nil }
  var isAtEnd: Bool { position >= bytes.count }
  var rest: ArraySlice<UInt8> { bytes[position...] }

  mutating func skipSpace() {
    while current?.isSpace == true { position += 1 }
  }

  /// One particular byte, or nothing.
  mutating func take(_ byte: UInt8) -> Bool {
    guard current == byte else { return false }
    position += 1
    return true
  }

  /// These bytes exactly, or nothing.
  mutating func take(_ text: String) -> Bool {
    guard rest.starts(with: text.utf8) else { return false }
    position += text.utf8.count
    return true
  }

  /// `%u`. nil, with the position after white space and sign, where no digit follows.
  mutating func decimal() -> UInt32? { number(radix: 10, width: .max) }

  /// `%X`, or `%08X` where `width` is 8: then sign and prefix count as characters too.
  mutating func hex(width: Int = .max) -> UInt32? { number(radix: 16, width: width) }

  /// `%X/%X`, as a position. `lowWidth` is 8 from 19 on.
  mutating func lsn(lowWidth: Int = .max) -> LSN? {
    guard let high = hex(), take(UInt8(ascii: "/")), let low = hex(width: lowWidth) else { return nil }
    return LSN(UInt64(high) << 32 | UInt64(low))
  }

  private mutating func number(radix: UInt64, width: Int) -> UInt32? {
    skipSpace()
    var room = width
    var negative = false
    if let sign = current, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), room > 0 {
      negative = sign == UInt8(ascii: "-")
      isLiteral = false
      position += 1
      room -= 1
    }
    let first = position
    if radix == 16, room > 1, current == UInt8(ascii: "0"), position + 1 < bytes.count,
      bytes[position + 1] | 0x20 == 0x78
    {
      isLiteral = false
      position += 2
      room -= 2
    }
    var value: UInt64 = 0
    var overflow = false
    while room > 0, let digit = current?.hexDigit.map(UInt64.init), digit < radix {
      let (product, high) = value.multipliedReportingOverflow(by: radix)
      let (sum, carry) = product.addingReportingOverflow(digit)
      overflow = overflow || high || carry
      value = sum
      position += 1
      room -= 1
    }
    guard position > first else { return nil }
    if overflow || value > UInt64(UInt32.max) { isLiteral = false }
    if overflow { return UInt32.max }
    let low = UInt32(truncatingIfNeeded: value)
    return negative ? 0 &- low : low
  }
}
