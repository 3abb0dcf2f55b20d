import Evidence
import PostgresFormat

extension Evidence {
  /// Takes out what older releases, or others, let stand in a file: what reads evidence shows it as well as what makes it.
  mutating func withholdSecrets() {
    settings.assignments = settings.assignments.compactMap(Self.kept)
    settings.recovery = settings.recovery.compactMap(Self.kept)
    wal.linkTarget = wal.linkTarget.map(SecretRedaction.scrubbed)
    for index in startFiles.tablespaceMap.indices {
      startFiles.tablespaceMap[index].path = SecretRedaction.scrubbed(startFiles.tablespaceMap[index].path)
    }
    for index in subscriptions.indices {
      subscriptions[index].connectionInfo = subscriptions[index].connectionInfo.map(SecretRedaction.redactingPassword)
    }
  }

  private static func kept(_ assignment: SettingAssignment) -> SettingAssignment? {
    guard let value = SecretRedaction.capturedValue(ofSetting: assignment.name, assignment.value) else { return nil }
    var assignment = assignment
    assignment.value = value
    return assignment
  }
}
