/// What a record is: its resource manager, and the bits of `xl_info` by which that manager tells its types apart.
///
/// The constants have the names of PostgreSQL's own (`XLOG_HEAP_TRUNCATE` is ``heapTruncate``), and stand for one thing in
/// every version that writes them; ``isWritten(by:)`` knows which these are. Types whose code means something else in
/// another version (of Heap2 and Database) have none. Follows the `XLOG_*` macros of src/include.
@usableFromInline
package struct RecordKind: Hashable, Sendable {
  /// The manager's number in the upper byte, the code in the lower one.
  @usableFromInline package let rawValue: UInt16

  /// `code` is free of flags: what ``init(_:info:)`` leaves of `xl_info`.
  @inlinable
  package init(_ manager: ResourceManager, _ code: UInt8) {
    rawValue = UInt16(manager.rawValue) << 8 | UInt16(code)
  }

  /// Of a record with these in its header. Transaction, Heap and Heap2 keep a flag in the topmost bit of `xl_info`.
  @inlinable
  package init(_ manager: ResourceManager, info: UInt8) {
    let hasFlag = manager == .transaction || manager == .heap || manager == .heap2
    self.init(manager, info & (hasFlag ? 0x70 : 0xF0))
  }

  /// Of the record with this header.
  @inlinable
  package init(_ header: RecordHeader) { self.init(ResourceManager(header.resourceManager), info: header.info) }

  /// By the number; inlinable, so that loops over records compare integers without a call.
  @inlinable package static func == (a: RecordKind, b: RecordKind) -> Bool { a.rawValue == b.rawValue }

  @usableFromInline var manager: ResourceManager { ResourceManager(UInt8(rawValue >> 8)) }
  @usableFromInline var code: UInt8 { UInt8(truncatingIfNeeded: rawValue) }

  /// Whether a server of `version` writes such records, by ``RecordTypeRow/all``. It searches the table: ask it once the
  /// kind is the one that is wanted.
  package func isWritten(by version: ServerVersion) -> Bool {
    RecordTypeRow.all.contains { $0.kind == self && $0.from <= version && version <= $0.to }
  }
}

extension RecordKind {
  // MARK: XLOG (src/include/catalog/pg_control.h)

  /// The last record of a server that was stopped; also how crash recovery ends.
  @inlinable package static var checkpointShutdown: RecordKind { RecordKind(.xlog, 0x00) }
  /// The end of a checkpoint while the server runs.
  @inlinable package static var checkpointOnline: RecordKind { RecordKind(.xlog, 0x10) }
  /// OIDs given out ahead.
  @inlinable package static var nextOID: RecordKind { RecordKind(.xlog, 0x30) }
  /// The rest of the segment is not WAL.
  @inlinable package static var segmentSwitch: RecordKind { RecordKind(.xlog, 0x40) }
  /// A base backup ended.
  @inlinable package static var backupEnd: RecordKind { RecordKind(.xlog, 0x50) }
  /// Settings that a standby must match.
  @inlinable package static var parameterChange: RecordKind { RecordKind(.xlog, 0x60) }
  /// A name for a place in the WAL.
  @inlinable package static var restorePoint: RecordKind { RecordKind(.xlog, 0x70) }
  /// full_page_writes was switched.
  @inlinable package static var fullPageWritesChange: RecordKind { RecordKind(.xlog, 0x80) }
  /// The first record of a timeline that a promotion began.
  @inlinable package static var endOfRecovery: RecordKind { RecordKind(.xlog, 0x90) }
  /// The image of a page of which hint bits changed.
  @inlinable package static var pageImageForHint: RecordKind { RecordKind(.xlog, 0xA0) }
  /// The image of a page, or of several.
  @inlinable package static var pageImage: RecordKind { RecordKind(.xlog, 0xB0) }
  /// Stands where the continuation of an abandoned record should be.
  @inlinable package static var overwriteContrecord: RecordKind { RecordKind(.xlog, 0xD0) }
  /// 17 and later: begins at the redo point of an online checkpoint.
  @inlinable package static var checkpointRedo: RecordKind { RecordKind(.xlog, 0xE0) }
  /// 19 and later: logical decoding was switched on or off while the server ran.
  @inlinable package static var logicalDecodingStatusChange: RecordKind { RecordKind(.xlog, 0xF0) }

  // MARK: Transaction (src/include/access/xact.h)

  /// The end of a transaction whose changes take effect.
  @inlinable package static var xactCommit: RecordKind { RecordKind(.transaction, 0x00) }
  /// PREPARE TRANSACTION.
  @inlinable package static var xactPrepare: RecordKind { RecordKind(.transaction, 0x10) }
  /// The end of a transaction whose changes do not take effect.
  @inlinable package static var xactAbort: RecordKind { RecordKind(.transaction, 0x20) }
  /// COMMIT PREPARED.
  @inlinable package static var xactCommitPrepared: RecordKind { RecordKind(.transaction, 0x30) }
  /// ROLLBACK PREPARED.
  @inlinable package static var xactAbortPrepared: RecordKind { RecordKind(.transaction, 0x40) }
  /// Subtransactions and their top-level transaction.
  @inlinable package static var xactAssignment: RecordKind { RecordKind(.transaction, 0x50) }
  /// 14 and later: invalidation messages of a command, for logical decoding.
  @inlinable package static var xactInvalidations: RecordKind { RecordKind(.transaction, 0x60) }

  // MARK: Storage (src/include/catalog/storage_xlog.h)

  /// The file of a relation was made.
  @inlinable package static var storageCreate: RecordKind { RecordKind(.storage, 0x10) }
  /// The file of a relation was shortened.
  @inlinable package static var storageTruncate: RecordKind { RecordKind(.storage, 0x20) }

  // MARK: Standby (src/include/storage/standbydefs.h)

  /// Exclusive locks of tables.
  @inlinable package static var standbyLock: RecordKind { RecordKind(.standby, 0x00) }
  /// The transactions that ran at that moment.
  @inlinable package static var runningXacts: RecordKind { RecordKind(.standby, 0x10) }
  /// Invalidation messages of a transaction without an xid.
  @inlinable package static var standbyInvalidations: RecordKind { RecordKind(.standby, 0x20) }

  // MARK: Heap and Heap2 (src/include/access/heapam_xlog.h)

  /// A row.
  @inlinable package static var heapInsert: RecordKind { RecordKind(.heap, 0x00) }
  /// A row's end.
  @inlinable package static var heapDelete: RecordKind { RecordKind(.heap, 0x10) }
  /// A new version of a row.
  @inlinable package static var heapUpdate: RecordKind { RecordKind(.heap, 0x20) }
  /// 11 and later: TRUNCATE under logical decoding.
  @inlinable package static var heapTruncate: RecordKind { RecordKind(.heap, 0x30) }
  /// A new version of a row on the same page, of which no index knows.
  @inlinable package static var heapHotUpdate: RecordKind { RecordKind(.heap, 0x40) }
  /// The row of INSERT … ON CONFLICT stands.
  @inlinable package static var heapConfirm: RecordKind { RecordKind(.heap, 0x50) }
  /// Rows on one page.
  @inlinable package static var heap2MultiInsert: RecordKind { RecordKind(.heap2, 0x50) }
  /// A new version of a catalog row within a transaction.
  @inlinable package static var heap2NewCID: RecordKind { RecordKind(.heap2, 0x70) }

  // MARK: ReplicationOrigin (src/include/replication/origin.h)

  /// An origin's progress was set by hand.
  @inlinable package static var originSet: RecordKind { RecordKind(.replicationOrigin, 0x00) }
  /// An origin was dropped.
  @inlinable package static var originDrop: RecordKind { RecordKind(.replicationOrigin, 0x10) }
}
