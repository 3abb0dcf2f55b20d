import CChecksum

/// A record that crosses pages, put together piece by piece.
@usableFromInline
struct RecordAssembly: ~Copyable {
  /// Where the record begins.
  @usableFromInline var start = LSN.none
  /// The length that its header claims. Believed only as far as pages confirm it.
  @usableFromInline var total = 0
  /// Bytes so far.
  var received = 0
  /// The first ``RecordWalker/keptLength`` of them.
  @usableFromInline var kept: [UInt8] = []
  /// nil until all of its 24 bytes have come and were checked.
  @usableFromInline var header: RecordHeader?
  /// Of the bytes after the header.
  private var checksum: UInt32 = 0

  @usableFromInline init() {}

  /// The bytes that are kept.
  @usableFromInline var bytes: RawSpan {
    @_lifetime(borrow self)
    // SAFETY: every bit pattern of the elements is initialised; they are plain bytes.
    get { unsafe kept.span.bytes }
  }
  @usableFromInline var isComplete: Bool { received == total }
  var missing: Int { total - received }

  /// Begins with the part that is on the record's first page, at least eight bytes of it.
  mutating func begin(at position: LSN, total: Int, first: RawSpan, previous: LSN?, geometry: WALGeometry) -> WALStop? {
    (start, self.total, received, header, checksum) = (position, total, 0, nil, 0)
    kept.removeAll(keepingCapacity: true)
    return append(first, previous: previous, geometry: geometry)
  }

  /// Adds a piece, and checks the header as soon as it is whole. Returns what is wrong with it.
  @usableFromInline
  mutating func append(_ piece: RawSpan, previous: LSN?, geometry: WALGeometry) -> WALStop? {
    let headerBytes = max(0, min(RecordHeader.size - received, piece.byteCount))
    let room = RecordWalker.keptLength - kept.count
    // SAFETY: both buffers are only used within the closure, and within the bounds of the piece.
    unsafe piece.withUnsafeBytes { bytes in
      if room > 0 { unsafe kept.append(contentsOf: bytes.prefix(room)) }
      if bytes.count > headerBytes {
        unsafe checksum = crc32c_extend(
          checksum, bytes.baseAddress.map { unsafe $0 + headerBytes }, bytes.count - headerBytes)
      }
    }
    received += piece.byteCount
    guard header == nil, received >= RecordHeader.size else { return nil }
    let whole = RecordHeader(unchecked: bytes, at: 0)
    header = whole
    return whole.objection(at: start, previous: previous, geometry: geometry)
  }

  /// The checksum as `xl_crc` has it: the body's, continued by the first 20 bytes of the header.
  @usableFromInline
  func finalChecksum() -> UInt32 {
    // SAFETY: a complete record has at least the 24 bytes of its header.
    unsafe kept.withUnsafeBytes { unsafe crc32c_extend(checksum, $0.baseAddress, min($0.count, 20)) }
  }
}
