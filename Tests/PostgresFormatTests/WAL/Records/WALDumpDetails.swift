import FixtureSupport

@testable import PostgresFormat

/// Compares decoded bodies with pg_waldump's description, where the description says what we decode.
enum WALDumpDetails {
  static func difference(
    _ record: RawSpan, _ fragments: RecordFragments, _ manager: ResourceManager, _ info: UInt8, _ line: WALDumpLine,
    _ layout: RecordLayout
  ) throws -> String? {
    let body = fragments.mainData(of: record)
    let version = layout.version
    if let horizon = try ConflictHorizon(
      record: record, fragments: fragments, manager: manager, info: info, layout: layout),
      let expected = number(after: "snapshotConflictHorizon: ", line.details)
        ?? number(after: "latestRemovedXid ", line.details) ?? number(after: "remxid ", line.details),
      horizon.xid.rawValue != expected, !line.details.contains("snapshotConflictHorizon: 0:")
    {
      return "horizon \(horizon.xid)"
    }
    if let range = line.details.firstRange(of: "isCatalogRel: "),
      let horizon = try ConflictHorizon(
        record: record, fragments: fragments, manager: manager, info: info, layout: layout),
      (horizon.isCatalog == true) != (line.details[range.upperBound] == "T")
    {
      return "isCatalogRel \(String(describing: horizon.isCatalog))"
    }
    switch manager {
    case .standby where info & 0xF0 == 0x10:
      let running = try RunningTransactions(mainData: body)
      let head =
        "nextXid \(running.nextXID) latestCompletedXid \(running.latestCompletedXID) "
        + "oldestRunningXid \(running.oldestRunningXID)"
      guard line.details.hasPrefix(head) else { return head }
      let count = number(after: "; ", String(line.details.dropFirst(head.count))) ?? 0
      return Int(count) == running.running.count ? nil : "\(running.running.count) running"
    case .transaction:
      if let end = try TransactionEnd(mainData: body, info: info, version: version) {
        return difference(end, line.details)
      }
      if info & 0x70 == 0x10 {
        let prepare = try PrepareBody(mainData: body, version: version)
        return line.details.isEmpty || line.details.contains(prepare.gid) ? nil : "gid \(prepare.gid)"
      }
      return nil
    case .xlog: return try difference(XLOGBody(mainData: body, info: info, version: version), line.details)
    case .database:
      let change = try DatabaseBody(mainData: body, info: info, version: version)
      return change.map { line.details.contains("\($0.database)") } == true ? nil : "database"
    case .relationMap:
      let update = try RelationMapUpdate(mainData: body)
      let expected = "database \(update.database) tablespace \(update.tablespace) size \(update.length)"
      return expected == line.details ? nil : expected
    case .logicalMessage:
      let message = try LogicalMessageBody(mainData: body, length: body.byteCount)
      let isTransactional = !line.details.contains("non")
      return isTransactional == message.isTransactional && line.details.contains("\(message.messageLength)")
        ? nil : "\(message)"
    case .replicationOrigin:
      guard case .set(let id, let lsn, let isForced) = try ReplicationOriginBody(mainData: body, info: info) else {
        return nil
      }
      return number(after: "set ", line.details) == UInt32(id) && line.details.hasSuffix("force: \(isForced ? 1 : 0)")
        ? nil : "set \(id) \(lsn)"
    case .storage:
      guard case .create(let locator, _) = try StorageBody(mainData: body, info: info) else { return nil }
      return line.details.contains("\(locator.number)") ? nil : "create \(locator)"
    default: return nil
    }
  }

  private static func difference(_ end: TransactionEnd, _ details: String) -> String? {
    // `2026-11-21 10:00:28.313671 UTC`, to the second.
    let time = end.time.description.prefix(19)
    let shown = details.split(separator: " ", maxSplits: 2).prefix(2).joined(separator: "T")
    guard shown.hasPrefix(time) || details.contains(String(time).replacing("T")) else { return "time \(time)" }
    let subtransactions = end.subtransactions.map { " \($0)" }.joined()
    if !subtransactions.isEmpty, !details.contains("subxacts:\(subtransactions)") { return "subxacts" }
    if !end.droppedRelations.isEmpty, !details.contains("rels:") { return "rels" }
    if (end.invalidationCount > 0) != details.contains("inval msgs:"), end.kind.isCommit { return "inval msgs" }
    if let xid = end.preparedXID, !details.contains("\(xid)") { return "twophase xid" }
    if end.originLSN != nil, !details.contains("origin: ") { return "origin" }
    return nil
  }

  private static func difference(_ body: XLOGBody, _ details: String) throws -> String? {
    switch body {
    case .checkpoint(let checkpoint, let isShutdown):
      let parts = [
        "redo \(short(checkpoint.redo)); tli \(checkpoint.timeline); prev tli \(checkpoint.previousTimeline); ",
        "xid \(checkpoint.nextXID); oid \(checkpoint.nextOID); multi \(checkpoint.nextMulti); ",
        "offset \(checkpoint.nextMultiOffset); oldest xid \(checkpoint.oldestXID) in DB \(checkpoint.oldestXIDDatabase)",
        "oldest running xid \(checkpoint.oldestActiveXID); \(isShutdown ? "shutdown" : "online")",
      ]
      let text = details.replacingPaddedPositions()
      return parts.first { !text.contains($0) }
    case .parameterChange(let change):
      let word = ["minimal", "replica", "logical"][Int(change.walLevel)]
      return details.contains("max_connections=\(change.maxConnections) ") && details.contains("wal_level=\(word)")
        && details.contains("max_prepared_xacts=\(change.maxPreparedTransactions) ") ? nil : "\(change)"
    case .endOfRecovery(let end):
      return details.contains("tli \(end.timeline); prev tli \(end.previousTimeline)") ? nil : "\(end)"
    case .restorePoint(let name, _): return details.contains(name) ? nil : name
    case .nextOID(let oid): return details == "\(oid)" ? nil : "\(oid)"
    case .checkpointRedo(let level):
      return details.contains(["minimal", "replica", "logical"][Int(level)]) ? nil : "\(level)"
    default: return nil
    }
  }

  private static func number(after mark: String, _ text: String) -> UInt32? {
    guard let range = text.firstRange(of: mark) else { return nil }
    return UInt32(text[range.upperBound...].prefix { $0.isNumber })
  }

  /// As servers before 19 print positions in descriptions.
  private static func short(_ lsn: LSN) -> String {
    "\(String(lsn.rawValue >> 32, radix: 16, uppercase: true))/"
      + String(lsn.rawValue & 0xFFFF_FFFF, radix: 16, uppercase: true)
  }
}

extension String {
  fileprivate func replacing(_ letter: Character) -> String { String(map { $0 == letter ? " " : $0 }) }

  /// `redo 0/0123ABCD` becomes `redo 0/123ABCD`, so that texts of all versions compare.
  fileprivate func replacingPaddedPositions() -> String {
    guard let range = firstRange(of: "redo ") else { return self }
    let position = self[range.upperBound...].prefix { $0 != ";" }
    let parts = position.split(separator: "/")
    guard parts.count == 2, let low = UInt64(parts[1], radix: 16) else { return self }
    return String(self[..<range.upperBound]) + "\(parts[0])/" + String(low, radix: 16, uppercase: true)
      + String(self[position.endIndex...])
  }
}
