package import ByteReading

/// A record's reference to one page of a relation (`XLogRecordBlockHeader` and what follows it).
///
/// Follows src/include/access/xlogrecord.h and src/backend/access/transam/xlogreader.c.
package struct BlockReference: Sendable, Hashable {
  /// 0…32, increasing within a record; what a number stands for is up to the record's type.
  package var id: UInt8
  /// Fork in the low four bits, then `BKPBLOCK_HAS_IMAGE`, `HAS_DATA`, `WILL_INIT`, `SAME_REL`.
  package var forkFlags: UInt8
  /// The relation (`rlocator`); under `SAME_REL` that of the reference before.
  package var locator: RelationLocator
  /// `blkno`: the page's number in its fork, from 0.
  package var block: UInt32
  /// Bytes of the full-page image in the record, compressed or not; 0 where there is none.
  package var imageLength: UInt16
  /// Whether replay restores the image; otherwise it only serves consistency checks (10 and later).
  package var imageApplies: Bool
  /// Bytes of data that belong to this page.
  package var dataLength: UInt16

  /// `BKPBLOCK_FORK_MASK`: 0 main, 1 free space map, 2 visibility map, 3 init.
  package var forkNumber: UInt8 { forkFlags & 0x0F }
  /// nil for a number that no version uses.
  package var fork: Fork? { Fork(rawValue: forkNumber) }
  /// `BKPBLOCK_HAS_IMAGE`: the record carries a full-page image.
  package var hasImage: Bool { forkFlags & 0x10 != 0 }
  /// `BKPBLOCK_HAS_DATA`: the record carries data for this page.
  package var hasData: Bool { forkFlags & 0x20 != 0 }
  var isSameRelation: Bool { forkFlags & 0x80 != 0 }

  /// `XLR_MAX_BLOCK_ID`.
  static let maximumID: UInt8 = 32

  /// Reads the reference whose id byte is at `offset`, which moves after it.
  ///
  /// `previous` is the locator that `SAME_REL` repeats, nil at the first reference of a record.
  init(
    in record: RawSpan, at offset: inout Int, layout: RecordLayout, previous: RelationLocator?
  ) throws(FormatError) {
    let start = offset
    if let plain = Self(plain: record, at: start) {
      self = plain
      offset = start + Self.plainSize
      return
    }
    try record.require(4, at: start, field: "block reference")
    id = try record.u8(at: start, field: "block_id")
    forkFlags = try record.u8(at: start + 1, field: "fork_flags")
    dataLength = try record.u16(at: start + 2, field: "data_length")
    offset = start + 4
    (imageLength, imageApplies) = (0, false)
    locator = previous ?? RelationLocator(tablespace: OID(0), database: OID(0), number: 0)
    block = 0
    guard hasData == (dataLength != 0) else {
      throw FormatError(.badLength, at: start + 2, field: "data_length", found: "\(dataLength)")
    }
    if hasImage { try readImageHeader(in: record, at: &offset, layout: layout) }
    if isSameRelation {
      guard previous != nil else {
        throw FormatError(.badValue, at: start + 1, field: "fork_flags", expected: "a relation", found: "SAME_REL")
      }
    } else {
      locator = try RelationLocator(in: record, at: offset)
      offset += RelationLocator.byteCount
    }
    block = try record.u32(at: offset, field: "block number")
    offset += 4
  }

  /// Bytes of a reference without an image, with a relation of its own.
  private static var plainSize: Int { 20 }

  /// Most references: such a one that is all there. nil for anything else.
  @inline(__always)
  private init?(plain record: RawSpan, at start: Int) {
    guard start >= 0, start <= record.byteCount, record.byteCount - start >= Self.plainSize else { return nil }
    // SAFETY: the 20 bytes were just checked; every bit pattern is a valid integer.
    func word(_ offset: Int) -> UInt32 {
      unsafe UInt32(littleEndian: record.unsafeLoadUnaligned(fromUncheckedByteOffset: start &+ offset, as: UInt32.self))
    }
    let head = word(0)
    (id, forkFlags) = (UInt8(truncatingIfNeeded: head), UInt8(truncatingIfNeeded: head >> 8))
    dataLength = UInt16(truncatingIfNeeded: head >> 16)
    guard forkFlags & 0x90 == 0, (forkFlags & 0x20 != 0) == (dataLength != 0) else { return nil }
    (imageLength, imageApplies) = (0, false)
    locator = RelationLocator(tablespace: OID(word(4)), database: OID(word(8)), number: word(12))
    block = word(16)
  }

  mutating func readImageHeader(
    in record: RawSpan, at offset: inout Int, layout: RecordLayout
  ) throws(FormatError) {
    let length = try record.u16(at: offset, field: "bimg_len")
    let holeOffset = try record.u16(at: offset + 2, field: "hole_offset")
    let info = try record.u8(at: offset + 4, field: "bimg_info")
    let hasHole = info & RecordLayout.imageHasHole != 0
    let isCompressed = info & layout.imageIsCompressed != 0
    var holeLength = 0
    let size = RecordLayout.pageSize
    if isCompressed && hasHole {
      holeLength = Int(try record.u16(at: offset + 5, field: "hole_length"))
    } else if hasHole {
      holeLength = size - Int(length)
    }
    // An image is shorter than a page exactly where something was left out of it.
    let isWhole = !hasHole && !isCompressed
    guard isWhole ? Int(length) == size : Int(length) < size,
      hasHole ? (holeOffset != 0 && holeLength > 0 && Int(holeOffset) + holeLength <= size) : holeOffset == 0
    else {
      throw FormatError(
        .badLength, at: offset, field: "bimg_len", expected: isWhole ? "\(size)" : "less than \(size)",
        found: "\(length) bytes, hole at \(holeOffset) of \(holeLength)")
    }
    imageLength = length
    imageApplies = layout.imageApplies == 0 || info & layout.imageApplies != 0
    offset += isCompressed && hasHole ? 7 : 5
  }
}

extension RelationLocator {
  /// Reads the 12 bytes at `offset`.
  package init(in bytes: RawSpan, at offset: Int) throws(FormatError) {
    tablespace = OID(try bytes.u32(at: offset, field: "spcOid"))
    database = OID(try bytes.u32(at: offset + 4, field: "dbOid"))
    number = try bytes.u32(at: offset + 8, field: "relNumber")
  }
}
