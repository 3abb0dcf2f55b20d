import Evidence
import PostgresFormat

/// The settings that decide what becomes of slots: what would be in force at the next start, and where it was set.
enum SettingsText {
  /// In the order in which an operator asks. Those that the version lacks are left out; so are defaults, but for the first
  /// few, without which the rest cannot be read.
  private static let names = [
    "wal_level", "max_replication_slots", "hot_standby_feedback", "primary_slot_name", "primary_conninfo",
    "sync_replication_slots", "synchronized_standby_slots", "max_slot_wal_keep_size",
    "idle_replication_slot_timeout", "wal_keep_size", "wal_keep_segments", "max_wal_senders", "hot_standby",
    "recovery_target_timeline", "recovery_target", "recovery_target_name", "recovery_target_time",
    "recovery_target_xid", "recovery_target_lsn", "recovery_target_inclusive", "recovery_target_action",
    "recovery_min_apply_delay", "restore_command", "archive_mode",
    "shared_preload_libraries", "output_plugin_libraries",
  ]
  private static let alwaysShown = 2

  static func lines(_ evidence: Evidence, style: TextStyle) -> [TerminalText] {
    guard let version = evidence.version else { return [] }
    let settings = EffectiveSettings(evidence.settings, version: version)
    var table = TextTable([("setting", .left), ("value", .left), ("from", .left)])
    for (index, name) in names.enumerated() {
      guard let setting = settings[name], index < alwaysShown || !setting.isDefault else { continue }
      let place = setting.assignment.map { $0.line > 0 ? "\($0.path):\($0.line)" : $0.path }
      let refused = setting.refusal != nil
      // Nothing was read that would give another value.
      let isUnknown = setting.isDefault && evidence.settings.mainFile == nil && evidence.server == nil
      table.add(
        [
          name, isUnknown ? "unknown" : setting.text.isEmpty ? "''" : setting.text,
          isUnknown
            ? "no configuration file was read (--config-file)" : (place ?? "default") + (refused ? " (refused)" : ""),
        ],
        styles: refused ? [2: .error] : [2: .faint])
    }
    return table.lines(indent: 2, style: style, heading: false)
  }
}
