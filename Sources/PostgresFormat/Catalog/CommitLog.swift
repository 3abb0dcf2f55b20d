package import ByteReading

/// How a transaction ended, as the commit log tells it (`XidStatus`): two bits a transaction in `pg_xact` (`pg_clog` in 9.6).
/// Follows src/backend/access/transam/clog.c.
package enum TransactionStatus: UInt8, Sendable, Hashable {
  /// Also of one that a crash ended before its commit.
  case inProgress = 0
  case committed = 1
  case aborted = 2
  /// A subtransaction whose parent was about to commit; the parent decides.
  case subCommitted = 3
}

/// Where the commit log keeps a transaction's two bits.
package struct CommitLogPosition: Sendable, Hashable {
  /// Bytes of a page; a segment file has up to 32 of them.
  package static let pageSize = 8192
  private static let transactionsPerPage: UInt32 = 4 * 8192
  private static let pagesPerSegment: UInt32 = 32

  /// From 0 in the file, in pages.
  package var page: Int
  /// The file's name: four hex digits, more only beyond the range of 32-bit transactions.
  package var segmentName: String
  /// In the page.
  package var byteOffset: Int
  private var shift: UInt8

  /// The place of a transaction's bits: 32768 transactions a page, 32 pages a file (`TransactionIdToPage` and the
  /// like).
  package init(of xid: TransactionID) {
    let pageNumber = xid.rawValue / Self.transactionsPerPage
    segmentName = String(UInt32Hex.padded(pageNumber / Self.pagesPerSegment).suffix(4))
    page = Int(pageNumber % Self.pagesPerSegment)
    byteOffset = Int(xid.rawValue % Self.transactionsPerPage) / 4
    shift = UInt8(xid.rawValue % 4) * 2
  }

  /// The status in the page's bytes. Throws ``FormatError/Code/tooShort`` where they end before it.
  package func status(in page: RawSpan) throws(FormatError) -> TransactionStatus {
    let bits = try page.u8(at: byteOffset, field: "commit log") >> shift & 3
    return TransactionStatus(rawValue: bits) ?? .inProgress
  }
}

/// How transactions ended that the commit log's files do not show yet: found as commits and aborts in the WAL after the redo
/// position. The files are only as new as the last checkpoint.
package struct TransactionOutcomes: Sendable, Hashable {
  /// Transactions with a commit record, the subtransactions that it lists included.
  package var committed: Set<TransactionID>
  /// Transactions with an abort record, the subtransactions that it lists included.
  package var aborted: Set<TransactionID>

  /// Both sets may be empty: then the files alone decide.
  package init(committed: Set<TransactionID> = [], aborted: Set<TransactionID> = []) {
    (self.committed, self.aborted) = (committed, aborted)
  }

  /// The outcome that the WAL tells; nil for a transaction whose end is not in it.
  package func status(of xid: TransactionID) -> TransactionStatus? {
    if committed.contains(xid) { return .committed }
    return aborted.contains(xid) ? .aborted : nil
  }
}

/// A page that holds what becomes of transactions or multixacts, in a segment file of 32.
package struct StatusPage: Sendable, Hashable {
  /// In the data directory.
  package var folder: String
  /// With its folder.
  package var path: String
  /// Bytes of the file up to the page's end.
  package var end: Int64

  fileprivate init?(in folder: String, of next: UInt32, perPage: UInt32) {
    // One that begins there is made anew.
    guard next % perPage != 0 else { return nil }
    let page = next / perPage
    self.folder = folder
    path = folder + "/" + UInt32Hex.padded(page / 32).suffix(4)
    end = Int64(page % 32 + 1) * Int64(CommitLogPosition.pageSize)
  }
}

extension Checkpoint {
  /// The pages that are written to next, which a start reads: `TrimCLOG`, and to 18 `TrimMultiXact`. 10 and later.
  package func pagesWrittenNext(_ version: ServerVersion) -> [StatusPage] {
    guard version >= .v10 else { return [] }
    let offsets = version <= .v18 ? StatusPage(in: "pg_multixact/offsets", of: nextMulti, perPage: 2048) : nil
    return [StatusPage(in: "pg_xact", of: nextXID.xid.rawValue, perPage: 32768), offsets].compactMap { $0 }
  }
}
