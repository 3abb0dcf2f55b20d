/// What must be known of a write-ahead log before a page of it can be read: version, segment size, and whose it is.
///
/// The version and the segment size stand in every long page header and in the control file. Follows
/// src/include/access/xlog_internal.h.
@usableFromInline
package struct WALGeometry: Sendable, Hashable {
  /// `XLOG_BLCKSZ`: bytes of a WAL page. Servers built with another size are refused.
  @inlinable package static var pageSize: Int { 8192 }
  /// `WalSegMinSize` and `WalSegMaxSize`.
  package static let segmentSizes = (1 << 20)...(1 << 30)
  /// Whether WAL can have segments of so many bytes (`IsValidWalSegSize`).
  package static func isSegmentSize(_ size: Int) -> Bool { segmentSizes.contains(size) && size.nonzeroBitCount == 1 }

  /// The version that the page magic stands for.
  package let version: ServerVersion
  /// Bytes: a power of two from 1 MiB to 1 GiB.
  package let segmentSize: Int
  /// nil where nobody has said whose WAL it should be.
  package let systemIdentifier: UInt64?

  @usableFromInline let pageMagic: UInt16
  /// Bits of `xlp_info` that this version knows.
  @usableFromInline let knownPageFlags: UInt16
  /// `XLP_FIRST_IS_OVERWRITE_CONTRECORD`. 19 moved it to the bit that earlier versions set on almost every page.
  @usableFromInline let overwriteFlag: UInt16
  /// 15 and later: resource managers of extensions, 128 to 255.
  @usableFromInline let hasCustomResourceManagers: Bool
  @usableFromInline let layout: RecordLayout

  /// nil for a segment size that no server has.
  package init?(version: ServerVersion, segmentSize: Int, systemIdentifier: UInt64? = nil) {
    guard Self.isSegmentSize(segmentSize) else { return nil }
    (self.version, self.segmentSize, self.systemIdentifier) = (version, segmentSize, systemIdentifier)
    pageMagic = version.pageMagic
    (knownPageFlags, overwriteFlag) = version >= .v19 ? (0x0007, 0x0004) : (0x000F, 0x0008)
    hasCustomResourceManagers = version >= .v15
    layout = RecordLayout(version)
  }

  /// From the long header at the start of a segment; nil where there is none of a version that is read.
  package init?(firstPage header: PageHeader, systemIdentifier: UInt64? = nil) {
    guard let version = ServerVersion(pageMagic: header.magic), let long = header.long,
      long.blockSize == UInt32(Self.pageSize)
    else { return nil }
    self.init(
      version: version, segmentSize: Int(long.segmentSize), systemIdentifier: systemIdentifier ?? long.systemIdentifier)
  }

  /// The first byte of the segment that `lsn` is in.
  package func segmentStart(of lsn: LSN) -> LSN { LSN(lsn.rawValue & ~UInt64(segmentSize - 1)) }
  /// The first byte of the page that `lsn` is in.
  package func pageStart(of lsn: LSN) -> LSN { LSN(lsn.rawValue & ~UInt64(Self.pageSize - 1)) }
}
