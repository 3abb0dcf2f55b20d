/// A position in the write-ahead log: a byte address in the stream that all segments of a timeline make up
/// (`XLogRecPtr`). 0 means "none". Follows src/include/access/xlogdefs.h.
@usableFromInline
package struct LSN: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
  /// Bytes from the start of the stream.
  @usableFromInline package var rawValue: UInt64

  /// Any position is accepted, 0 included.
  @inlinable package init(rawValue: UInt64) { self.rawValue = rawValue }
  /// Any position is accepted, 0 included.
  @inlinable package init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// `InvalidXLogRecPtr`: no position.
  @inlinable package static var none: LSN { LSN(0) }
  /// Whether this is a position at all.
  package var isValid: Bool { rawValue != 0 }
  /// Itself, or nil where it is 0: the form in which an optional position travels.
  package var nonZero: LSN? { rawValue == 0 ? nil : self }

  /// The position `bytes` further on; the largest position where that would overflow.
  package func advanced(by bytes: UInt64) -> LSN {
    let (sum, overflow) = rawValue.addingReportingOverflow(bytes)
    return LSN(overflow ? .max : sum)
  }

  /// Bytes from `earlier` to here; 0 if `earlier` is not earlier.
  package func bytes(since earlier: LSN) -> UInt64 {
    rawValue > earlier.rawValue ? rawValue - earlier.rawValue : 0
  }
}

extension LSN: Comparable {
  /// In the order of the stream; positions of two timelines beyond their switch point cannot be compared by it.
  @inlinable package static func < (a: LSN, b: LSN) -> Bool { a.rawValue < b.rawValue }
}

extension LSN: LosslessStringConvertible {
  /// PostgreSQL 19's form, which every version reads: upper-case hex, the low half padded to eight digits.
  @usableFromInline package var description: String {
    let low = String(UInt32(truncatingIfNeeded: rawValue), radix: 16, uppercase: true)
    return String(rawValue >> 32, radix: 16, uppercase: true) + "/" + String(repeating: "0", count: 8 - low.count) + low
  }

  /// Reads `hi/lo` in hex of either case, one to eight digits each, as `pg_lsn` input does.
  @usableFromInline package init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count == 2, let high = Self.half(parts[0]), let low = Self.half(parts[1]) else { return nil }
    self.init(UInt64(high) << 32 | UInt64(low))
  }

  private static func half(_ digits: some Collection<UInt8>) -> UInt32? {
    guard (1...8).contains(digits.count) else { return nil }
    var value: UInt32 = 0
    for byte in digits {
      guard let digit = byte.hexDigit else { return nil }
      value = value << 4 | UInt32(digit)
    }
    return value
  }
}

extension LSN {
  /// As a server of this major writes it in its own messages: `%X/%X` up to 18, `%X/%08X` from 19 on.
  package func written(by version: ServerVersion) -> String {
    guard version < .v19 else { return description }
    return String(rawValue >> 32, radix: 16, uppercase: true) + "/"
      + String(UInt32(truncatingIfNeeded: rawValue), radix: 16, uppercase: true)
  }
}
