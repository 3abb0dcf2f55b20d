/// Writes numbers and names as text straight into memory that somebody else owns.
///
/// For the streams of `wal records`, where a String per record would cost more than reading the record. Where the memory
/// is too small nothing is written beyond it and ``hasOverflowed`` says so: the owner makes room and asks once more.
@safe package struct ByteWriter: ~Copyable {
  private let base: UnsafeMutablePointer<UInt8>
  private let capacity: Int
  /// Bytes that are written, those from before included.
  package private(set) var count: Int
  /// Something did not fit and was left out.
  package private(set) var hasOverflowed = false

  /// - Precondition: `base` has room for `capacity` bytes, of which `count` are written, for as long as the writer lives.
  @unsafe init(_ base: UnsafeMutablePointer<UInt8>, capacity: Int, count: Int) {
    unsafe self.base = base
    (self.capacity, self.count) = (capacity, count)
  }

  /// Takes back what was written after the first `count` bytes.
  package mutating func truncate(to count: Int) { self.count = min(self.count, max(0, count)) }

  /// Whether `count` more bytes fit.
  @inline(__always)
  private mutating func reserve(_ count: Int) -> Bool {
    if capacity - self.count >= count { return true }
    hasOverflowed = true
    return false
  }

  /// As it is, unescaped.
  @inline(__always)
  package mutating func byte(_ value: UInt8) {
    guard reserve(1) else { return }
    // SAFETY: there is room for one byte.
    unsafe base[count] = value
    count += 1
  }

  /// A literal, unescaped.
  @inline(__always)
  package mutating func text(_ value: StaticString) {
    let length = value.utf8CodeUnitCount
    guard reserve(length) else { return }
    // SAFETY: a literal's bytes live for ever, and there is room for them.
    unsafe base.advanced(by: count).update(from: value.utf8Start, count: length)
    count += length
  }

  /// Text that is made at run time. Named apart from ``text(_:)``, or literals would take this slower way.
  package mutating func string(_ value: String) {
    for byte in value.utf8 { self.byte(byte) }
  }

  /// None for a negative count.
  package mutating func blanks(_ count: Int) {
    for _ in 0..<max(0, count) { byte(0x20) }
  }

  /// A decimal number, right-aligned in `width`.
  @inline(__always)
  package mutating func decimal(_ value: UInt64, width: Int = 0) {
    guard value < Self.eightDigitsBound, width <= 16, capacity - count >= 24 else {
      return longDecimal(value, width: width)
    }
    let digits = Self.digits(of: UInt32(truncatingIfNeeded: value))
    let leadingZeros = (digits | 1 << 56).trailingZeroBitCount >> 3
    let blanks = max(0, width - (8 - leadingZeros))
    if width > 0 {
      put(0x2020_2020_2020_2020, at: count)
      if width > 8 { put(0x2020_2020_2020_2020, at: count + 8) }
    }
    put((digits | Self.zeros) >> UInt64(leadingZeros << 3), at: count + blanks)
    count += blanks + 8 - leadingZeros
  }

  /// A decimal number. A call, for places of which there are many.
  @inline(never)
  package mutating func number(_ value: UInt64) { decimal(value) }

  /// Any number, also where little room is left.
  private mutating func longDecimal(_ value: UInt64, width: Int) {
    var (digits, bound) = (1, UInt64(10))
    while value >= bound {
      digits += 1
      if digits == 20 { break }
      bound &*= 10
    }
    for _ in 0..<max(0, width - digits) { byte(0x20) }
    guard reserve(digits) else { return }
    var rest = value
    for place in stride(from: count + digits - 1, through: count, by: -1) {
      // SAFETY: there is room for `digits` bytes.
      unsafe base[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    count += digits
  }

  /// The last `digits` digits of a decimal number, eight at most, with zeros in front.
  @inline(__always)
  package mutating func padded(_ value: Int, digits: Int) {
    let text = Self.digits(of: UInt32(value.magnitude % UInt(Self.eightDigitsBound))) | Self.zeros
    write(text >> UInt64((8 - digits) << 3), length: digits)
  }

  /// Right-aligned in `width`.
  @inline(__always) package mutating func decimal(_ value: UInt32, width: Int = 0) {
    decimal(UInt64(value), width: width)
  }
  /// With a minus sign where it is negative.
  package mutating func decimal(_ value: Int) {
    if value < 0 { byte(UInt8(ascii: "-")) }
    decimal(UInt64(value.magnitude))
  }

  /// Upper-case hex digits, zeros in front up to `width`.
  @inline(__always)
  package mutating func hex(_ value: UInt64, width: Int = 1) {
    let digits = max(width, (67 - (value | 1).leadingZeroBitCount) / 4)
    if digits > 8 { hexDigits(UInt32(truncatingIfNeeded: value >> 32), digits - 8) }
    hexDigits(UInt32(truncatingIfNeeded: value), min(digits, 8))
  }

  @inline(__always)
  private mutating func hexDigits(_ value: UInt32, _ digits: Int) {
    // The bytes of the number, the first digit's first, are pulled apart until each digit has a byte of its own.
    var nibbles = UInt64(value.byteSwapped)
    nibbles = (nibbles | nibbles << 16) & 0x0000_FFFF_0000_FFFF
    nibbles = (nibbles | nibbles << 8) & 0x00FF_00FF_00FF_00FF
    nibbles = (nibbles >> 4 | nibbles << 8) & 0x0F0F_0F0F_0F0F_0F0F
    let letters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
    let text = (nibbles | Self.zeros) &+ letters &* 7
    write(text >> UInt64((8 - digits) << 3), length: digits)
  }

  // MARK: Eight characters at once, the first in the lowest byte

  private static var eightDigitsBound: UInt64 { 100_000_000 }
  /// `00000000`.
  private static var zeros: UInt64 { 0x3030_3030_3030_3030 }

  /// The eight decimal digits of a number below ``eightDigitsBound``, each as a byte from 0 to 9: halves of four digits,
  /// then pairs, then digits, all of a size divided at once by a multiplication and a shift.
  @inline(__always)
  private static func digits(of value: UInt32) -> UInt64 {
    let fours = UInt64(value / 10_000) | UInt64(value % 10_000) << 32
    let hundreds = (fours &* 5243) >> 19 & 0x0000_007F_0000_007F
    let pairs = hundreds | (fours &- hundreds &* 100) << 16
    let tens = (pairs &* 103) >> 10 & 0x000F_000F_000F_000F
    return tens | (pairs &- tens &* 10) << 8
  }

  /// Writes the first `length` of eight characters.
  @inline(__always)
  private mutating func write(_ characters: UInt64, length: Int) {
    if capacity - count >= 8 {
      put(characters, at: count)
      count += length
    } else {
      for place in 0..<length { byte(UInt8(truncatingIfNeeded: characters >> UInt64(place << 3))) }
    }
  }

  /// - Precondition: there is room for eight bytes from `place` on.
  @inline(__always)
  private func put(_ characters: UInt64, at place: Int) {
    // SAFETY: the callers have checked the room.
    unsafe UnsafeMutableRawPointer(base + place).storeBytes(of: characters.littleEndian, as: UInt64.self)
  }
}
