package import PostgresFormat

/// What `slotscope show` says about one recognized file: fields, and rows where the file is a list.
package enum ShowFile {
  /// The fields of a file that is one thing.
  package static func fields(_ file: RecognizedFile) -> [ShowField] {
    switch file {
    case .slotState(let slot): self.slot(slot)
    case .controlFile(let control): ShowControlFile.fields(control)
    case .snapshot(let snapshot): self.snapshot(snapshot)
    case .preparedTransaction(let prepared): self.prepared(prepared)
    case .walSegment(let head): self.segment(head)
    case .backupLabel(let label): self.backupLabel(label)
    case .backupManifest(let manifest): self.backupManifest(manifest)
    case .postmasterPID(let file): postmaster(file)
    case .postmasterOptions(let file):
      [
        ShowField("program", "program", .string(file.redacted.program)),
        ShowField(
          "arguments", "arguments",
          .list(file.redacted.arguments) { .string($0) }, text: file.redacted.arguments.joined(separator: " ")),
      ]
    case .versionFile(let file):
      [
        ShowField("version", "version", .string(file.text)),
        ShowField("supported", "supported", .bool(file.version != nil)),
      ]
    case .originProgress, .relationMap, .timelineHistory, .tablespaceMap, .configuration: []
    }
  }

  /// The rows of a file that is a list; nil for the others.
  package static func rows(_ file: RecognizedFile) -> [[ShowField]]? {
    switch file {
    case .originProgress(let origins):
      origins.map {
        [
          ShowField("roident", "roident", .number($0.originID)),
          ShowField("remote_lsn", "remote_lsn", .text($0.remoteLSN)),
        ]
      }
    case .relationMap(let map):
      map.fileNumbers.sorted { $0.key < $1.key }.map {
        [ShowField("oid", "oid", .text($0.key)), ShowField("relfilenode", "relfilenode", .text($0.value))]
      }
    case .timelineHistory(let entries, warnings: _):
      entries.map {
        [
          ShowField("timeline", "timeline_id", .number($0.timeline.rawValue)),
          ShowField("ends at", "switch_lsn", .text($0.switchPoint)), ShowField("reason", "reason", .string($0.reason)),
        ]
      }
    case .tablespaceMap(let entries):
      entries.map { [ShowField("oid", "oid", .text($0.oid)), ShowField("path", "path", .string($0.path))] }
    case .configuration(let text):
      text.statements.map {
        [
          ShowField("line", "line", .number($0.line)), ShowField("name", "name", .string($0.name)),
          ShowField(
            "value", "value", .string(SecretRedaction.redactingSetting(name: $0.name, value: $0.value))),
        ]
      }
    case .slotState, .controlFile, .snapshot, .preparedTransaction, .walSegment, .backupLabel, .backupManifest,
      .postmasterPID, .postmasterOptions, .versionFile:
      nil
    }
  }

  /// The majors that the content itself allows, oldest first; empty where it does not tell.
  package static func versions(_ file: RecognizedFile) -> [ServerVersion] {
    switch file {
    case .slotState(let slot): slot.writtenBy
    case .controlFile(let control):
      control.version.map { [$0] } ?? ControlFile.versions(controlVersion: control.controlVersion)
    case .walSegment(let head): [head.version]
    default: []
    }
  }

  /// `PostgreSQL 17, 18 or 19`; nil where the versions are not known.
  package static func words(for versions: [ServerVersion]) -> String? {
    guard let last = versions.last else { return nil }
    let earlier = versions.dropLast().map(\.name).joined(separator: ", ")
    return "PostgreSQL " + (earlier.isEmpty ? last.name : "\(earlier) or \(last.name)")
  }

  private static func slot(_ slot: SlotState) -> [ShowField] {
    var fields = [
      ShowField("slot_name", "slot_name", .string(slot.name)),
      ShowField("slot_type", "slot_type", .string(slot.isLogical ? "logical" : "physical")),
      ShowField("plugin", "plugin", slot.plugin.isEmpty ? .null : .string(slot.plugin)),
      ShowField("datoid", "datoid", slot.isLogical ? .text(slot.database) : .null),
      ShowField("persistency", "persistency", .string("\(slot.persistency)")),
      ShowField("xmin", "xmin", .text(slot.xmin.nonZero)),
      ShowField("catalog_xmin", "catalog_xmin", .text(slot.catalogXmin.nonZero)),
      ShowField("restart_lsn", "restart_lsn", .text(slot.restartLSN.nonZero)),
      ShowField("confirmed_flush_lsn", "confirmed_flush_lsn", .text(slot.confirmedFlush.nonZero)),
      ShowField(
        "invalidation_reason", "invalidation_reason", .text(slot.invalidation?.rawValue),
        text: slot.invalidation?.rawValue ?? "none, the slot is valid"),
    ]
    if let position = slot.invalidatedAt {
      fields.append(ShowField("invalidated_at", "invalidated_at", .text(position.nonZero)))
    }
    if let twoPhase = slot.twoPhase { fields.append(ShowField("two_phase", "two_phase", .bool(twoPhase))) }
    if let position = slot.twoPhaseAt {
      fields.append(ShowField("two_phase_at", "two_phase_at", .text(position.nonZero)))
    }
    if let failover = slot.failover { fields.append(ShowField("failover", "failover", .bool(failover))) }
    if let synced = slot.synced { fields.append(ShowField("synced", "synced", .bool(synced))) }
    return fields + [
      ShowField("file version", "file_version", .number(slot.fileVersion)),
      ShowField("file length", "file_length", .number(slot.fileLength)),
    ]
  }

  private static func snapshot(_ snapshot: SnapshotFile) -> [ShowField] {
    let states: [Int32: String] = [-1: "start", 0: "building", 1: "full snapshot", 2: "consistent"]
    var fields = [
      ShowField("file version", "file_version", .number(snapshot.fileVersion)),
      ShowField("state", "state", .text(states[snapshot.state]), text: states[snapshot.state] ?? "\(snapshot.state)"),
      ShowField("xmin", "xmin", .text(snapshot.xmin)),
      ShowField("xmax", "xmax", .text(snapshot.xmax)),
      ShowField("start_decoding_at", "start_decoding_at", .text(snapshot.startDecodingAt.nonZero)),
      ShowField(
        "last_serialized_snapshot", "last_serialized_snapshot", .text(snapshot.lastSerializedSnapshot.nonZero)),
      ShowField("committed transactions", "committed_count", .text(snapshot.committedCount)),
    ]
    if let count = snapshot.catalogChangeCount {
      fields.append(ShowField("catalog-changing transactions", "catchange_count", .text(count)))
    }
    return fields
  }

  private static func prepared(_ prepared: PreparedTransaction) -> [ShowField] {
    var fields = [
      ShowField("transaction", "transaction", .text(prepared.xid)),
      ShowField("gid", "gid", .string(prepared.gid)),
      ShowField("prepared", "prepared", .text(prepared.preparedAt)),
      ShowField("owner (oid)", "owner", .text(prepared.owner)),
      ShowField("database (oid)", "datoid", .text(prepared.database)),
      ShowField("subtransactions", "subtransactions", .number(prepared.subtransactionCount)),
    ]
    if let origin = prepared.originLSN {
      fields.append(ShowField("origin_lsn", "origin_lsn", .text(origin.nonZero)))
    }
    return fields
  }

  private static func segment(_ head: WALSegmentHead) -> [ShowField] {
    [
      ShowField("page magic", "magic", .string(PageHeader.words(for: head.header.magic))),
      ShowField("timeline", "timeline_id", .number(head.header.timeline.rawValue)),
      ShowField("first byte", "start_lsn", .text(head.header.address)),
      ShowField("segment name", "segment", .text(head.segmentName)),
      ShowField("segment size in bytes", "segment_size", .number(head.segmentSize)),
      ShowField("WAL block size in bytes", "wal_block_size", .number(head.blockSize)),
      ShowField("system identifier", "system_identifier", .text(head.systemIdentifier)),
      ShowField("bytes of a record begun before", "remaining_length", .number(head.header.remainingLength)),
    ]
  }

  private static func backupLabel(_ label: BackupLabel) -> [ShowField] {
    var fields = [
      ShowField("START WAL LOCATION", "start_lsn", .text(label.startLSN)),
      ShowField("START WAL FILE", "start_wal_file", .string(label.startSegment)),
      ShowField("START TIMELINE", "start_timeline_id", .number(label.startTimeline.rawValue)),
      ShowField("CHECKPOINT LOCATION", "checkpoint_lsn", .text(label.checkpointLSN)),
    ]
    func add(_ name: String, _ key: String, _ value: (some CustomStringConvertible)?) {
      if let value { fields.append(ShowField(name, key, .text(value))) }
    }
    add("STOP WAL LOCATION", "stop_lsn", label.stopLSN)
    add("BACKUP METHOD", "backup_method", label.method)
    add("BACKUP FROM", "backup_from", label.from)
    add("START TIME", "start_time", label.startTime)
    add("LABEL", "label", label.label)
    add("STOP TIME", "stop_time", label.stopTime)
    add("STOP TIMELINE", "stop_timeline_id", label.stopTimeline)
    add("INCREMENTAL FROM LSN", "incremental_from_lsn", label.incrementalFromLSN)
    add("INCREMENTAL FROM TLI", "incremental_from_timeline_id", label.incrementalFromTimeline)
    return fields
  }

  private static func backupManifest(_ manifest: BackupManifest) -> [ShowField] {
    let ranges = manifest.walRanges.map { "timeline \($0.timeline), \($0.start) to \($0.end)" }
    return [
      ShowField("PostgreSQL-Backup-Manifest-Version", "version", .number(manifest.version)),
      ShowField("System-Identifier", "system_identifier", .text(manifest.systemIdentifier)),
      ShowField("Files", "file_count", .number(manifest.fileCount)),
      ShowField("bytes of these", "total_bytes", .text(manifest.totalBytes)),
      ShowField("of which with changed blocks only", "incremental_count", .number(manifest.incrementalCount)),
      ShowField(
        "WAL-Ranges", "wal_ranges",
        .list(manifest.walRanges) { range in
          [
            "timeline_id": .number(range.timeline.rawValue), "start_lsn": .text(range.start),
            "end_lsn": .text(range.end),
          ]
        }, text: ranges.isEmpty ? "none" : ranges.joined(separator: "; ")),
      ShowField("Manifest-Checksum", "manifest_checksum", .text(manifest.checksum)),
    ]
  }

  private static func postmaster(_ file: PostmasterPID) -> [ShowField] {
    [
      ShowField("pid", "pid", .number(file.pid)),
      ShowField("data directory", "data_directory", .text(file.dataDirectory)),
      ShowField("started", "start_time", .text(file.startTime)),
      ShowField("port", "port", .number(file.port)),
      ShowField("socket directory", "socket_directory", .text(file.socketDirectory)),
      ShowField("listen address", "listen_address", .text(file.listenAddress)),
      ShowField("status", "status", .text(file.status)),
    ]
  }
}
