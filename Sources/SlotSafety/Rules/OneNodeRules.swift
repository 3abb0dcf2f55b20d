import PostgresFormat

extension AuditRule {
  /// What is found on one node by itself (`inspect`), and in the histories of several (`timeline`).
  static let oneNode: [AuditRule] = [
    rule(
      .startup, .error, "The server would start with these files.",
      "Mend what the message names before starting; keep a copy of the directory first."),
    rule(
      .damage, .warning,
      "Every file that was read is whole. The id names the kind of file: damage.wal, damage.slot-state; one without which nothing can be said is an error.",
      "Compare with a backup or another copy of this file."),
    rule(
      .nodeRunning, .info, "No server runs on the directory; while one does, positions are those of its last write.",
      nil),
    rule(.nodeNotStopped, .warning, "The server was stopped cleanly; otherwise slot positions are lower bounds.", nil),
    rule(
      .nodeBackupLabel, .warning, "There is no backup_label, from which the next start would take its checkpoint.", nil),
    rule(.nodeBackupUnfinished, .warning, "A base backup that was restored has been replayed to its end.", nil),
    rule(
      .nodeCatalogVersion, .warning, "The catalog version is that of a known release.",
      "Use a newer slotscope if there is one."),
    rule(
      .slotLost, from: .v13, .error, "The slot is valid; one that was invalidated cannot be used again.",
      "Drop it; its consumer must be resynchronised."),
    rule(
      .slotAboutToBeLost, from: .v13, .error,
      "The next checkpoints do not invalidate the slot for WAL beyond max_slot_wal_keep_size.",
      "Raise max_slot_wal_keep_size before that, or let its consumer catch up."),
    rule(
      .slotLostByReplay, from: .v16, .error,
      "What the standby has still to replay invalidates no slot of its own (16 and later).",
      "Let the standby come to a restartpoint past that record; otherwise the slot must be made anew."),
    rule(
      .slotUnfinished, .error, "The slot was made to the end: it has a position that a consumer can go on from.",
      "Drop it and make it anew."),
    rule(
      .slotVanishes, .info,
      "The slot is there after the next start; a temporary one is not, nor is a synchronised one that is not finished (a warning).",
      nil),
    rule(.slotWALMissing, .error, "All WAL that the slot needs is here.", "Copy the missing segments from an archive."),
    rule(
      .slotBeyondEnd, .error, "The slot's position is not past the end of WAL here.",
      "Its consumer may hold changes that this server does not have; compare before using the slot."),
    rule(
      .slotSnapshotMissing, .error,
      "The snapshot that decoding the slot begins with is here; without it changes are skipped, or sent in part (a warning).",
      "Put back the file before its consumer connects; otherwise the consumer must be resynchronised."),
    rule(
      .slotSnapshotDamaged, .error, "The snapshot that decoding the slot begins with can be read.",
      "Put back a good copy of the file. Do not remove it."),
    rule(
      .slotIdleTimeout, from: .v18, .warning,
      "No checkpoint invalidates the slot for idleness (idle_replication_slot_timeout); an error where the next one does.",
      "Let its consumer connect, drop the slot, or raise idle_replication_slot_timeout."),
    rule(
      .slotDatabaseMissing, .warning, "The slot's database is in pg_database.",
      "Drop the slot if the database is gone for good."),
    rule(.slotNameDiffers, .warning, "The slot's folder has the name that is in its state file.", nil),
    rule(
      .slotNameInvalid, .warning, "The slot's name is one that a server makes.",
      "The file was edited or forged; it is left out of every plan."),
    rule(
      .slotDuplicateName, .warning, "No two folders hold a slot of one name.",
      "Keep one; later writes of all of them go to the folder of that name."),
    rule(.slotInterruptedWrite, .info, "No interrupted write left a state.tmp; the next start removes it.", nil),
    rule(
      .slotSpillFiles, .info, "No files are left from decoding large transactions; the next start removes them.", nil),
    rule(
      .slotLeftoverFolder, .info, "No folder is left from a slot being made or dropped; the next start removes it.", nil
    ),
    rule(
      .slotSymbolicLink, .warning, "No symbolic link lies among the slots; the server ignores what is behind it.", nil),
    rule(.slotForeignFile, .info, "Nothing but slots lies among the slots; the server ignores it.", nil),
    rule(
      .snapshotsDamaged, .warning, "The other files in pg_logical/snapshots can be read.",
      "Put back good copies where a slot needs them."),
    rule(.walGap, .warning, "No WAL segment is missing between others.", "Copy what is missing from an archive."),
    rule(
      .walRedoMissing, .error, "The WAL segment where replay begins is here.",
      "Copy it from an archive before any start."),
    rule(
      .walValidAfterEnd, .warning, "No valid records come after the end of WAL.",
      "If the server had written past that end, restore the segment from an archive."),
    rule(
      .walEndsTooEarly, .error, "WAL reaches as far as the data files need it.",
      "Copy the missing WAL from an archive or the primary."),
    rule(
      .walLeftByCheckpoint, .warning, "The last checkpoint removed all WAL that nothing keeps.",
      "Let a transaction that has a number be decoded, then let a checkpoint come."),
    rule(
      .timelineHistoryMissing, .warning, "The history file of each timeline is here.",
      "Copy the history file from the archive or another node."),
    rule(.timelineControlLags, .info, "The control file knows the timeline that the node was promoted to.", nil),
    rule(.timelineSwitchPointsDecrease, .info, "The switch points in a history only move forward.", nil),
    rule(
      .timelineAmbiguous, .error, "No timeline exists twice with different histories.",
      "Do not let these nodes archive to one place; rebuild all but one of them."),
    rule(.timelineDiverged, .warning, "No node has WAL past a switch point that its own timeline does not know.", nil),
    rule(.clusterDifferentSystems, .error, "The directories are of one cluster.", nil),
    rule(
      .transactionsPrepared, .warning,
      "No prepared transaction is open, for which the creation of a logical slot waits.",
      "COMMIT PREPARED or ROLLBACK PREPARED each of them."),
    rule(
      .serverRefused, .warning,
      "The server answered what it was asked; for slots, the control file, settings and WAL an error.",
      nil),
    rule(
      .serverLimitedRole, .info, "The role that asked may see everything.", "GRANT pg_monitor TO the role that asks."),
    rule(
      .serverRoleUnknown, .warning, "Whether the server is a standby can be told.",
      "Ask as a member of pg_monitor, or read its data directory."),
  ]
}
