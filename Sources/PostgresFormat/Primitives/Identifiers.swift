/// A timeline of the write-ahead log (`TimeLineID`): 1 for a new cluster, one more at each promotion.
@usableFromInline
package struct TimelineID: RawRepresentable, Hashable, Comparable, Sendable, BitwiseCopyable {
  /// The number: from 1; 0 in fields where no timeline is set.
  @usableFromInline package var rawValue: UInt32
  /// Any number is accepted, 0 included.
  @inlinable package init(rawValue: UInt32) { self.rawValue = rawValue }
  /// Any number is accepted, 0 included.
  @inlinable package init(_ rawValue: UInt32) { self.rawValue = rawValue }
  /// In the order of the numbers, which is that of creation: a child's number is higher than its parent's.
  @inlinable package static func < (a: TimelineID, b: TimelineID) -> Bool { a.rawValue < b.rawValue }
  /// Eight upper-case hex digits, as in file names.
  package var hex: String { UInt32Hex.padded(rawValue) }
}

extension TimelineID: CustomStringConvertible {
  /// Decimal, as in history files and in the output of pg_controldata.
  @usableFromInline package var description: String { String(rawValue) }
}

/// A transaction number of 32 bits (`TransactionId`): 0 none, 1 bootstrap, 2 frozen, normal ones from 3, in circular
/// order. Follows src/include/access/transam.h.
@usableFromInline
package struct TransactionID: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
  /// The 32 bits as stored.
  @usableFromInline package var rawValue: UInt32
  /// Any number is accepted, the special ones included.
  @inlinable package init(rawValue: UInt32) { self.rawValue = rawValue }
  /// Any number is accepted, the special ones included.
  @inlinable package init(_ rawValue: UInt32) { self.rawValue = rawValue }

  /// `InvalidTransactionId`: 0.
  @inlinable package static var none: TransactionID { TransactionID(0) }
  /// `TransactionIdIsValid`: any number but 0.
  package var isValid: Bool { rawValue != 0 }
  /// `TransactionIdIsNormal`: from `FirstNormalTransactionId`, 3; neither bootstrap nor frozen.
  package var isNormal: Bool { rawValue >= 3 }
  /// Itself, or nil where it is 0.
  package var nonZero: TransactionID? { rawValue == 0 ? nil : self }

  /// The number that is given out after this one (`TransactionIdAdvance`).
  package var next: TransactionID { TransactionID(rawValue == .max ? 3 : Swift.max(3, rawValue &+ 1)) }

  /// `TransactionIdPrecedes`: circular order of normal xids; the special ones precede all normal ones.
  package func precedes(_ other: TransactionID) -> Bool {
    guard isNormal, other.isNormal else { return rawValue < other.rawValue }
    return Int32(bitPattern: rawValue &- other.rawValue) < 0
  }
}

extension TransactionID: CustomStringConvertible {
  /// Decimal and unsigned, as the server prints an xid.
  @usableFromInline package var description: String { String(rawValue) }
}

/// A transaction number with its epoch in the high half (`FullTransactionId`, 12 and later; earlier versions store
/// epoch and xid side by side).
package struct FullTransactionID: RawRepresentable, Hashable, Comparable, Sendable {
  /// The epoch in the high 32 bits, the xid in the low ones.
  package var rawValue: UInt64
  /// Any number is accepted.
  package init(rawValue: UInt64) { self.rawValue = rawValue }
  /// `FullTransactionIdFromEpochAndXid`.
  package init(epoch: UInt32, xid: UInt32) { rawValue = UInt64(epoch) << 32 | UInt64(xid) }
  /// How often the 32-bit counter has wrapped around (`EpochFromFullTransactionId`).
  package var epoch: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 32) }
  /// The 32 bits that rows and WAL records carry (`XidFromFullTransactionId`).
  package var xid: TransactionID { TransactionID(UInt32(truncatingIfNeeded: rawValue)) }
  /// `FullTransactionIdPrecedes`: linear, as 64 bits do not wrap around.
  package static func < (a: FullTransactionID, b: FullTransactionID) -> Bool { a.rawValue < b.rawValue }
}

extension FullTransactionID: CustomStringConvertible {
  /// `epoch:xid`, as pg_controldata prints it.
  package var description: String { "\(epoch):\(xid)" }
}

/// An object identifier (`Oid`). 0 means none.
package struct OID: RawRepresentable, Hashable, Comparable, Sendable {
  /// The 32 bits as stored.
  package var rawValue: UInt32
  /// Any number is accepted, 0 included.
  package init(rawValue: UInt32) { self.rawValue = rawValue }
  /// Any number is accepted, 0 included.
  package init(_ rawValue: UInt32) { self.rawValue = rawValue }
  /// `InvalidOid`: 0.
  package static let none = OID(0)
  /// `OidIsValid`: any number but 0.
  package var isValid: Bool { rawValue != 0 }
  /// In the order of the numbers; the counter wraps around, so it is not that of creation.
  package static func < (a: OID, b: OID) -> Bool { a.rawValue < b.rawValue }
}

extension OID: CustomStringConvertible {
  /// Decimal and unsigned, as the server prints an oid.
  package var description: String { String(rawValue) }
}
