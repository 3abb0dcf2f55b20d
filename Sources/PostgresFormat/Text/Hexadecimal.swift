/// Hexadecimal text of fixed width, without Foundation.
package enum UInt32Hex {
  /// Eight upper-case digits.
  package static func padded(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// The number that exactly eight upper-case hex digits spell (file names), nil for anything else.
  package static func parse(_ digits: some Collection<UInt8>) -> UInt32? {
    guard digits.count == 8 else { return nil }
    var value: UInt32 = 0
    for digit in digits {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(digit - UInt8(ascii: "0"))
      case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(digit - UInt8(ascii: "A") + 10)
      default: return nil
      }
    }
    return value
  }
}

/// `0x` and eight upper-case digits.
func hex32(_ value: UInt32) -> String { "0x" + UInt32Hex.padded(value) }

/// `0x` and four upper-case digits.
func hex16(_ value: UInt16) -> String { "0x" + UInt32Hex.padded(UInt32(value)).suffix(4) }

/// Two lower-case hex digits a byte.
func hexText(_ bytes: [UInt8]) -> String {
  let digits = Array("0123456789abcdef".utf8)
  return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

/// The bytes that pairs of hex digits spell, in either case; nil for anything else.
func bytes(ofHex text: String) -> [UInt8]? {
  let digits = text.utf8.compactMap(\.hexDigit)
  guard digits.count == text.utf8.count, digits.count % 2 == 0 else { return nil }
  return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0]) << 4 | UInt8(digits[$0 + 1]) }
}
