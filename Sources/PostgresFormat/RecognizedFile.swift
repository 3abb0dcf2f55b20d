package import ByteReading

/// One file that was recognized, decoded.
package enum RecognizedFile: Sendable, Hashable {
  case slotState(SlotState)
  case controlFile(ControlFile)
  case snapshot(SnapshotFile)
  case originProgress([OriginProgress])
  case preparedTransaction(PreparedTransaction)
  case relationMap(RelationMap)
  case walSegment(WALSegmentHead)
  /// The timeline that a history belongs to stands in its name, not in the file. The warnings name what no server writes.
  case timelineHistory([TimelineHistory.Entry], warnings: [FormatError])
  case backupLabel(BackupLabel)
  case backupManifest(BackupManifest)
  case tablespaceMap([TablespaceMapEntry])
  case postmasterPID(PostmasterPID)
  case postmasterOptions(PostmasterOptions)
  case versionFile(VersionFile)
  case configuration(ConfigurationText)

  /// Decodes a file of a known format. `version` is that of the directory the file lies in, where it is known.
  package init(_ format: FileFormat, parsing bytes: RawSpan, version: ServerVersion?) throws(FormatError) {
    switch format {
    case .slotState: self = .slotState(try SlotState(parsing: bytes, version: version))
    case .controlFile: self = .controlFile(try ControlFile(parsing: bytes, version: version))
    case .snapshot: self = .snapshot(try SnapshotFile(parsing: bytes, version: version))
    case .originProgress: self = .originProgress(try OriginProgress.list(parsing: bytes))
    case .preparedTransaction: self = .preparedTransaction(try PreparedTransaction(parsing: bytes, version: version))
    case .relationMap: self = .relationMap(try RelationMap(parsing: bytes))
    case .walSegment: self = .walSegment(try WALSegmentHead(parsing: bytes))
    case .timelineHistory:
      let parsed = try TimelineHistory.parsing(bytes, version: version)
      self = .timelineHistory(parsed.ancestors, warnings: parsed.warnings)
    case .backupLabel: self = .backupLabel(try BackupLabel(parsing: bytes))
    case .backupManifest:
      let text = try bytes.bytes(at: 0, count: bytes.byteCount, field: "backup_manifest")
      self = .backupManifest(try BackupManifest(parsing: text))
    case .tablespaceMap: self = .tablespaceMap(try TablespaceMapEntry.list(parsing: bytes))
    case .postmasterPID: self = .postmasterPID(try PostmasterPID(parsing: bytes))
    case .postmasterOptions: self = .postmasterOptions(try PostmasterOptions(parsing: bytes))
    case .versionFile: self = .versionFile(try VersionFile(parsing: bytes))
    case .configuration:
      let text = try bytes.bytes(at: 0, count: bytes.byteCount, field: "configuration")
      self = .configuration(ConfigurationText(text))
    }
  }
}
