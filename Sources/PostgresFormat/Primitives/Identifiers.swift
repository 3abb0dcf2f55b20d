/// A timeline of the write-ahead log (`TimeLineID`): 1 for a new cluster, one more at each promotion.
@usableFromInline
package struct TimelineID: RawRepresentable, Hashable, Comparable, Sendable, Codable, BitwiseCopyable {
  @usableFromInline package var rawValue: UInt32
  @inlinable package init(rawValue: UInt32) { self.rawValue = rawValue }
  @inlinable package init(_ rawValue: UInt32) { self.rawValue = rawValue }
  @inlinable package static func < (a: TimelineID, b: TimelineID) -> Bool { a.rawValue < b.rawValue }
  /// Eight upper-case hex digits, as in file names.
  package var hex: String { UInt32Hex.padded(rawValue) }
}

extension TimelineID: CustomStringConvertible {
  @usableFromInline package var description: String { String(rawValue) }
}

/// A transaction number of 32 bits (`TransactionId`): 0 none, 1 bootstrap, 2 frozen, normal ones from 3, in circular
/// order. Follows src/include/access/transam.h.
@usableFromInline
package struct TransactionID: RawRepresentable, Hashable, Sendable, Codable, BitwiseCopyable {
  @usableFromInline package var rawValue: UInt32
  @inlinable package init(rawValue: UInt32) { self.rawValue = rawValue }
  @inlinable package init(_ rawValue: UInt32) { self.rawValue = rawValue }

  @inlinable package static var none: TransactionID { TransactionID(0) }
  package var isValid: Bool { rawValue != 0 }
  package var isNormal: Bool { rawValue >= 3 }
  /// Itself, or nil where it is 0.
  package var nonZero: TransactionID? { rawValue == 0 ? nil : self }

  /// `TransactionIdPrecedes`: circular order of normal xids; the special ones precede all normal ones.
  package func precedes(_ other: TransactionID) -> Bool {
    guard isNormal, other.isNormal else { return rawValue < other.rawValue }
    return Int32(bitPattern: rawValue &- other.rawValue) < 0
  }
}

extension TransactionID: CustomStringConvertible {
  @usableFromInline package var description: String { String(rawValue) }
}

/// A transaction number with its epoch in the high half (`FullTransactionId`, 12 and later; earlier versions store
/// epoch and xid side by side).
package struct FullTransactionID: RawRepresentable, Hashable, Comparable, Sendable, Codable {
  package var rawValue: UInt64
  package init(rawValue: UInt64) { self.rawValue = rawValue }
  package init(epoch: UInt32, xid: UInt32) { rawValue = UInt64(epoch) << 32 | UInt64(xid) }
  package var epoch: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 32) }
  package var xid: TransactionID { TransactionID(UInt32(truncatingIfNeeded: rawValue)) }
  package static func < (a: FullTransactionID, b: FullTransactionID) -> Bool { a.rawValue < b.rawValue }
}

extension FullTransactionID: CustomStringConvertible {
  /// `epoch:xid`, as pg_controldata prints it.
  package var description: String { "\(epoch):\(xid)" }
}

/// An object identifier (`Oid`). 0 means none.
package struct OID: RawRepresentable, Hashable, Comparable, Sendable, Codable {
  package var rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }
  package init(_ rawValue: UInt32) { self.rawValue = rawValue }
  package static let none = OID(0)
  package var isValid: Bool { rawValue != 0 }
  package static func < (a: OID, b: OID) -> Bool { a.rawValue < b.rawValue }
}

extension OID: CustomStringConvertible {
  package var description: String { String(rawValue) }
}

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
