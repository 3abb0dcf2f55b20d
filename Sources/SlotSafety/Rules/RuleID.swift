/// The ids of all rules, in the order in which findings as severe are told. They stay: scripts and alerts go by them.
///
/// A: checks of nodes, settings and single facts. L: the situation of a logical slot before promotion. N: that of its
/// consumer after promotion. F: physical slots and the followers that use them. In words: one node by itself, and timelines.
/// `A13.open` is of the family `A13`, the id that documents have; its severity or its inequality is another one.
package enum RuleID: String, Sendable, Hashable, Codable, CaseIterable {
  case a01 = "A01", a02 = "A02", a03 = "A03", a03Start = "A03.start", a03Backup = "A03.backup"
  case a04 = "A04", a04Slot = "A04.slot", a04Position = "A04.position", a04Prepared = "A04.prepared", a04WAL = "A04.wal"
  case a04Settings = "A04.settings", a04Catalogs = "A04.catalogs", a04NoPrimary = "A04.no-primary"
  case a05 = "A05", a06 = "A06", a07 = "A07"
  case a08 = "A08", a08Missing = "A08.missing", a08TwoPhase = "A08.two-phase", a08Again = "A08.again"
  case a08Behind = "A08.behind"
  case a09 = "A09", a10 = "A10", a10Replay = "A10.replay", a11 = "A11", a11Waiting = "A11.waiting", a11New = "A11.new"
  case a11SetBack = "A11.set-back", a11Stored = "A11.stored"
  case a12 = "A12", a12Snapshot = "A12.snapshot", a12Server = "A12.server", a12Unread = "A12.unread"
  case a13 = "A13", a13Open = "A13.open", a13Position = "A13.position", a13Nothing = "A13.nothing"
  case a13Stored = "A13.stored"
  case a13Stop = "A13.stop", a13StopTimeout = "A13.stop-timeout", a13CatchingUp = "A13.catching-up"
  case a13FSync = "A13.fsync"
  case a13CleanStop = "A13.clean-stop", a13OwnNode = "A13.own-node", a13PromoteAt = "A13.promote-at"
  case a13Copied = "A13.copied", a13Copies = "A13.copies", a13NotCopied = "A13.not-copied"
  case a13Publications = "A13.publications", a13Skipped = "A13.skipped", a13Confirmed = "A13.confirmed"
  case a14 = "A14", a14Standby = "A14.standby", a14Open = "A14.open", a14Unproven = "A14.unproven", a14Given =
    "A14.given"
  case a14Logged = "A14.logged"
  case a15 = "A15", a15None = "A15.none", a16 = "A16", a16Slot = "A16.slot", a17 = "A17", a18 = "A18", a19 = "A19"
  case a20 = "A20", a21 = "A21", a22 = "A22", a23 = "A23", a24 = "A24", a24Hidden = "A24.hidden"
  case a25 = "A25", a26 = "A26", a27 = "A27", a28 = "A28", a29 = "A29", a30 = "A30", a31 = "A31", a32 = "A32"
  case a33 = "A33", a34 = "A34", a35 = "A35", a35Lost = "A35.lost", a36 = "A36", a36Target = "A36.target", a36Timeline =
    "A36.timeline"
  case a36Parameters = "A36.parameters", a36Origins = "A36.origins", a36Folders = "A36.folders"
  case a36Paused = "A36.paused"
  case a37 = "A37", a38 = "A38", a39 = "A39", a40 = "A40", a40Open = "A40.open", a40Consumers = "A40.consumers"
  case a40Sent = "A40.sent", a40Nothing = "A40.nothing", a40Older = "A40.older", a41 = "A41", a41Archive = "A41.archive"
  case a42 = "A42", a42Open = "A42.open", a43 = "A43", a43Stored = "A43.stored", a44 = "A44", a44Pages = "A44.pages"
  case l01 = "L1", l02 = "L2", l03 = "L3", l04 = "L4", l05 = "L5", l06 = "L6", l07 = "L7", l08 = "L8", l09 = "L9"
  case l10 = "L10", l11 = "L11", l12 = "L12", l13 = "L13", l14 = "L14", l15 = "L15", l16 = "L16", l17 = "L17"
  case l18 = "L18", l19 = "L19", l20 = "L20"
  case n1 = "N1", n2 = "N2", n2Moved = "N2.moved", n3 = "N3", n4 = "N4", n5 = "N5"
  case f1 = "F1", f2 = "F2", f3 = "F3", f4 = "F4", f5 = "F5", f6 = "F6", f7 = "F7"

  case startup = "startup.refused", damage = "damage", damageSlotState = "damage.slot-state"
  case damageControlFile = "damage.control-file", damageWAL = "damage.wal"
  case damageTimelineHistory = "damage.timeline-history", nodeRunning = "node.running"
  case nodeExcerpt = "node.excerpt"
  case nodeIncremental = "node.incremental", nodeBaseBackup = "node.base-backup"
  case nodeManifest = "node.manifest", nodeBackupWAL = "node.backup-wal"
  case nodeNotStopped = "node.not-stopped-cleanly", nodeBackupLabel = "node.backup-label"
  case nodeBackupUnfinished = "node.backup-unfinished", nodeCatalogVersion = "node.catalog-version-unknown"
  case nodeSynchronization = "node.slot-synchronization", nodeFeedback = "node.standby-feedback"
  case slotLost = "slot.lost", slotAboutToBeLost = "slot.about-to-be-lost"
  case slotAboutToBeLostSoon = "slot.about-to-be-lost.soon", slotLostByReplay = "slot.lost-by-replay"
  case slotTableSynchronization = "slot.table-synchronization", slotCameAlong = "slot.came-along"
  case slotBeforeTimeline = "slot.before-timeline"
  case slotPublicationYounger = "slot.publication-younger", slotPublicationsOlder = "slot.publication-younger.others"
  case slotQuietDatabase = "slot.quiet-database", slotOtherDatabases = "slot.quiet-database.mostly"
  case slotConsumer = "slot.consumer"
  case slotConsumerSetBack = "slot.consumer-set-back", slotConsumerSetBackOpen = "slot.consumer-set-back.open"
  case slotConsumerAhead = "slot.consumer-ahead", slotConsumerAheadStandby = "slot.consumer-ahead.standby"
  case slotRestartHeld = "slot.restart-held", slotCreationWaits = "slot.creation-waits"
  case rowsPinned = "rows.pinned", walCheckpointLate = "wal.checkpoint-late", walStrays = "wal.strays"
  case archiverWaits = "archiver.waits", archiverOrphan = "archiver.orphan"
  case archiverExists = "archiver.exists", archiverExistsInPart = "archiver.exists.in-part"
  case archiverExistsOther = "archiver.exists.other", archiverExistsDamaged = "archiver.exists.damaged"
  case slotUnfinished = "slot.unfinished", slotVanishes = "slot.vanishes", slotVanishesSynced = "slot.vanishes.synced"
  case slotWALMissing = "slot.wal-missing", slotBeyondEnd = "slot.beyond-end"
  case slotSnapshotMissing = "slot.snapshot-missing", slotSnapshotInPart = "slot.snapshot-missing.in-part"
  case slotSnapshotOpen = "slot.snapshot-missing.open", slotSnapshotDamaged = "slot.snapshot-damaged"
  case slotIdleTimeout = "slot.idle-timeout", slotIdleTimeoutDue = "slot.idle-timeout.due"
  case slotIdleTimeoutOpen = "slot.idle-timeout.open"
  case slotDatabaseMissing = "slot.database-missing", slotNameDiffers = "slot.name-differs"
  case slotNameInvalid = "slot.name-invalid", slotDuplicateName = "slot.duplicate-name"
  case slotInterruptedWrite = "slot.interrupted-write", slotSpillFiles = "slot.spill-files"
  case slotLeftoverFolder = "slot.leftover-folder", slotSymbolicLink = "slot.symbolic-link"
  case slotForeignFile = "slot.foreign-file", snapshotsDamaged = "snapshots.damaged"
  case snapshotsUnneeded = "snapshots.damaged.unneeded", walGap = "wal.gap"
  case walRedoMissing = "wal.redo-missing", walRedoFetched = "wal.redo-missing.fetched", walValidAfterEnd =
    "wal.valid-after-end"
  case walEndsTooEarly = "wal.ends-too-early", walLeftByCheckpoint = "wal.left-by-checkpoint"
  case timelineHistoryMissing = "timeline.history-missing", timelineControlLags = "timeline.control-lags"
  case timelineSwitchPointsDecrease = "timeline.switch-points-decrease", timelineAmbiguous = "timeline.ambiguous"
  case timelineDiverged = "timeline.diverged", clusterDifferentSystems = "cluster.different-systems"
  case transactionsPrepared = "transactions.prepared", serverRefused = "server.refused"
  case serverRefusedEssential = "server.refused.essential"
  case serverLimitedRole = "server.limited-role", serverRoleUnknown = "server.role-unknown"

  case rejoinRunning = "rejoin.running", rejoinOtherHistory = "rejoin.other-history"
  case rejoinPastFork = "rejoin.past-fork", rejoinNoHints = "rejoin.no-hints", rejoinRewind = "rejoin.rewind-refused"
  case rejoinSegments = "rejoin.segments-missing", rejoinSegmentsRemoved = "rejoin.segments-removed-first"
  case rejoinNewWAL = "rejoin.new-primary-lacks-wal", rejoinStart = "rejoin.start-refused"
  case rejoinBlocks = "rejoin.slot-blocks", rejoinPins = "rejoin.slot-pins", rejoinSlotsGone = "rejoin.slots-removed"
  case rejoinArchive = "rejoin.shared-archive", rejoinOpen = "rejoin.open", rejoinWillBlock = "rejoin.will-block"
  case rejoinSettings = "rejoin.settings"
  case upgradeDowngrade = "upgrade.downgrade", upgradeStopped = "upgrade.not-stopped"
  case upgradePrepared = "upgrade.prepared", upgradeSlotsDropped = "upgrade.slots-dropped"
  case upgradeSlotInvalid = "upgrade.slot-invalid", upgradeSlotUnread = "upgrade.slot-unread"
  case upgradeSubscription = "upgrade.subscription", upgradeSubscriptionsReset = "upgrade.subscriptions-reset"
  case upgradeNewCluster = "upgrade.new-cluster", upgradePhysical = "upgrade.physical-slots"
  case upgradeOpen = "upgrade.open"
}

extension RuleID: Comparable {
  /// Whether an audit asks it.
  package var isOfAudit: Bool { rawValue.first?.isUppercase == true }

  /// The id that documents have: `A13` of `A13.open`, `slot.idle-timeout` of `slot.idle-timeout.due`.
  package var family: String {
    rawValue.split(separator: ".").prefix(isOfAudit ? 1 : 2).joined(separator: ".")
  }

  /// In the order of the declaration.
  package static func < (a: RuleID, b: RuleID) -> Bool { a.rank < b.rank }

  private var rank: Int { Self.ranks[self] ?? Self.ranks.count }
  private static let ranks = Dictionary(uniqueKeysWithValues: zip(allCases, 0...))
}
