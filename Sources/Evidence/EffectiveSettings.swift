package import PostgresFormat

/// What each setting is once the files and the command line have been read: the last assignment of a name wins, even
/// where it is invalid, else the version's default holds.
///
/// Before 12 the parameters of recovery.conf are answered from that file under their own names, compared as written.
package struct EffectiveSettings: Sendable {
  /// The major whose settings, defaults and value rules apply.
  package let version: ServerVersion
  private let evidence: SettingsEvidence
  private let last: [String: SettingAssignment]
  private let lastOfRecovery: [String: SettingAssignment]

  /// Settles every name once; of several assignments the later one in `evidence` counts, as `ProcessConfigFile` has it.
  package init(_ evidence: SettingsEvidence, version: ServerVersion) {
    (self.evidence, self.version) = (evidence, version)
    // The command line stands after the files in `assignments`, and beats them.
    last = Dictionary(evidence.assignments.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    lastOfRecovery = Dictionary(evidence.recovery.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
  }

  /// One setting as it would hold.
  package struct Setting: Sendable, Hashable {
    /// In lower case, as `pg_settings.name` has it for the settings of the server itself.
    package var name: String
    /// As written; the default where nothing is.
    package var text: String
    /// nil where the server refuses the text, or this version's table does not have the setting.
    package var value: SettingValue?
    /// Why the server would not take the text, which stops a start; nil for a valid value and for a name that is not in
    /// the table.
    package var refusal: SettingValue.Refusal?
    /// nil for a default.
    package var assignment: SettingAssignment?
    /// Nothing assigns it, so the boot value of the version holds.
    package var isDefault: Bool { assignment == nil }
  }

  /// nil where the version has no such setting and no file gives it, and where a server hides it.
  package subscript(name: String) -> Setting? {
    let key = SettingDefinition.normalized(name)
    if evidence.hidden?.contains(key) == true || evidence.absent?.contains(key) == true { return nil }
    let fromRecovery = RecoveryParameter.isOne(key, in: version)
    let assignment = fromRecovery ? lastOfRecovery[key] : last[key]
    let definition = fromRecovery ? RecoveryParameter.find(key) : SettingDefinition.find(key, in: version)
    guard let definition else {
      return assignment.map { Setting(name: key, text: $0.value, value: nil, refusal: nil, assignment: $0) }
    }
    let text = assignment?.value ?? definition.defaultValue
    var setting = Setting(name: key, text: text, value: nil, refusal: nil, assignment: assignment)
    do throws(SettingValue.Refusal) {
      setting.value = try SettingValue.parse(text, as: definition, version: version)
    } catch { setting.refusal = error }
    return setting
  }

  /// Whether the server has the setting and did not show it.
  package func isHidden(_ name: String) -> Bool {
    evidence.hidden?.contains(SettingDefinition.normalized(name)) == true
  }

  /// Whether the server was asked and does not have the setting, which others of its major may have.
  package func isAbsent(_ name: String) -> Bool {
    evidence.absent?.contains(SettingDefinition.normalized(name)) == true
  }

  /// nil where the setting is invalid, no boolean, or not of this version.
  package func bool(_ name: String) -> Bool? {
    guard case .bool(let value)? = self[name]?.value else { return nil }
    return value
  }

  /// In the setting's own unit; nil where it is invalid, no integer, or not of this version.
  package func integer(_ name: String) -> Int64? {
    guard case .integer(let value)? = self[name]?.value else { return nil }
    return value
  }

  /// Text as written, or the canonical word of an enumeration; nil where it is invalid or not of this version. A setting
  /// of an extension is answered where a file gives it.
  package func text(_ name: String) -> String? {
    guard let setting = self[name], setting.refusal == nil else { return nil }
    return setting.value?.shown ?? setting.text
  }

  /// The names in a list; nil where its syntax is invalid or the setting not of this version.
  package func names(_ name: String) -> [String]? { self[name].flatMap { IdentifierList.names($0.text) } }

  /// `wal_level`, nil where it is invalid.
  package var walLevel: WALLevel? {
    switch text("wal_level") {
    case "minimal": .minimal
    case "replica": .replica
    case "logical": .logical
    default: nil
    }
  }
}

/// What `recovery_target_timeline` says. Follows `check_recovery_target_timeline` in
/// src/backend/access/transam/xlogrecovery.c.
package enum RecoveryTargetTimeline: Sendable, Hashable {
  /// The newest that branches off from the control file's; the default from 12 on.
  case latest
  /// The control file's; before 12 the default, written as nothing.
  case current
  case number(TimelineID)

  /// nil where the text is none of them.
  package init?(_ text: String) {
    switch text {
    case "latest": self = .latest
    case "current", "": self = .current
    default:
      guard let number = UInt32(text) else { return nil }
      self = .number(TimelineID(number))
    }
  }

  /// Its name, in recovery.conf too.
  package static let setting = "recovery_target_timeline"
}

/// The parameters of recovery.conf, which exists before 12. Follows src/backend/access/transam/xlog.c of 11.
package enum RecoveryParameter {
  /// Whether the server would read this name from recovery.conf: never from 12 on, where these are settings. Lower case
  /// only.
  package static func isOne(_ name: String, in version: ServerVersion) -> Bool {
    !version.has(.recoverySignals) && byName[name] != nil
  }

  /// Type, range and default of a parameter, whatever the version; nil for a name that recovery.conf does not know.
  package static func find(_ name: String) -> SettingDefinition? { byName[name] }

  /// All of them: those that became settings in 12, and `standby_mode` and `trigger_file`, which did not survive under
  /// these names.
  package static var names: Set<String> { Set(byName.keys) }

  /// Those that end recovery before the end of the WAL; of settings and parameters alike at most one is set.
  package static let targets = [
    "recovery_target", "recovery_target_lsn", "recovery_target_name", "recovery_target_time", "recovery_target_xid",
  ]

  private static let byName: [String: SettingDefinition] = {
    let shared =
      targets + [
        "restore_command", "archive_cleanup_command", "recovery_end_command", "recovery_target_timeline",
        "recovery_target_inclusive", "recovery_target_action", "primary_conninfo", "primary_slot_name",
        "recovery_min_apply_delay",
      ]
    var table: [String: SettingDefinition] = [:]
    for name in shared {
      guard var definition = SettingDefinition.find(name, in: ServerFeature.recoverySignals.versions.lowerBound) else {
        continue
      }
      // Empty: the control file's timeline.
      if name == "recovery_target_timeline" { definition.defaultValue = "" }
      table[name] = definition
    }
    table["standby_mode"] = SettingDefinition(
      name: "standby_mode", first: .v9_6, last: .v11, kind: .bool, defaultValue: "off", change: .restart)
    table["trigger_file"] = SettingDefinition(
      name: "trigger_file", first: .v9_6, last: .v11, kind: .text, defaultValue: "", change: .restart)
    return table
  }()
}
