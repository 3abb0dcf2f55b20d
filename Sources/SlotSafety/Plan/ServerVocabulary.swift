import PostgresFormat

/// What the servers of one major call things in SQL, and which of them they have.
struct ServerVocabulary {
  /// The end of flushed WAL, on a primary.
  let flushedLSN: SQL
  /// The last replayed position, on a standby.
  let replayedLSN: SQL
  let walFileName: SQL
  let walDirectory: SQL
  private let version: ServerVersion
  /// `pg_create_logical_replication_slot` takes `two_phase` as its fourth argument.
  let createsTwoPhase: Bool
  /// `pg_replication_slot_advance` is there.
  let advancesSlots: Bool
  /// Slots can be failover slots: the view has `failover` and `synced`, and `synchronized_standby_slots` is a setting.
  let hasFailoverSlots: Bool
  /// The latest releases have a list of the output plugins that they allow.
  let listsPlugins: Bool
  /// A slot can be advanced from any database.
  let advancesAnywhere: Bool
  /// A change of `primary_conninfo` needs no restart.
  let reloadsConnection: Bool
  /// Roles can be given the right to change single settings.
  let grantsSettings: Bool
  /// A standby takes logical slots.
  let standbyTakesLogicalSlots: Bool
  /// Logical slots need wal_level = logical on the node itself. (19 raises the effective level by need.)
  let needsWALLevelLogical: Bool

  init(_ version: ServerVersion) {
    let old = !version.has(.walNames)
    flushedLSN = old ? "pg_current_xlog_flush_location()" : "pg_current_wal_flush_lsn()"
    replayedLSN = old ? "pg_last_xlog_replay_location()" : "pg_last_wal_replay_lsn()"
    walFileName = old ? "pg_xlogfile_name" : "pg_walfile_name"
    walDirectory = old ? "pg_xlog" : "pg_wal"
    self.version = version
    createsTwoPhase = version.has(.twoPhaseSlots)
    advancesSlots = version.has(.slotAdvance)
    hasFailoverSlots = version.has(.slotSynchronization)
    listsPlugins = version.has(.outputPluginLibraries)
    advancesAnywhere = version.has(.slotAdvanceAnywhere)
    reloadsConnection = version.has(.connectionReload)
    grantsSettings = version.has(.settingPrivileges)
    standbyTakesLogicalSlots = version.has(.logicalSlotsOnStandby)
    needsWALLevelLogical = !version.has(.effectiveWALLevel)
  }

  /// SQL: whether a row of `pg_replication_slots` is of a slot that is still valid. Versions that cannot lose one have none.
  func isValid(_ row: StaticString) -> SQL {
    if version.has(.invalidationReason) { return "\(row).invalidation_reason is null" }
    return version.has(.slotInvalidation) ? "\(row).wal_status is distinct from 'lost'" : "true"
  }

  /// SQL: the role may change the setting with ALTER SYSTEM.
  func mayAlterSystem(_ setting: SettingStep.Name) -> SQL {
    grantsSettings
      ? "has_parameter_privilege('\(setting.sql)', 'alter system')"
      : "(select rolsuper from pg_roles where rolname = current_user)"
  }
}
