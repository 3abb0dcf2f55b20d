/// One replication slot as its state file holds it: `pg_replslot/NAME/state` (`ReplicationSlotOnDisk`).
///
/// The positions are those of the last write. A running server is ahead of them in memory, so for a live or crashed
/// server they are lower bounds. Fields that a version does not store are nil. Follows src/backend/replication/slot.c.
package struct SlotState: Sendable, Hashable {
  /// Whether the slot outlives its session and a restart (`ReplicationSlotPersistency`).
  package enum Persistency: UInt32, Sendable, Hashable, CaseIterable {
    case persistent = 0
    /// Being created: removed at the next start.
    case ephemeral = 1
    /// 10 and later: removed when its session ends, and at the next start.
    case temporary = 2
  }

  /// Why the server invalidated the slot (`ReplicationSlotInvalidationCause`). The raw value is the name that
  /// `pg_replication_slots.invalidation_reason` (17 and later) has for it; the numbers on disk differ by major.
  package enum Invalidation: String, Sendable, Hashable, CaseIterable {
    case walRemoved = "wal_removed"
    case rowsRemoved = "rows_removed"
    case walLevelInsufficient = "wal_level_insufficient"
    case idleTimeout = "idle_timeout"
  }

  /// The name inside the file. The server goes by this one, not by the name of the folder.
  package var name: String
  /// 0 for a physical slot: the only mark that tells the two kinds apart.
  package var database: OID
  /// `persistency`. The server drops any slot that is not persistent when it starts.
  package var persistency: Persistency
  /// The oldest transaction whose rows a standby needs, by hot_standby_feedback (`xmin`); 0 for nearly all logical
  /// slots.
  package var xmin: TransactionID
  /// The oldest transaction whose catalog rows decoding needs (`catalog_xmin`); of a physical slot, what its standby
  /// reports.
  package var catalogXmin: TransactionID
  /// The oldest byte of WAL that may be needed; none where nothing is reserved.
  package var restartLSN: LSN
  /// 13 to 15: the `restart_lsn` the slot had when its WAL was removed; none while it is valid.
  package var invalidatedAt: LSN?
  /// Why the slot is invalid, in every version that can invalidate; nil while it is valid.
  package var invalidation: Invalidation?
  /// Logical: what the consumer has confirmed. None while the slot is being created, and for physical slots.
  package var confirmedFlush: LSN
  /// 14 and later: from where prepared transactions are sent at PREPARE.
  package var twoPhaseAt: LSN?
  /// 14 and later.
  package var twoPhase: Bool?
  /// Empty for a physical slot.
  package var plugin: String
  /// 17 and later: a copy made by slot synchronization. Stays set after promotion.
  package var synced: Bool?
  /// 17 and later: asks to be synchronized to standbys.
  package var failover: Bool?

  /// The version number in the header: 2, 3 or 5; 0 where a server told of the slot.
  package var fileVersion: UInt32
  /// The length in the header: bytes that follow offset 16.
  package var fileLength: UInt32
  /// The majors whose server can have written this file, oldest first: one where the directory's version was known.
  package var writtenBy: [ServerVersion]

  /// Whether it is of a database, and so for logical decoding (`SlotIsLogical`).
  package var isLogical: Bool { database.isValid }

  /// A slot from its values. Unless told otherwise it is a valid physical one, in the file that 17 and later write.
  package init(
    name: String, database: OID = .none, persistency: Persistency = .persistent, xmin: TransactionID = .none,
    catalogXmin: TransactionID = .none, restartLSN: LSN = .none, invalidatedAt: LSN? = nil,
    invalidation: Invalidation? = nil, confirmedFlush: LSN = .none, twoPhaseAt: LSN? = nil, twoPhase: Bool? = nil,
    plugin: String = "", synced: Bool? = nil, failover: Bool? = nil, fileVersion: UInt32 = 5, fileLength: UInt32 = 184,
    writtenBy: [ServerVersion] = []
  ) {
    (self.name, self.database, self.persistency) = (name, database, persistency)
    (self.xmin, self.catalogXmin, self.restartLSN) = (xmin, catalogXmin, restartLSN)
    (self.invalidatedAt, self.invalidation, self.confirmedFlush) = (invalidatedAt, invalidation, confirmedFlush)
    (self.twoPhaseAt, self.twoPhase, self.plugin) = (twoPhaseAt, twoPhase, plugin)
    (self.synced, self.failover, self.fileVersion) = (synced, failover, fileVersion)
    (self.fileLength, self.writtenBy) = (fileLength, writtenBy)
  }
}
