import CChecksum

/// A record that crosses pages, put together piece by piece.
@safe
@usableFromInline
package struct RecordAssembly: ~Copyable {
  /// Bytes of a record that are kept at most; of the rest only the checksum is computed.
  @inlinable package static var keptLength: Int { 16 << 20 }
  /// All fragment headers that a record can have: its own header, 33 block references of 27 bytes with everything that one
  /// can carry, origin, top-level transaction and the length of the main data.
  @inlinable package static var headersLength: Int { 1024 }

  /// Where the record begins.
  @usableFromInline var start = LSN.none
  /// The length that its header claims. Believed only as far as pages confirm it.
  @usableFromInline var total = 0
  /// Bytes so far.
  @usableFromInline var received = 0
  /// Keeps so many of them.
  @usableFromInline var limit = Self.keptLength
  /// nil until all of its 24 bytes have come and were checked.
  @usableFromInline var header: RecordHeader?
  /// Of the bytes after the header.
  private var checksum: UInt32 = 0
  private var kept = 0
  // SAFETY: allocated in `grow`; spans of it live no longer than a borrow of `self`.
  private var storage = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)

  @usableFromInline init() {}
  deinit { unsafe storage.deallocate() }

  /// The bytes that are kept.
  @usableFromInline var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      // SAFETY: the first `kept` bytes were written and stay as they are while `self` is borrowed.
      unsafe _overrideLifetime(
        RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: storage.prefix(kept))), borrowing: self)
    }
  }
  @usableFromInline var isComplete: Bool { received == total }
  var missing: Int { total - received }

  /// Begins with the part that is on the record's first page, at least eight bytes of it.
  mutating func begin(at position: LSN, total: Int, first: RawSpan, previous: LSN?, geometry: WALGeometry) -> WALStop? {
    (start, self.total, received, header, checksum, kept) = (position, total, 0, nil, 0, 0)
    return append(first, previous: previous, geometry: geometry)
  }

  /// Adds a piece, and checks the header as soon as it is whole. Returns what is wrong with it.
  mutating func append(_ piece: RawSpan, previous: LSN?, geometry: WALGeometry) -> WALStop? {
    let headerBytes = max(0, min(RecordHeader.size - received, piece.byteCount))
    let count = max(0, min(piece.byteCount, limit - kept))
    if unsafe storage.count - kept < count { grow(toHold: kept + count) }
    // SAFETY: both buffers are only used within the closure; `count` bytes are in the piece and fit after those kept.
    unsafe piece.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      if let target = unsafe storage.baseAddress { unsafe (target + kept).copyMemory(from: base, byteCount: count) }
      checksum = unsafe crc32c_extend(checksum, base + headerBytes, bytes.count - headerBytes)
    }
    kept += count
    received += piece.byteCount
    guard header == nil, received >= RecordHeader.size else { return nil }
    let whole = RecordHeader(unchecked: bytes, at: 0)
    header = whole
    return whole.objection(at: start, previous: previous, geometry: geometry)
  }

  /// Never more than twice what pages have brought so far, whatever the record claims.
  private mutating func grow(toHold count: Int) {
    // SAFETY: the new buffer is at least as large as what was kept in the old one.
    let size = max(count, min(max(2 * count, 16 << 10), limit))
    let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
    unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage.prefix(kept)))
    unsafe storage.deallocate()
    unsafe storage = larger
  }

  /// The checksum as `xl_crc` has it: the body's, continued by the first 20 bytes of the header.
  @usableFromInline
  func finalChecksum() -> UInt32 {
    // SAFETY: a complete record has at least the 24 bytes of its header.
    unsafe crc32c_extend(checksum, storage.baseAddress, min(kept, 20))
  }
}
