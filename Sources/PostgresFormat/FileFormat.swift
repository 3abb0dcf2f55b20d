internal import ByteReading

/// The formats of single files that slotscope decodes, told apart by content alone: names lie in copies and backups.
package enum FileFormat: String, Sendable, Hashable, CaseIterable {
  case slotState = "slot_state"
  case controlFile = "control_file"
  case snapshot
  case originProgress = "replication_origins"
  case preparedTransaction = "prepared_transaction"
  case relationMap = "relation_map"
  case walSegment = "wal_segment"
  case timelineHistory = "timeline_history"
  case backupLabel = "backup_label"
  case backupManifest = "backup_manifest"
  case tablespaceMap = "tablespace_map"
  case postmasterPID = "postmaster_pid"
  case postmasterOptions = "postmaster_opts"
  case versionFile = "version_file"
  /// postgresql.conf and all that follows its grammar; only where nothing else fits.
  case configuration

  /// In words.
  package var name: String {
    switch self {
    case .slotState: "replication slot state"
    case .controlFile: "control file"
    case .snapshot: "serialized snapshot"
    case .originProgress: "replication origin progress"
    case .preparedTransaction: "prepared transaction"
    case .relationMap: "relation map"
    case .walSegment: "WAL segment"
    case .timelineHistory: "timeline history"
    case .backupLabel: "backup label"
    case .backupManifest: "backup manifest"
    case .tablespaceMap: "tablespace map"
    case .postmasterPID: "postmaster.pid"
    case .postmasterOptions: "postmaster.opts"
    case .versionFile: "PG_VERSION"
    case .configuration: "configuration file"
    }
  }

  /// Bytes that are enough to recognize a file.
  package static let headLength = 8192

  /// The largest file of the format, in bytes. Of a WAL segment the first page is enough.
  package var sizeLimit: Int {
    switch self {
    case .slotState: SlotState.fileSizeLimit
    case .controlFile: ControlFile.fileSizeLimit
    case .snapshot: SnapshotFile.fileSizeLimit
    case .originProgress: OriginProgress.fileSizeLimit
    case .preparedTransaction: PreparedTransaction.fileSizeLimit
    case .relationMap: RelationMap.maximumLength
    case .walSegment: 1 << 30
    case .timelineHistory: TimelineHistory.fileSizeLimit
    case .backupLabel: BackupLabel.fileSizeLimit
    case .backupManifest: BackupManifest.fileSizeLimit
    case .tablespaceMap: TablespaceMapEntry.fileSizeLimit
    case .postmasterPID: PostmasterPID.fileSizeLimit
    case .postmasterOptions: PostmasterOptions.fileSizeLimit
    case .versionFile: VersionFile.fileSizeLimit
    case .configuration: ConfigurationText.fileSizeLimit
    }
  }

  /// The format of the file that begins with these bytes (all of a shorter file), nil where none fits.
  ///
  /// Binary formats are known by their magic numbers in either byte order, the control file by its version number,
  /// texts by their first lines. A damaged file is still recognized where these survive.
  package init?(head: [UInt8]) {
    guard let format = Self.binary(unsafe head.span.bytes) ?? Self.text(head) else { return nil }
    self = format
  }

  private static func binary(_ head: RawSpan) -> FileFormat? {
    guard let word = try? head.u32(at: 0, field: "magic") else { return nil }
    for magic in [word, word.byteSwapped] {
      switch magic {
      case SlotState.magic: return .slotState
      case SnapshotFile.magic: return .snapshot
      case OriginProgress.magic: return .originProgress
      case RelationMap.magic: return .relationMap
      // 9.4 and 9.5 have the number before those of 9.6.
      case 0x57F9_4532, PreparedTransaction.magics[0], PreparedTransaction.magics[1]: return .preparedTransaction
      default: break
      }
    }
    if let version = try? head.u32(at: 8, field: "pg_control_version"), head.byteCount >= 240,
      ([version, version.byteSwapped].contains { $0 == 942 || !ControlFile.versions(controlVersion: $0).isEmpty })
    {
      return .controlFile
    }
    if ServerVersion(pageMagic: UInt16(truncatingIfNeeded: word)) != nil,
      let address = try? head.u64(at: 8, field: "xlp_pageaddr"), address % 8192 == 0
    {
      return .walSegment
    }
    return nil
  }

  private static func text(_ head: [UInt8]) -> FileFormat? {
    guard !head.contains(0) else { return nil }
    var reader = TextLines(head)
    let lines = reader.all(limit: 16).map(\.bytes)
    guard let first = lines.first else { return nil }
    if first.starts(with: "START WAL LOCATION:".utf8) { return .backupLabel }
    if isManifest(head) { return .backupManifest }
    if first.contains(UInt8(ascii: "\"")), first.last == UInt8(ascii: "\""), isOptions(first) {
      return .postmasterOptions
    }
    let content = lines.filter { line in
      let byte = line.first { !$0.isSpace }
      return byte != nil && byte != UInt8(ascii: "#")
    }
    if let entry = content.first, isHistoryEntry(entry) { return .timelineHistory }
    if lines.count == 1, isVersion(first) { return .versionFile }
    if lines.count >= 2, isNumber(first), lines[1].first == UInt8(ascii: "/") { return .postmasterPID }
    if isMapEntry(first) { return .tablespaceMap }
    return isConfiguration(head) ? .configuration : nil
  }

  /// `PATH "ARGUMENT" …`.
  private static func isOptions(_ line: ArraySlice<UInt8>) -> Bool {
    line.first == UInt8(ascii: "/") && String(decoding: line, as: UTF8.self).contains(" \"")
  }

  /// As servers write it: the version is the first member.
  private static func isManifest(_ head: [UInt8]) -> Bool {
    head.filter { !$0.isSpace }.starts(with: #"{"PostgreSQL-Backup-Manifest-Version""#.utf8)
  }

  private static func isHistoryEntry(_ line: ArraySlice<UInt8>) -> Bool {
    var cursor = ScanCursor(line)
    guard cursor.decimal() != nil, let blank = cursor.current, blank.isSpace else { return false }
    return cursor.lsn() != nil
  }

  private static func isVersion(_ line: ArraySlice<UInt8>) -> Bool {
    !line.isEmpty && line.count <= 4
      && line.allSatisfy { $0 == UInt8(ascii: ".") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }

  private static func isNumber(_ line: ArraySlice<UInt8>) -> Bool {
    Int64(String(decoding: line, as: UTF8.self)) != nil
  }

  private static func isMapEntry(_ line: ArraySlice<UInt8>) -> Bool {
    let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 1)
    return parts.count == 2 && UInt32(String(decoding: parts[0], as: UTF8.self)) != nil
      && parts[1].first == UInt8(ascii: "/")
  }

  /// Whole lines of which most are settings, or nothing but comments.
  private static func isConfiguration(_ head: [UInt8]) -> Bool {
    guard String(validating: head, as: UTF8.self) != nil || head.count == headLength else { return false }
    let end = head.count < headLength ? head.count : (head.lastIndex(of: 0x0A) ?? head.count)
    let text = ConfigurationText(Array(head[..<end]))
    if text.statements.isEmpty && text.errors.isEmpty { return head.contains(UInt8(ascii: "#")) }
    return text.statements.count > text.errors.count
  }
}
