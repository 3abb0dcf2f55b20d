import ByteReading
package import Evidence
package import PostgresFormat

/// Looks for the first record of each of some transactions: those that hold the WAL of slots.
package struct TransactionTraceSearch: Sendable {
  private let route: WALRoute
  /// Bytes of WAL that are read at most.
  package static let reach: UInt64 = 512 << 20
  /// Bytes after the last first record in which the first table is looked for.
  private static let tableReach: UInt64 = 16 << 20

  /// The WAL folder of a data directory. nil where nothing there is WAL of this cluster, or its history is not known.
  package init?(_ evidence: Evidence, directory: DataDirectory) {
    guard let route = WALRoute(evidence, directory: directory) else { return nil }
    self.route = route
  }

  /// The traces from a position on, one for each number that was asked for, by number.
  package func traces(of xids: [TransactionID], from start: LSN) -> [TransactionTrace] {
    var walker = RecordWalker(geometry: route.geometry, firstRecordFrom: start)
    walker.stopBefore = start.advanced(by: Self.reach)
    var reader = WALReader(route)
    var sink = Traces(xids, version: route.geometry.version)
    while reader.fill(for: &walker), walker.consume(reader.pages, sink: &sink) {}
    return sink.all
  }

  /// Where the commit records of some transactions end, from a position on; those that are not found are not among them.
  package func commits(of xids: [TransactionID], from start: LSN) -> [TransactionID: LSN] {
    var walker = RecordWalker(geometry: route.geometry, firstRecordFrom: start)
    walker.stopBefore = start.advanced(by: Self.reach)
    var reader = WALReader(route)
    var sink = Commits(open: Set(xids))
    while reader.fill(for: &walker), walker.consume(reader.pages, sink: &sink) {}
    return sink.found
  }

  private struct Commits: RecordSink {
    var open: Set<TransactionID>
    var found: [TransactionID: LSN] = [:]

    mutating func accept(_ record: WALRecord) -> Bool {
      guard RecordKind(record.header) == .xactCommit, open.remove(record.header.xid) != nil else { return true }
      found[record.header.xid] = record.end
      return !open.isEmpty
    }
  }

  private struct Traces: RecordSink {
    private let layout: RecordLayout
    private var found: [TransactionID: TransactionTrace] = [:]
    /// Of these the file of a table is not known yet.
    private var open: Set<TransactionID>
    private var wanted: Set<TransactionID>
    private var lastEnd: Timestamp?
    /// Where the last of the first records begins.
    private var lastFirst = LSN.none

    /// `FirstNormalObjectId`: files with lower numbers are those of catalogs.
    private static let firstUserFile: UInt32 = 16_384

    init(_ xids: [TransactionID], version: ServerVersion) {
      (layout, wanted, open) = (RecordLayout(version), Set(xids), Set(xids))
    }

    var all: [TransactionTrace] {
      wanted.map { found[$0] ?? TransactionTrace(xid: $0) }.sorted { $0.xid.precedes($1.xid) }
    }

    mutating func accept(_ record: WALRecord) -> Bool {
      let header = record.header
      if open.contains(header.xid) {
        note(record, header.xid)
        return !open.isEmpty
      }
      // Each has its first record; its first table may come long after.
      if found.count == wanted.count, record.start > lastFirst.advanced(by: TransactionTraceSearch.tableReach) {
        return false
      }
      if let time = TransactionEnd.Kind(RecordKind(header)).flatMap({ _ in record.transactionTime }) { lastEnd = time }
      return true
    }

    private mutating func note(_ record: WALRecord, _ xid: TransactionID) {
      var trace = found[xid] ?? TransactionTrace(xid: xid)
      if trace.first == nil { (trace.first, trace.after, lastFirst) = (record.start, lastEnd, record.start) }
      let header = record.header
      switch ResourceManager(header.resourceManager) {
      case .heap, .heap2:
        let fragments = try? RecordFragments(record.bytes, total: Int(header.totalLength), layout: layout)
        guard let relation = fragments?.firstBlock?.locator else { break }
        // A table of a user's rather than a catalog that DDL changed before.
        let isUsers = relation.number >= Self.firstUserFile
        if trace.relation == nil || isUsers { trace.relation = relation }
        if isUsers { open.remove(xid) }
      case .transaction where RecordKind(header) == .xactPrepare: open.remove(xid)
      default: break
      }
      found[xid] = trace
    }
  }
}
