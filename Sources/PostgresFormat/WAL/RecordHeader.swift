/// The fixed header of a WAL record (`XLogRecord`): 24 bytes, the same in every version from 9.5 on.
///
/// Follows src/include/access/xlogrecord.h.
@usableFromInline
package struct RecordHeader: Sendable, Hashable, BitwiseCopyable {
  /// `SizeOfXLogRecord`.
  @inlinable package static var size: Int { 24 }

  /// `xl_tot_len`: bytes of the record, this header included, final padding excluded.
  @usableFromInline package var totalLength: UInt32
  /// `xl_xid`: 0 where no transaction wrote it.
  @usableFromInline package var xid: TransactionID
  /// `xl_prev`: where the record before this one begins.
  @usableFromInline package var previous: LSN
  /// `xl_info`: the high four bits are the resource manager's, the low ones the WAL machinery's.
  @usableFromInline package var info: UInt8
  /// `xl_rmid`.
  @usableFromInline package var resourceManager: UInt8
  /// `xl_crc`.
  @usableFromInline package var checksum: UInt32

  /// Reads the header at `offset`.
  ///
  /// - Precondition: the 24 bytes exist. The walker has checked it for the whole page.
  @inlinable
  @inline(__always)
  init(unchecked bytes: RawSpan, at offset: Int) {
    // SAFETY: the caller has checked that offset + 24 bytes are there; every bit pattern is a valid integer.
    unsafe totalLength = UInt32(
      littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self))
    unsafe xid = TransactionID(
      UInt32(littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset &+ 4, as: UInt32.self)))
    unsafe previous = LSN(
      UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset &+ 8, as: UInt64.self)))
    unsafe info = bytes.unsafeLoad(fromUncheckedByteOffset: offset &+ 16, as: UInt8.self)
    unsafe resourceManager = bytes.unsafeLoad(fromUncheckedByteOffset: offset &+ 17, as: UInt8.self)
    unsafe checksum = UInt32(
      littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset &+ 20, as: UInt32.self))
  }

  /// `XLOG_SWITCH`: the rest of the segment is not WAL.
  @inlinable var isSwitch: Bool { resourceManager == 0 && info & 0xF0 == 0x40 }
  /// `XLOG_OVERWRITE_CONTRECORD`: says which record was abandoned.
  @inlinable package var isOverwriteContinuation: Bool { resourceManager == 0 && info & 0xF0 == 0xD0 }

  /// What is wrong with the header of the record at `position`, in the server's order; nil where nothing is.
  ///
  /// `previous` is where the record before it began, nil where that is not known. Follows `ValidXLogRecordHeader`.
  func objection(at position: LSN, previous wanted: LSN?, geometry: WALGeometry) -> WALStop? {
    if isSound(at: position, previous: wanted, geometry: geometry) { return nil }
    return describeObjection(at: position, previous: wanted, geometry: geometry)
  }

  /// Whether nothing is wrong with it: the same as no objection, without making the words for one.
  @inlinable
  @inline(__always)
  func isSound(at position: LSN, previous wanted: LSN?, geometry: WALGeometry) -> Bool {
    let knownManager = resourceManager <= 21 || (resourceManager >= 128 && geometry.hasCustomResourceManagers)
    let linked = wanted.map { previous == $0 } ?? (previous < position)
    return totalLength >= UInt32(Self.size) && knownManager && linked
  }

  @usableFromInline
  func describeObjection(at position: LSN, previous wanted: LSN?, geometry: WALGeometry) -> WALStop {
    if totalLength == 0 { return WALStop(.zeroLength, at: position) }
    if totalLength < UInt32(Self.size) {
      return WALStop(.badRecordLength, at: position, expected: "at least \(Self.size)", found: "\(totalLength)")
    }
    if !(resourceManager <= 21 || (resourceManager >= 128 && geometry.hasCustomResourceManagers)) {
      return WALStop(.badResourceManager, at: position, found: "\(resourceManager)")
    }
    return WALStop(
      .badPrevLink, at: position, expected: wanted.map { "\($0)" } ?? "before \(position)", found: "\(previous)")
  }
}
