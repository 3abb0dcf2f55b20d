import Evidence
import PostgresFormat

extension ServerReader {
  /// The settings in force, with the file and line where the server tells them. Passwords are removed.
  ///
  /// pg_settings leaves out what the role may not see, so a setting that is not in the answer is not one with its default.
  func readSettings(into evidence: inout Evidence) throws(ServerError) {
    guard let rows = try ask(.settings, into: &evidence) else {
      evidence.settings.hidden = namesOfVersion
      return
    }
    let directory = rows.first { $0.text("name") == "data_directory" }?.text("value")
    evidence.server?.dataDirectory = directory
    evidence.settings.mainFile = rows.first { $0.text("name") == "config_file" }?.text("value")
    var shown: Set<String> = []
    for row in rows {
      guard let name = row.text("name").map(SettingDefinition.normalized), let value = row.text("value") else {
        continue
      }
      shown.insert(name)
      if let assignment = assignment(name, value, row, directory: directory) {
        evidence.settings.assignments.append(assignment)
      }
    }
    // What is in force now has been since the server last read its files, at the latest.
    let paths = Set(evidence.settings.assignments.filter { $0.origin == .file }.map(\.path))
    let loaded = rows.first?.time("loaded_at")
    evidence.settings.files = paths.sorted().map { SettingsFile(path: $0, modifiedAt: loaded) }
    let missing = namesOfVersion.union(["output_plugin_libraries"]).subtracting(shown)
    // Before 12 a standby's parameters are not settings.
    let elsewhere = inRecovery ? missing.intersection(RecoveryParameter.names) : []
    if session.flag("sees_settings") == true {
      evidence.settings.absent = missing.subtracting(elsewhere)
      evidence.settings.hidden = elsewhere.isEmpty ? nil : elsewhere
    } else {
      evidence.settings.hidden = missing
    }
  }

  private var namesOfVersion: Set<String> {
    let settings = SettingDefinition.all.filter { $0.exists(in: version) }.map(\.name)
    return Set(settings).union(RecoveryParameter.names.filter { RecoveryParameter.isOne($0, in: version) })
  }

  /// nil for a default, for what holds in this session only, and for what evidence does not keep.
  private func assignment(
    _ name: String, _ value: String, _ row: ServerRow, directory: String?
  ) -> SettingAssignment? {
    // What archive_command shows while archive_mode is off, whatever it is set to.
    guard value != "(disabled)" else { return nil }
    guard let redacted = SecretRedaction.capturedValue(ofSetting: name, value) else { return nil }
    switch row.text("source") {
    case "configuration file":
      var path = row.text("sourcefile") ?? "pg_settings"
      if let directory, path.hasPrefix(directory + "/") { path.removeFirst(directory.count + 1) }
      return SettingAssignment(name: name, value: redacted, path: path, line: row.number("sourceline") ?? 0)
    case "command line", "environment variable":
      return SettingAssignment(name: name, value: redacted, path: "command line", line: 0, origin: .commandLine)
    case "default", "override":
      // What the server works out for itself can differ from what the version's table says.
      guard let definition = SettingDefinition.find(name, in: version) else { return nil }
      func read(_ text: String) -> SettingValue? { try? SettingValue.parse(text, as: definition, version: version) }
      guard read(value) != read(definition.defaultValue) else { return nil }
      return SettingAssignment(name: name, value: redacted, path: "pg_settings", line: 0, origin: .server)
    default: return nil
    }
  }
}
