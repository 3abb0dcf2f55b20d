import ByteReading
package import Evidence
package import PostgresFormat

/// Looks in the WAL of a data directory for what its logical slots have not confirmed and pg_upgrade would count.
///
/// No record of rows is taken apart: ends of transactions and logical messages decide.
package struct UpgradeReader: Sendable {
  private let route: WALRoute
  private let evidence: Evidence

  /// nil where nothing there is WAL of this cluster, or its history is not known.
  package init?(_ evidence: Evidence, directory: DataDirectory, archives: [String] = []) {
    guard let route = WALRoute(evidence, directory: directory, folders: archives) else { return nil }
    (self.route, self.evidence) = (route, evidence)
  }

  /// For each valid logical slot that is not temporary, by name.
  package func read(progress: (LSN) -> Void = { _ in }) -> [UnreadWAL] {
    let size = route.geometry.segmentSize
    let slots = evidence.slots.compactMap(\.state).filter {
      $0.isLogical && $0.persistency == .persistent && $0.invalidation == nil && $0.confirmedFlush.isValid
    }
    .sorted { ($0.confirmedFlush, $0.name) < ($1.confirmedFlush, $1.name) }
    guard let end = evidence.wal.end?.lsn else { return slots.map { UnreadWAL(slotName: $0.name) } }
    var found: [UnreadWAL] = []
    var rest = slots[...]
    while let first = rest.first {
      guard first.confirmedFlush < end else {
        found += rest.map { UnreadWAL(slotName: $0.name, isComplete: $0.confirmedFlush == end) }
        break
      }
      guard route.choice(for: SegmentNumber(containing: first.confirmedFlush, size: size)) != nil else {
        found.append(UnreadWAL(slotName: first.name))
        rest = rest.dropFirst()
        continue
      }
      var walker = RecordWalker(geometry: route.geometry, firstRecordFrom: first.confirmedFlush)
      var reader = WALReader(route)
      var sink = UnreadRecords(rest.map { $0 }, version: route.geometry.version)
      while reader.fill(for: &walker), walker.consume(reader.pages, sink: &sink) { progress(walker.nextPage) }
      // What the walk reached is told; it begins anew at the first slot past a break.
      let reached = walker.end
      let isWhole = reached >= end
      let told = rest.prefix { isWhole || $0.confirmedFlush <= max(reached, first.confirmedFlush) }
      for slot in told {
        found.append(
          UnreadWAL(slotName: slot.name, first: sink.first[slot.name], isComplete: isWhole && !sink.hasUnreadable))
      }
      rest = rest.dropFirst(told.count)
    }
    return found.sorted { $0.slotName < $1.slotName }
  }
}

/// Notes for each slot the first record that counts.
private struct UnreadRecords: RecordSink {
  /// Ascending by confirmed_flush_lsn; those before ``next`` have their record.
  private let slots: [SlotState]
  private var next = 0
  /// The same by database, without those that have their record.
  private var waiting: [OID: ArraySlice<SlotState>]
  private let version: ServerVersion
  private(set) var first: [String: UnreadWAL.Record] = [:]
  private(set) var hasUnreadable = false

  init(_ slots: [SlotState], version: ServerVersion) {
    (self.slots, self.version) = (slots, version)
    waiting = Dictionary(grouping: slots, by: \.database).mapValues { $0[...] }
  }

  mutating func accept(_ record: WALRecord) -> Bool {
    let kind = RecordKind(record.header)
    switch kind {
    case .xactCommit, .xactAbort, .xactCommitPrepared, .xactAbortPrepared: end(record, kind)
    default:
      if ResourceManager(record.header.resourceManager) == .logicalMessage { message(record) }
    }
    return true
  }

  private mutating func end(_ record: WALRecord, _ kind: RecordKind) {
    guard record.mainDataOffset >= 0,
      let end = try? TransactionEnd(
        mainData: record.mainData, info: record.header.info, version: version)
    else {
      hasUnreadable = true
      return
    }
    let word: UnreadWAL.Record.Kind =
      switch kind {
      case .xactCommit: .commit
      case .xactAbort: .abort
      case .xactCommitPrepared: .commitPrepared
      default: .abortPrepared
      }
    let database = end.database.flatMap { $0.isValid ? $0 : nil }
    note(
      UnreadWAL.Record(
        lsn: record.start, kind: word, database: database, xid: end.preparedXID ?? record.header.xid))
  }

  private mutating func message(_ record: WALRecord) {
    guard record.mainDataOffset >= 0,
      let message = try? LogicalMessageBody(
        mainData: record.mainData, length: record.totals.mainDataLength)
    else {
      hasUnreadable = true
      return
    }
    // What is part of a transaction counts as its end.
    guard !message.isTransactional else { return }
    note(
      UnreadWAL.Record(lsn: record.start, kind: .message, database: message.database, xid: record.header.xid))
  }

  /// Each slot is come to once, however many records count for it.
  private mutating func note(_ record: UnreadWAL.Record) {
    if let database = record.database {
      while let slot = waiting[database]?.first, slot.confirmedFlush <= record.lsn {
        if first[slot.name] == nil { first[slot.name] = record }
        waiting[database]?.removeFirst()
      }
    } else {
      while next < slots.count, slots[next].confirmedFlush <= record.lsn {
        if first[slots[next].name] == nil { first[slots[next].name] = record }
        next += 1
      }
    }
  }
}
