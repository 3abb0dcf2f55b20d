import ByteReading

/// Which records of a stretch of WAL are wanted. Everything that is set must hold.
package struct RecordFilter: Sendable, Hashable {
  /// Written by this transaction, or ending it.
  package var xid: TransactionID?
  /// Ids of resource managers, 0 to 255; empty: all.
  package var managers: Set<UInt8> = []
  /// Refers to a page of this relation, or has it in its body: creates, truncates or drops its file, or cleans it up.
  package var relation: RelationLocator?
  /// Refers to a page with this number.
  package var block: UInt32?
  /// Refers to a page of this fork.
  package var fork: Fork?
  /// Carries the image of a page.
  package var hasImage = false
  /// Touches a relation of this database, or names the database in its body.
  package var database: OID?
  /// Only what moves, blocks or invalidates replication slots.
  package var slotsOnly = false

  /// A filter that every record passes.
  package init() {}

  /// Whether every record passes.
  package var isEmpty: Bool { self == RecordFilter() }

  /// Whether the record meets everything that is set. `fragments` and `layout` must be those of the record.
  package func admits(_ record: WALRecord, fragments: RecordFragments, layout: RecordLayout) -> Bool {
    let manager = ResourceManager(record.header.resourceManager)
    if !managers.isEmpty && !managers.contains(manager.rawValue) { return false }
    if slotsOnly && !Self.concernsSlots(record, fragments: fragments, layout: layout) { return false }
    if hasImage && !Self.carriesImage(record, fragments, layout) { return false }
    if let xid, !concerns(xid, record, fragments, layout) { return false }
    if relation != nil || block != nil || database != nil || fork != nil { return touches(record, fragments, layout) }
    return true
  }

  private static func carriesImage(
    _ record: WALRecord, _ fragments: RecordFragments, _ layout: RecordLayout
  ) -> Bool {
    var blocks = fragments.blocks(layout: layout)
    while let reference = blocks.next(in: record.bytes) {
      if reference.hasImage { return true }
    }
    return false
  }

  private func concerns(
    _ xid: TransactionID, _ record: WALRecord, _ fragments: RecordFragments, _ layout: RecordLayout
  ) -> Bool {
    if record.header.xid == xid || fragments.topLevelXID == xid { return true }
    guard record.header.resourceManager == ResourceManager.transaction.rawValue,
      let end = try? TransactionEnd(
        mainData: fragments.mainData(of: record.bytes), info: record.header.info, version: layout.version)
    else { return false }
    return end.preparedXID == xid
  }

  /// Whether one block reference has the relation, block and database asked for, or the body has them.
  private func touches(
    _ record: WALRecord, _ fragments: RecordFragments, _ layout: RecordLayout
  ) -> Bool {
    var blocks = fragments.blocks(layout: layout)
    while let reference = blocks.next(in: record.bytes) {
      if (relation ?? reference.locator) == reference.locator && (block ?? reference.block) == reference.block
        && (database ?? reference.locator.database) == reference.locator.database
        && (fork?.rawValue ?? reference.forkNumber) == reference.forkNumber
      {
        return true
      }
    }
    guard block == nil && fork == nil else { return false }
    let manager = ResourceManager(record.header.resourceManager)
    let body = fragments.mainData(of: record.bytes)
    // Two kinds name several.
    if let database, RecordKind(record.header) == .standbyLock {
      return relation == nil && (try? StandbyLocks(mainData: body))?.locks.contains { $0.database == database } ?? false
    }
    if let relation, manager == .transaction,
      let end = try? TransactionEnd(mainData: body, info: record.header.info, version: layout.version)
    {
      return end.droppedRelations.contains(relation) && (database ?? relation.database) == relation.database
    }
    let (bodyRelation, bodyDatabase) = Self.bodySubject(record, fragments, layout)
    if let relation, bodyRelation != relation { return false }
    return database == nil || bodyDatabase == database
  }

  /// The relation and database that a record without block references is about.
  private static func bodySubject(
    _ record: WALRecord, _ fragments: RecordFragments, _ layout: RecordLayout
  ) -> (RelationLocator?, OID?) {
    let body = fragments.mainData(of: record.bytes)
    let (info, version) = (record.header.info, layout.version)
    let kind = RecordKind(record.header)
    switch ResourceManager(record.header.resourceManager) {
    case .transaction:
      if kind == .xactPrepare { return (nil, (try? PrepareBody(mainData: body, version: version))?.database) }
      return (nil, (try? TransactionEnd(mainData: body, info: info, version: version))?.database)
    case .storage:
      switch try? StorageBody(mainData: body, info: info) {
      case .create(let locator, _), .truncate(let locator, _, _): return (locator, locator.database)
      default: return (nil, nil)
      }
    case .database:
      return (nil, (try? DatabaseBody(mainData: body, info: info, version: version))?.database)
    case .relationMap: return (nil, (try? RelationMapUpdate(mainData: body))?.database)
    case .standby where kind == .standbyInvalidations: return (nil, (try? InvalidationsBody(standby: body))?.database)
    case .heap where kind == .heapTruncate: return (nil, (try? HeapTruncate(mainData: body))?.database)
    case .heap2 where kind == .heap2NewCID:
      let relation = (try? HeapNewCommandID(mainData: body))?.relation
      return (relation, relation?.database)
    case .logicalMessage:
      return (nil, (try? LogicalMessageBody(mainData: body, length: fragments.mainDataLength))?.database)
    default:
      let horizon = try? ConflictHorizon(
        record: record.bytes, fragments: fragments, manager: ResourceManager(record.header.resourceManager), info: info,
        layout: layout)
      return (horizon?.relation, horizon?.relation.database)
    }
  }

  /// Whether a record moves slots (transactions' ends, running transactions, messages), decides what they can read
  /// (checkpoints, parameters, timelines, databases), or may invalidate them (clean-ups of catalogs).
  package static func concernsSlots(
    _ record: WALRecord, fragments: RecordFragments, layout: RecordLayout
  ) -> Bool {
    let manager = ResourceManager(record.header.resourceManager)
    let kind = RecordKind(record.header)
    switch kind {
    case .checkpointShutdown, .checkpointOnline, .checkpointRedo, .parameterChange, .endOfRecovery,
      .overwriteContrecord,
      .xactCommit, .xactPrepare, .xactAbort, .xactCommitPrepared, .xactAbortPrepared, .runningXacts:
      return true
    case .logicalDecodingStatusChange: return kind.isWritten(by: layout.version)
    default: break
    }
    switch manager {
    case .xlog, .transaction, .standby: return false
    case .database, .logicalMessage, .replicationOrigin: return true
    default:
      guard
        let horizon = try? ConflictHorizon(
          record: record.bytes, fragments: fragments, manager: manager, info: record.header.info, layout: layout)
      else { return false }
      return horizon.isCatalog ?? false
    }
  }
}
