/// Writes numbers and names as text straight into memory that somebody else owns.
///
/// For the streams of `wal records`, where a String per record would cost more than reading the record. Where the memory
/// is too small nothing is written beyond it and ``hasOverflowed`` says so: the owner makes room and asks once more.
@safe package struct ByteWriter: ~Copyable {
  private let base: UnsafeMutablePointer<UInt8>
  private let capacity: Int
  package private(set) var count: Int
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
    var digits = 1
    var bound: UInt64 = 10
    while value >= bound {
      digits += 1
      if digits == 20 { break }
      bound &*= 10
    }
    let length = max(digits, width)
    guard reserve(length) else { return }
    var place = count + length
    var rest = value
    for _ in 0..<digits {
      place -= 1
      // SAFETY: there is room for `length` bytes, and `digits` is not more.
      unsafe base[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    while place > count {
      place -= 1
      // SAFETY: as above.
      unsafe base[place] = 0x20
    }
    count += length
  }

  /// A decimal number with zeros in front.
  @inline(__always)
  package mutating func padded(_ value: Int, digits: Int) {
    guard reserve(digits) else { return }
    var rest = value.magnitude
    for place in stride(from: count + digits - 1, through: count, by: -1) {
      // SAFETY: there is room for `digits` bytes.
      unsafe base[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    count += digits
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
    guard reserve(digits) else { return }
    var rest = value
    var place = count + digits
    for _ in 0..<digits {
      place -= 1
      let nibble = UInt8(truncatingIfNeeded: rest & 0x0F)
      // SAFETY: there is room for `digits` bytes.
      unsafe base[place] = nibble < 10 ? 0x30 + nibble : 0x37 + nibble
      rest >>= 4
    }
    count += digits
  }
}
