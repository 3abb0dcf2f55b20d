package import ByteReading

/// The header of a WAL page (`XLogPageHeaderData`), and on the first page of a segment its continuation
/// (`XLogLongPageHeaderData`). The same bytes in every version but for the meaning of two flags.
///
/// Follows src/include/access/xlog_internal.h.
package struct PageHeader: Sendable, Hashable {
  /// Bytes of the short header, four of padding included.
  package static let shortSize = 24
  /// Bytes of the long header (`SizeOfXLogLongPHD`), on the first page of every segment.
  package static let longSize = 40

  /// `xlp_magic`: stands for the major version.
  package var magic: UInt16
  /// `xlp_info`.
  package var flags: UInt16
  /// `xlp_tli`: the timeline when the page was initialized. Pages copied from the parent timeline keep the parent's.
  package var timeline: TimelineID
  /// `xlp_pageaddr`: the position of the page's first byte. That of an older page tells a recycled segment.
  package var address: LSN
  /// `xlp_rem_len`: bytes of a record begun earlier, counted from this page; 0 where none is.
  package var remainingLength: UInt32
  /// Present on the first page of a segment.
  package var long: Long?

  /// What only the first page of a segment has, to tell whose WAL it is.
  package struct Long: Sendable, Hashable {
    /// `xlp_sysid`: the same number as in the control file.
    package var systemIdentifier: UInt64
    /// Bytes.
    package var segmentSize: UInt32
    /// `XLOG_BLCKSZ`.
    package var blockSize: UInt32
  }

  /// The first record's beginning is on an earlier page.
  package static let continuationFlag: UInt16 = 0x0001
  /// `XLP_LONG_HEADER`: ``Long`` follows.
  package static let longHeaderFlag: UInt16 = 0x0002

  /// `XLP_FIRST_IS_CONTRECORD`: the page begins with the rest of a record.
  package var isContinuation: Bool { flags & Self.continuationFlag != 0 }
  /// Bytes of this header.
  package var size: Int { flags & Self.longHeaderFlag != 0 ? Self.longSize : Self.shortSize }

  /// Reads the header; nothing is judged. Throws where `offset` leaves too few bytes.
  package init(_ bytes: RawSpan, at offset: Int = 0) throws(FormatError) {
    magic = try bytes.u16(at: offset, field: "xlp_magic")
    flags = try bytes.u16(at: offset + 2, field: "xlp_info")
    timeline = TimelineID(try bytes.u32(at: offset + 4, field: "xlp_tli"))
    address = LSN(try bytes.u64(at: offset + 8, field: "xlp_pageaddr"))
    remainingLength = try bytes.u32(at: offset + 16, field: "xlp_rem_len")
    long = nil
    guard flags & Self.longHeaderFlag != 0 else { return }
    long = Long(
      systemIdentifier: try bytes.u64(at: offset + 24, field: "xlp_sysid"),
      segmentSize: try bytes.u32(at: offset + 32, field: "xlp_seg_size"),
      blockSize: try bytes.u32(at: offset + 36, field: "xlp_xlog_blcksz"))
  }

  private var isZero: Bool {
    magic == 0 && flags == 0 && timeline.rawValue == 0 && address.rawValue == 0 && remainingLength == 0
  }

  /// What is wrong with this header as that of the page at `position`, checked in the server's order; nil where nothing
  /// is. Timelines are for the caller, who knows what came before. Follows `XLogReaderValidatePageHeader`.
  @inline(__always)
  package func objection(at position: LSN, geometry: WALGeometry) -> WALStop? {
    if magic == geometry.pageMagic, flags & ~geometry.knownPageFlags == 0, address == position, long == nil,
      geometry.segmentStart(of: position) != position
    {
      return nil
    }
    return describeObjection(at: position, geometry: geometry)
  }

  private func describeObjection(at position: LSN, geometry: WALGeometry) -> WALStop? {
    if magic != geometry.pageMagic {
      if isZero { return WALStop(.zeroPage, at: position) }
      return WALStop(
        .foreignMagic, at: position, expected: Self.words(for: geometry.pageMagic), found: Self.words(for: magic))
    }
    if flags & ~geometry.knownPageFlags != 0 {
      return WALStop(.badPageFlags, at: position, found: hex16(flags))
    }
    if let long {
      if let wanted = geometry.systemIdentifier, long.systemIdentifier != wanted {
        return WALStop(
          .foreignSegment, at: position, expected: "system identifier \(wanted)", found: "\(long.systemIdentifier)")
      }
      if Int(long.segmentSize) != geometry.segmentSize {
        return WALStop(
          .foreignSegment, at: position, expected: "segment size \(geometry.segmentSize)", found: "\(long.segmentSize)")
      }
      if Int(long.blockSize) != WALGeometry.pageSize {
        return WALStop(
          .foreignSegment, at: position, expected: "WAL block size \(WALGeometry.pageSize)", found: "\(long.blockSize)")
      }
    } else if geometry.segmentStart(of: position) == position {
      return WALStop(
        .badPageFlags, at: position, expected: "a long header", found: hex16(flags))
    }
    if address != position {
      let isOlder = address < position && address.rawValue % UInt64(WALGeometry.pageSize) == 0
      return WALStop(
        isOlder ? .recycledPage : .badPageAddress, at: position, expected: "\(position)", found: "\(address)")
    }
    return nil
  }

  /// A page magic with the version that it stands for.
  package static func words(for magic: UInt16) -> String {
    let number = hex16(magic)
    return ServerVersion(pageMagic: magic).map { "\(number) (PostgreSQL \($0))" } ?? number
  }
}
