internal import ByteReading
internal import Evidence
internal import PostgresFormat

/// Looks up how transactions ended in the files of `pg_xact` (`pg_clog`), a page at a time as they are asked for.
struct CommitLogReader {
  /// Pages that are kept: 8 MiB, the ends of 32 million transactions.
  private static let cacheLimit = 1024

  private struct PageKey: Hashable {
    var segment: String
    var page: Int
  }

  private let directory: String
  private let storage: any ClusterStorage
  /// The folder's name in the data directory.
  private let folder: String
  private let oldestXID: TransactionID?
  private let outcomes: TransactionOutcomes
  private var pages: [PageKey: [UInt8]] = [:]
  private var missingSegments: Set<String> = []
  /// Segments that were asked for and are missing or cannot be read; each once.
  private(set) var problems: [Problem] = []

  /// `oldestXID` is the control file's: segments of older transactions have been removed. `outcomes` are those that the
  /// WAL tells, and go before the files.
  init(
    dataDirectory: String, in storage: any ClusterStorage, version: ServerVersion, oldestXID: TransactionID?,
    outcomes: TransactionOutcomes
  ) {
    self.storage = storage
    folder = version.commitLogDirectoryName
    directory = dataDirectory + "/" + folder
    (self.oldestXID, self.outcomes) = (oldestXID, outcomes)
  }

  /// nil where no file tells.
  mutating func status(of xid: TransactionID) -> TransactionStatus? {
    if let known = outcomes.status(of: xid) { return known }
    let position = CommitLogPosition(of: xid)
    guard let page = page(at: position) else {
      // Segments are removed when all their transactions are frozen or ended in rows that are gone.
      if let oldestXID, xid.precedes(oldestXID) { return .committed }
      return nil
    }
    // A page that the file does not have yet is one of zeros: nothing ended there before the last checkpoint.
    // SAFETY: the span borrows the array during the call only.
    return (unsafe try? position.status(in: page.span.bytes)) ?? .inProgress
  }

  /// nil where the segment's file is missing or cannot be read.
  private mutating func page(at position: CommitLogPosition) -> [UInt8]? {
    let key = PageKey(segment: position.segmentName, page: position.page)
    if let page = pages[key] { return page }
    if missingSegments.contains(key.segment) { return nil }
    do {
      let page = try storage.open(directory + "/" + key.segment)
        .read(at: key.page * CommitLogPosition.pageSize, count: CommitLogPosition.pageSize)
      if pages.count >= Self.cacheLimit { pages.removeAll(keepingCapacity: true) }
      pages[key] = page
      return page
    } catch {
      missingSegments.insert(key.segment)
      problems.append(Problem(error, subject: "commit_log", path: folder + "/" + key.segment))
      return nil
    }
  }
}
