package import ByteReading

/// The end of a transaction: commit or abort, plain or of a prepared one (`xl_xact_commit`, `xl_xact_abort`).
///
/// After the time follow packed parts, each there only if its bit in `xinfo` is set, in an order that is not the bits'.
/// Follows src/include/access/xact.h and src/backend/access/rmgrdesc/xactdesc.c.
package struct TransactionEnd: Sendable, Hashable {
  /// The record type: `xl_info` under the mask `XLOG_XACT_OPMASK`.
  package enum Kind: UInt8, Sendable, Hashable {
    case commit = 0x00
    case abort = 0x20
    case commitPrepared = 0x30
    case abortPrepared = 0x40

    /// nil for a record of another kind.
    package init?(_ kind: RecordKind) {
      switch kind {
      case .xactCommit: self = .commit
      case .xactAbort: self = .abort
      case .xactCommitPrepared: self = .commitPrepared
      case .xactAbortPrepared: self = .abortPrepared
      default: return nil
      }
    }

    /// Whether the changes take effect.
    package var isCommit: Bool { self == .commit || self == .commitPrepared }
  }

  /// The record type.
  package var kind: Kind
  /// `xact_time`: when this server committed or aborted.
  package var time: Timestamp
  /// `xinfo`: which parts follow, and flags.
  package var flags: UInt32 = 0
  /// The database of the session. Always there under logical decoding, else only with invalidations.
  package var database: OID?
  /// `tsId`: the default tablespace of `database`, with which it stands or is missing.
  package var tablespace: OID?
  /// The subtransactions that end with it. Those rolled back before have abort records of their own.
  package var subtransactions: [TransactionID] = []
  /// `xl_xact_relfilelocators` (`xl_xact_relfilenodes` before 16): files that are removed with the end of the
  /// transaction.
  package var droppedRelations: [RelationLocator] = []
  /// 15 and later: objects whose statistics go.
  package var droppedStatisticsCount = 0
  /// Where these items begin in the body.
  package var droppedStatisticsOffset = 0
  /// Messages about changed catalog rows: not 0 means the transaction changed catalogs.
  package var invalidationCount = 0
  /// Where these messages begin in the body.
  package var invalidationOffset = 0
  /// The transaction that was prepared; the record's own xid is 0 then.
  package var preparedXID: TransactionID?
  /// 11 and later under logical decoding: the name given to PREPARE TRANSACTION.
  package var gid: String?
  /// Where the change was on the server that it came from.
  package var originLSN: LSN?
  /// `origin_timestamp`: when it committed at its origin; nil where it has none.
  package var originTime: Timestamp?

  /// The server's catalog cache files become invalid (`XACT_COMPLETION_UPDATE_RELCACHE_FILE`).
  package var invalidatesRelationCacheFile: Bool { flags & 0x4000_0000 != 0 }
  /// The session waits until standbys have applied it (`XACT_COMPLETION_APPLY_FEEDBACK`).
  package var wantsApplyFeedback: Bool { flags & 0x2000_0000 != 0 }
  /// Committed with synchronous_commit overruled; a standby flushes at replay (`XACT_COMPLETION_FORCE_SYNC_COMMIT`).
  package var forcesSync: Bool { flags & 0x8000_0000 != 0 }

  /// nil for a Transaction record of another type.
  package init?(mainData: RawSpan, info: UInt8, version: ServerVersion) throws(FormatError) {
    guard let kind = Kind(RecordKind(.transaction, info: info)) else { return nil }
    var body = BodyCursor(mainData)
    self.kind = kind
    time = try body.time("xact_time")
    guard info & 0x80 != 0 else { return }
    flags = try body.u32("xinfo")
    if flags & 0x0001 != 0 {
      database = try body.oid("dbId")
      tablespace = try body.oid("tsId")
    }
    if flags & 0x0002 != 0 {
      let count = try body.count(of: 4, "nsubxacts")
      subtransactions = try body.xids(count, "subxacts")
    }
    if flags & 0x0004 != 0 {
      let count = try body.count(of: RelationLocator.byteCount, "nrels")
      droppedRelations = try body.locators(count)
    }
    if flags & 0x0100 != 0, version >= .v15 {
      let size = Self.droppedStatisticsItemSize(version)
      droppedStatisticsCount = try body.count(of: size, "nitems")
      droppedStatisticsOffset = body.offset
      try body.skip(droppedStatisticsCount * size, "dropped statistics")
    }
    if flags & 0x0008 != 0 {
      invalidationCount = try body.count(of: InvalidationMessage.byteCount, "nmsgs")
      invalidationOffset = body.offset
      try body.skip(invalidationCount * InvalidationMessage.byteCount, "invalidation messages")
    }
    if flags & 0x0010 != 0 {
      preparedXID = try body.xid("twophase xid")
      if flags & 0x0080 != 0, version >= .v11 {
        gid = try body.terminatedText(limit: PreparedTransaction.gidSizeLimit, "twophase_gid")
      }
    }
    if flags & 0x0020 != 0 {
      originLSN = try body.lsn("origin_lsn")
      originTime = try body.time("origin_timestamp")
    }
  }

  /// Bytes of `xl_xact_stats_item`: the object's identifier became 64 bits wide in 18.
  package static func droppedStatisticsItemSize(_ version: ServerVersion) -> Int { version >= .v18 ? 16 : 12 }
}

/// The subtransactions of a top-level transaction, written every 64 of them (`xl_xact_assignment`).
package struct SubtransactionAssignment: Sendable, Hashable {
  /// `xtop`: the top-level transaction, which may not have written a record before.
  package var topLevelXID: TransactionID
  /// `xsub`: its subtransactions since the record before; none needs to have ended.
  package var subtransactions: [TransactionID]

  /// Throws ``FormatError`` where `nsubxacts` says more than the body holds.
  package init(mainData: RawSpan) throws(FormatError) {
    var body = BodyCursor(mainData)
    topLevelXID = try body.xid("xtop")
    let count = try body.count(of: 4, "nsubxacts")
    subtransactions = try body.xids(count, "xsub")
  }
}
