/// What the fragment headers of a record add up to: how much of it are page images, and how much main data.
///
/// The check that every reader of WAL needs, as quick as it can be made; nothing is kept of the single fragments.
/// Follows `DecodeXLogRecord` in src/backend/access/transam/xlogreader.c.
@usableFromInline
package struct FragmentTotals: Sendable, Hashable, BitwiseCopyable {
  /// References to pages: at most 33 (`XLR_MAX_BLOCK_ID` and 0).
  @usableFromInline package var blockCount: Int
  /// Bytes of all full-page images.
  @usableFromInline package var imageLength: Int
  /// Bytes of main data, which always ends the record.
  @usableFromInline package var mainDataLength: Int
  /// Where the fragment headers end and the data begin, from the start of the record.
  @usableFromInline package var headersEnd: Int

  @inlinable
  @inline(__always)
  init() { (blockCount, imageLength, mainDataLength, headersEnd) = (0, 0, 0, RecordHeader.size) }

  /// Adds up the headers of a record of `total` bytes, whose beginning (all of it, but for giant records) is `record`.
  ///
  /// A value of four words, so that it comes back in registers: where the parts do not make up the record exactly,
  /// ``firstMisfit`` says so.
  @inlinable
  @inline(__always)
  static func sum(_ record: RawSpan, total: Int, layout: RecordLayout) -> FragmentTotals {
    var totals = FragmentTotals()
    return totals.isSingleBlock(record, total: total) ? totals : Self.sumAny(record, total: total, layout: layout)
  }

  /// The same for any shape; apart, so that the loop over the usual one stays small.
  @usableFromInline
  @inline(never)
  static func sumAny(_ record: RawSpan, total: Int, layout: RecordLayout) -> FragmentTotals {
    var totals = FragmentTotals()
    if let offset = totals.add(record, total: total, layout: layout) { totals.headersEnd = ~offset }
    return totals
  }

  /// The shape of most records, seen at one glance: one reference without an image, and up to 255 bytes of main data.
  @inlinable
  @inline(__always)
  mutating func isSingleBlock(_ record: RawSpan, total: Int) -> Bool {
    let end = RecordHeader.size &+ 22
    guard record.byteCount >= end else { return false }
    // SAFETY: all of it lies before `end`, and so within the span.
    let (reference, main) = unsafe (
      UInt32(littleEndian: record.unsafeLoadUnaligned(fromUncheckedByteOffset: RecordHeader.size, as: UInt32.self)),
      UInt16(littleEndian: record.unsafeLoadUnaligned(fromUncheckedByteOffset: end &- 2, as: UInt16.self))
    )
    // Id 0, no image, a relation of its own; the flag for data says whether there are any; then the id of short main data.
    let (dataLength, hasData) = (reference >> 16, reference & 0x2000 != 0)
    let mainLength = Int(main >> 8)
    guard reference & 0x90FF == 0, hasData == (dataLength != 0), main & 0xFF == 255,
      end &+ Int(dataLength) &+ mainLength == total
    else { return false }
    (blockCount, mainDataLength, headersEnd) = (1, mainLength, end)
    return true
  }

  /// The offset of the first byte that does not fit; nil where all parts make up the record exactly.
  @inlinable var firstMisfit: Int? { headersEnd < 0 ? ~headersEnd : nil }

  @inline(__always)
  private mutating func add(_ record: RawSpan, total: Int, layout: RecordLayout) -> Int? {
    let available = min(record.byteCount, total)
    var offset = RecordHeader.size
    /// Bytes that the headers so far say will follow them.
    var promised = 0
    var hasRelation = false
    var nextID: UInt8 = 0
    // SAFETY: in all loads below, `offset + n <= available` was checked since `offset` last changed, and `available` is
    // not more than the bytes of the span; every bit pattern is a valid integer. Sums cannot overflow: there are at most 33
    // references, each promising less than 2^17 bytes, and one length of main data below 2^32.
    while total &- offset > promised {
      guard available &- offset >= 2 else { return offset }
      let id = unsafe record.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
      if id == 255 {
        mainDataLength = Int(unsafe record.unsafeLoad(fromUncheckedByteOffset: offset &+ 1, as: UInt8.self))
        promised &+= mainDataLength
        offset &+= 2
        break
      }
      if id <= 32 {
        guard id >= nextID, available &- offset >= 8 else { return offset }
        let word = unsafe UInt32(
          littleEndian: record.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self))
        let flags = UInt8(truncatingIfNeeded: word >> 8)
        let dataLength = Int(word >> 16)
        guard (flags & 0x20 != 0) == (dataLength != 0) else { return offset + 2 }
        promised &+= dataLength
        offset &+= 4
        if flags & 0x10 != 0 {
          guard let image = Self.imageLength(record, &offset, available: available, layout) else { return offset }
          imageLength &+= image
          promised &+= image
        }
        if flags & 0x80 == 0 { hasRelation = true } else if !hasRelation { return offset }
        offset &+= flags & 0x80 == 0 ? 16 : 4
        guard offset <= available else { return available }
        blockCount &+= 1
        nextID = id &+ 1
        continue
      }
      switch id {
      case 253:
        offset += 3
      case 252 where layout.hasTopLevelXID:
        offset += 5
      case 254:
        guard available - offset >= 5 else { return offset }
        mainDataLength = Int(
          unsafe UInt32(littleEndian: record.unsafeLoadUnaligned(fromUncheckedByteOffset: offset + 1, as: UInt32.self)))
        promised += mainDataLength
        offset += 5
      default:
        return offset
      }
      guard offset <= available else { return available }
      if id == 254 { break }
    }
    headersEnd = offset
    return total - offset == promised ? nil : offset
  }

  /// The length of the page image whose header is at `offset`, which moves after it; nil where it cannot be.
  @inline(__always)
  private static func imageLength(
    _ record: RawSpan, _ offset: inout Int, available: Int, _ layout: RecordLayout
  ) -> Int? {
    guard available - offset >= 7 else { return nil }
    // SAFETY: seven bytes were just checked, which is the longer form of this header.
    let length = Int(
      unsafe UInt16(littleEndian: record.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt16.self)))
    let holeOffset = unsafe UInt16(
      littleEndian: record.unsafeLoadUnaligned(fromUncheckedByteOffset: offset + 2, as: UInt16.self))
    let info = unsafe record.unsafeLoad(fromUncheckedByteOffset: offset + 4, as: UInt8.self)
    let hasHole = info & 0x01 != 0
    let isCompressed = info & layout.imageIsCompressed != 0
    if isCompressed && hasHole {
      let holeLength = unsafe UInt16(
        littleEndian: record.unsafeLoadUnaligned(fromUncheckedByteOffset: offset + 5, as: UInt16.self))
      guard holeLength != 0 else { return nil }
    }
    let isWhole = !hasHole && !isCompressed
    guard hasHole == (holeOffset != 0), isWhole ? length == relationPageSize : length < relationPageSize else {
      return nil
    }
    offset += isCompressed && hasHole ? 7 : 5
    return length
  }

  /// `BLCKSZ`.
  private static var relationPageSize: Int { 8192 }
}
