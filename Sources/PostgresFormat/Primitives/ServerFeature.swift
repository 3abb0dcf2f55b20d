/// What the servers of a range of majors can do, one row each: the only place where code that judges or plans asks for a version
/// by name. (Layouts of structures say their versions themselves; the messages of a start are wording.)
package struct ServerFeature: Sendable, Hashable {
  /// The majors that have it.
  package let versions: ClosedRange<ServerVersion>

  private init(since first: ServerVersion, until last: ServerVersion = .newest) { versions = first...last }

  // MARK: Slots

  /// Logical replication between servers: publications, subscriptions, pgoutput.
  package static let logicalReplication = ServerFeature(since: .v10)
  /// Temporary slots.
  package static let temporarySlots = ServerFeature(since: .v10)
  /// `pg_replication_slot_advance`.
  package static let slotAdvance = ServerFeature(since: .v11)
  /// Slots can be invalidated: `max_slot_wal_keep_size`, `wal_status` (src/backend/replication/slot.c).
  package static let slotInvalidation = ServerFeature(since: .v13)
  /// Two-phase decoding, asked for when the slot is made.
  package static let twoPhaseSlots = ServerFeature(since: .v14)
  /// A standby takes logical slots, and invalidates them where replay removes what they need.
  package static let logicalSlotsOnStandby = ServerFeature(since: .v16)
  /// A physical slot that was invalidated stays so, also where its standby streams again. Before, it revives.
  package static let invalidatedPhysicalStaysInvalid = ServerFeature(since: .v16)
  /// The view of slots has `conflicting`.
  package static let conflictingSlots = ServerFeature(since: .v16)
  /// `conflicting` is true for recovery conflicts alone. Before, for every invalidated logical slot.
  package static let conflictingByRecovery = ServerFeature(since: .v17)
  /// The view of slots has `invalidation_reason`.
  package static let invalidationReason = ServerFeature(since: .v17)
  /// A slot can be advanced from any database. Before, only from its own.
  package static let slotAdvanceAnywhere = ServerFeature(since: .v17)
  /// A clean stop writes every slot as it is.
  package static let slotsWrittenAtShutdown = ServerFeature(since: .v17)
  /// `failover`, `synced`, `synchronized_standby_slots`, the slot sync worker (slotsync.c).
  package static let slotSynchronization = ServerFeature(since: .v17)
  /// A synchronized slot keeps the position from which it decodes two phases (`two_phase_at`).
  package static let synchronizedTwoPhaseAt = ServerFeature(since: .v18)
  /// pgoutput passes over a publication that did not exist when a change was made, with a warning; before, it fails there for ever
  /// (`LoadPublications`, src/backend/replication/pgoutput/pgoutput.c).
  package static let missingPublicationSkipped = ServerFeature(since: .v18)
  /// A follower is refused a physical slot that was invalidated (`ReplicationSlotAcquire`).
  package static let invalidatedSlotRefused = ServerFeature(since: .v18)
  /// `idle_replication_slot_timeout`.
  package static let idleSlotTimeout = ServerFeature(since: .v18)
  /// Logical decoding works with `wal_level = replica`: the level in force rises by need.
  package static let effectiveWALLevel = ServerFeature(since: .v19)

  // MARK: Settings

  /// `pg_current_wal_lsn`, `pg_wal`, … in place of `pg_current_xlog_location`, `pg_xlog`.
  package static let walNames = ServerFeature(since: .v10)
  /// Sizes of WAL are settings in megabytes. Before, some are in segments.
  package static let walSizesInMegabytes = ServerFeature(since: .v10)
  /// A connection for replication commands takes SQL, too.
  package static let sqlOverReplication = ServerFeature(since: .v10)
  /// Recovery is configured in postgresql.conf and begins with a signal file; before, by recovery.conf.
  package static let recoverySignals = ServerFeature(since: .v12)
  /// WAL senders have a limit of their own, beside `max_connections`.
  package static let separateWALSenders = ServerFeature(since: .v12)
  /// `wal_keep_size`; before, `wal_keep_segments`.
  package static let walKeepSize = ServerFeature(since: .v13)
  /// A change of `primary_conninfo` needs no restart.
  package static let connectionReload = ServerFeature(since: .v13)
  /// Roles can be given the right to change single settings.
  package static let settingPrivileges = ServerFeature(since: .v15)
  /// `ALTER SUBSCRIPTION … SKIP`, in `pg_subscription.subskiplsn`.
  package static let skippedTransactions = ServerFeature(since: .v15)
  /// A server that takes a backup of itself leaves no `backup_label` in its own directory: backups are never exclusive.
  package static let onlyOnlineBackups = ServerFeature(since: .v15)
  /// `reserved_connections`.
  package static let reservedConnections = ServerFeature(since: .v16)
  /// The latest minor releases have `output_plugin_libraries`.
  package static let outputPluginLibraries = ServerFeature(since: .v17)
  /// `max_active_replication_origins`; before, `max_replication_slots` counts for origins too.
  package static let activeOriginsSetting = ServerFeature(since: .v18)

  // MARK: WAL

  /// Redo of the previous checkpoint is kept no longer: WAL before the last one's may go.
  package static let oneCheckpointKept = ServerFeature(since: .v11)
  /// A start after a crash removes segments that were not finished, `xlogtemp.*` (`RemoveTempXlogFiles`).
  package static let unfinishedSegmentsRemoved = ServerFeature(since: .v12)
  /// An online checkpoint leaves a mark at its redo position (XLOG_CHECKPOINT_REDO).
  package static let redoMark = ServerFeature(since: .v17)
  /// TRUNCATE is in the WAL for logical decoding.
  package static let logicalTruncate = ServerFeature(since: .v11)

  // MARK: pg_rewind (src/bin/pg_rewind)

  /// It finishes the crash recovery of a target that was not stopped cleanly (`ensureCleanShutdown`), and takes `-c` and `-R`.
  package static let rewindRecoversTarget = ServerFeature(since: .v13)
  /// Its source may be a standby; it takes `--config-file`; segments that it read while it looked for the last common
  /// checkpoint stay.
  package static let rewindFromStandby = ServerFeature(since: .v14)
  /// It knows the timeline of a source whose promotion has no checkpoint yet.
  package static let rewindSeesUnfinishedPromotion = ServerFeature(since: .v16)
  /// It takes tablespaces that lie in place. Before, a running source tells of them as of links.
  package static let rewindInPlaceTablespaces = ServerFeature(since: .v17)
  /// `-R` writes `dbname` as well.
  package static let rewindWritesDatabaseName = ServerFeature(since: .v18)

  // MARK: pg_upgrade (src/bin/pg_upgrade), of the old cluster or of the new one

  /// Of an old cluster: logical slots are checked and made anew, subscriptions keep their origins and tables' states. Before,
  /// slots are dropped without a word.
  package static let upgradeCarriesSlots = ServerFeature(since: .v17)
  /// Of a new cluster: it makes slots anew below wal_level logical too, reserves the name of the conflict detection slot,
  /// and says "in" where it said "on the old cluster".
  package static let upgradeTakesReplicaLevel = ServerFeature(since: .v19)
  /// `retain_dead_tuples`, and the slot pg_conflict_detection that it needs.
  package static let conflictDetectionSlot = ServerFeature(since: .v19)
}

extension ServerVersion {
  /// Whether servers of this major have it.
  package func has(_ feature: ServerFeature) -> Bool { feature.versions.contains(self) }

  /// The setting that limits how many replication origins a server tracks.
  package var originLimitName: String {
    has(.activeOriginsSetting) ? "max_active_replication_origins" : "max_replication_slots"
  }
}
