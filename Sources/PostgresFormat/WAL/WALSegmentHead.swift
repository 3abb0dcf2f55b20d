package import ByteReading

/// What the first page of a WAL segment says about the segment (`XLogLongPageHeaderData`), without a look at its records.
package struct WALSegmentHead: Sendable, Hashable {
  /// The version that the page magic stands for.
  package var version: ServerVersion
  /// All of the page's header, its address and timeline included.
  package var header: PageHeader
  /// `xlp_sysid`: the same number as in the control file.
  package var systemIdentifier: UInt64
  /// Bytes.
  package var segmentSize: UInt32
  /// `xlp_xlog_blcksz`: bytes of a WAL page.
  package var blockSize: UInt32

  /// Throws where the page is not the first of a segment, or its sizes cannot be.
  package init(parsing bytes: RawSpan) throws(FormatError) {
    header = try PageHeader(bytes)
    guard let version = ServerVersion(pageMagic: header.magic) else {
      throw FormatError(.badMagic, at: 0, field: "xlp_magic", found: PageHeader.words(for: header.magic))
    }
    self.version = version
    // The four flags of 9.6 to 19.
    guard let long = header.long, header.flags & ~0x000F == 0 else {
      throw FormatError(
        .badValue, at: 2, field: "xlp_info", expected: "the flags of a segment's first page",
        found: "\(header.flags)")
    }
    (systemIdentifier, segmentSize, blockSize) = (long.systemIdentifier, long.segmentSize, long.blockSize)
    guard WALGeometry.isSegmentSize(Int(segmentSize)) else {
      throw FormatError(
        .badValue, at: 32, field: "xlp_seg_size", expected: "a power of two from 1 MiB to 1 GiB",
        found: String(segmentSize))
    }
    guard header.address.rawValue % UInt64(segmentSize) == 0 else {
      throw FormatError(
        .badValue, at: 8, field: "xlp_pageaddr", expected: "a multiple of \(segmentSize)",
        found: header.address.description)
    }
  }

  /// The name that a segment with this content has. A file with another name is an old segment kept for reuse.
  package var segmentName: SegmentName {
    let size = Int(segmentSize)
    return SegmentName(
      timeline: header.timeline, number: SegmentNumber(containing: header.address, size: size), size: size)
  }
}
