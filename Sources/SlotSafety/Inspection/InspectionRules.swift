import ByteReading
import Evidence
import PostgresFormat

/// The rules that need one node only. Each is a function from an inspection to the findings it makes.
package enum InspectionRules {
  /// In the order of the rules, not of their severity.
  package static func all(_ node: Inspection) -> [Finding] {
    startup(node) + damage(node) + identity(node)
      + node.slots.flatMap {
        slot($0, in: node) + idleness($0, in: node)
          + [keepSize($0, in: node), replay($0, in: node)?.finding, decodingStart($0, in: node)].compactMap { $0 }
      }
      + slotFolders(node) + snapshots(node)
      + wal(node) + timelines(node) + preparedTransactions(node) + leftByCheckpoint(node)
  }

  static func startup(_ node: Inspection) -> [Finding] {
    let startup = node.startup
    guard startup.wouldStart == false, let message = startup.message else { return [] }
    let words = ([message] + startup.details).joined(separator: "; ")
    let place = startup.path.map { path in path + (startup.line.map { ":\($0)" } ?? "") }
    return [
      Finding(
        .startup, .error, "The server would not start: \(words)",
        facts: place.map { [Fact(startup.details.first ?? message, path: $0)] } ?? [],
        remedy: "Mend what the message names before starting; keep a copy of the directory first.")
    ]
  }

  static func damage(_ node: Inspection) -> [Finding] {
    guard node.evidence.server == nil else { return ServerRules.refusals(node) }
    return node.evidence.problems.filter { $0.subject != "snapshot" }.map { problem in
      let id = "damage." + problem.subject.replacing("_", with: "-")
      let grave = ["slot_state", "control_file", "wal", "timeline_history"].contains(problem.subject)
      let severity: Finding.Severity = grave ? .error : .warning
      switch problem.cause {
      case .format(let error):
        return Finding(
          id, severity, "\(problem.path) is damaged: \(error.sentence)",
          facts: [Fact(error.sentence, path: problem.path, offset: error.offset)],
          remedy: remedy(forDamagedFile: problem.subject))
      case .file(_, let message):
        return Finding(
          id, severity, "\(problem.path) could not be read: \(message)",
          facts: [Fact(message, path: problem.path)], remedy: "Make the file readable for this user, or copy it whole.")
      case .other(_, let message):
        return Finding(
          id, severity, "\(problem.path): \(message)", facts: [Fact(message, path: problem.path)])
      }
    }
  }

  private static func remedy(forDamagedFile subject: String) -> String {
    subject == "slot_state"
      ? "Put back a good copy of the file; or move its folder out of pg_replslot, and the server starts without this slot."
      : "Compare with a backup or another copy of this file."
  }

  static func identity(_ node: Inspection) -> [Finding] {
    let strange = strangeCatalogs(node.evidence)
    guard node.evidence.server == nil else { return strange + ServerRules.session(node) }
    var findings = strange
    let controlPath = node.evidence.control?.path ?? "global/pg_control"
    if node.running == true {
      findings.append(
        Finding(
          .nodeRunning, .info, "A server runs on this directory; positions are as of its last write.",
          facts: [
            Fact(
              "process \(node.evidence.startFiles.postmasterPID?.pid ?? 0); one works in this directory",
              path: "postmaster.pid")
          ]))
    } else if let state = node.evidence.control?.value.state, state != .shutDown, state != .shutDownInRecovery {
      findings.append(
        Finding(
          .nodeNotStopped, .warning,
          "The server was not stopped cleanly (state: \(state.name)), or this is a copy of a running one; slot positions are lower bounds.",
          facts: [Fact("state \(state.name)", path: controlPath, offset: 16)]))
    }
    if node.evidence.startFiles.backupLabelPresent {
      findings.append(
        Finding(
          .nodeBackupLabel, .warning,
          "A backup_label is here: the next start recovers from the backup's checkpoint, not from the control file's.",
          facts: [Fact("present", path: "backup_label")]))
    }
    if let control = node.evidence.control?.value, control.isBackupUnfinished {
      findings.append(
        Finding(
          .nodeBackupUnfinished, .warning,
          "A base backup was restored and its end has not been replayed; the directory is not consistent yet.",
          facts: [Fact("backup start \(control.backupStartPoint)", path: controlPath)]))
    }
    return findings
  }

  /// No error: a fork reads like the PostgreSQL that it is built on. An audit makes more of it.
  private static func strangeCatalogs(_ evidence: Evidence) -> [Finding] {
    guard let strange = StrangeCatalogs(evidence) else { return [] }
    return [
      Finding(
        .nodeCatalogVersion, .warning, strange.sentence(of: "The node"), facts: [strange.fact()],
        remedy: StrangeCatalogs.remedy)
    ]
  }

  static func slot(_ slot: SlotInspection, in node: Inspection) -> [Finding] {
    guard let state = slot.evidence.state else { return [] }
    let path = slot.evidence.path
    var findings: [Finding] = []
    func add(
      _ id: RuleID, _ severity: Finding.Severity, _ message: String, _ facts: [Fact], _ remedy: String? = nil
    ) {
      findings.append(Finding(id, severity, slot: slot.name, message, facts: facts, remedy: remedy))
    }

    switch slot.fate {
    case .fine, .damaged, .lostNext, .lostByReplay, .cannotDecode, .skips: break
    case .lost(let cause):
      let invalidated = [Fact("invalidated: \(cause.rawValue)", path: path, offset: 104)]
      if !state.isLogical, let version = node.evidence.version {
        let meaning = LostPhysicalSlot(version)
        add(
          .slotLost, .error, "Slot \(slot.name) is lost (\(cause.rawValue)): \(meaning.sentence).", invalidated,
          meaning.remedy)
      } else {
        add(
          .slotLost, .error, "Slot \(slot.name) is lost (\(cause.rawValue)); it cannot be made valid again.",
          invalidated, "Drop it; its consumer must be resynchronised.")
      }
    case .unfinished:
      add(
        .slotUnfinished, .error,
        "Slot \(slot.name) has no position: it was never made to the end, and no consumer can go on from it.",
        [Fact("confirmed_flush \(state.confirmedFlush), restart_lsn \(state.restartLSN)", path: path)],
        "Drop it and make it anew; a new slot waits for the transactions that are open then.")
    case .vanishes:
      let synced = state.synced == true
      add(
        .slotVanishes, synced ? .warning : .info,
        synced
          ? "Slot \(slot.name) is a synchronised copy that is not ready; promotion or a restart removes it."
          : state.persistency == .ephemeral
            ? "Slot \(slot.name) is still being made; the next start removes it."
            : "Slot \(slot.name) is temporary; the next start removes it.",
        [Fact("persistency \(state.persistency)", path: path, offset: 84)],
        synced ? "Let synchronisation finish before promoting." : nil)
    case .walMissing:
      let missing = slot.requiredWAL?.missing ?? []
      let count = missing.reduce(0) { $0 &+ $1.count }
      add(
        .slotWALMissing, .error,
        "Slot \(slot.name) needs WAL from \(state.restartLSN) on, and \(count) of the segments are not here.",
        [Fact("restart_lsn \(state.restartLSN)", path: path, offset: 96)],
        "Copy the missing segments from an archive into \(node.evidence.wal.path ?? "pg_wal").")
    case .beyondEnd(let end):
      let position = max(state.restartLSN, state.confirmedFlush)
      add(
        .slotBeyondEnd, .error,
        "Slot \(slot.name) stands at \(position), \(ByteCount.text(position.bytes(since: end))) past the end of WAL here (\(end)).",
        [Fact("position \(position)", path: path)],
        "Its consumer may hold changes that this server does not have; compare before using the slot.")
    }
    if state.isLogical, slot.databaseName == nil, !node.evidence.databases.isEmpty {
      add(
        .slotDatabaseMissing, .warning,
        "Slot \(slot.name) belongs to database \(state.database), which pg_database does not have.",
        [Fact("database \(state.database)", path: path, offset: 80)], "Drop the slot if the database is gone for good.")
    }
    if state.name != slot.evidence.directory {
      add(
        .slotNameDiffers, .warning,
        "The slot in folder \(slot.evidence.directory) calls itself \(state.name); the server goes by the inner name.",
        [Fact("name \(state.name)", path: path, offset: 16)])
    }
    if !SlotFolderName.isSlotName(state.name) {
      add(
        .slotNameInvalid, .warning, "No server makes a slot of the name \(state.name).",
        [Fact("name \(state.name)", path: path, offset: 16)],
        "The file was edited or forged; it is left out of every plan.")
    }
    if slot.evidence.hasTemporaryState {
      add(
        .slotInterruptedWrite, .info, "An interrupted write left state.tmp; the next start removes it.",
        [Fact("present", path: path + ".tmp")])
    }
    if slot.evidence.spillFileCount > 0 {
      add(
        .slotSpillFiles, .info,
        "\(slot.evidence.spillFileCount) spill files (\(ByteCount.text(slot.evidence.spillBytes))) are left from decoding large transactions; the next start removes them.",
        [Fact("\(slot.evidence.spillFileCount) files", path: "pg_replslot/" + slot.evidence.directory)])
    }
    return findings
  }

  static func slotFolders(_ node: Inspection) -> [Finding] {
    var findings: [Finding] = node.evidence.slotLeftovers.map { leftover in
      switch leftover.kind {
      case .temporaryFolder:
        Finding(
          .slotLeftoverFolder, .info,
          "\(leftover.path) is left from a slot being made or dropped; the next start removes it.",
          facts: [Fact("present", path: leftover.path)])
      case .symbolicLink:
        Finding(
          .slotSymbolicLink, .warning, "\(leftover.path) is a symbolic link; the server ignores the slot behind it.",
          facts: [Fact("symbolic link", path: leftover.path)])
      case .other:
        Finding(
          .slotForeignFile, .info, "\(leftover.path) is no slot folder; the server ignores it.",
          facts: [Fact("present", path: leftover.path)])
      }
    }
    for (name, slots) in Dictionary(grouping: node.slots, by: \.name).sorted(by: { $0.key < $1.key })
    where slots.count > 1 {
      findings.append(
        Finding(
          .slotDuplicateName, .warning, slot: name, "\(slots.count) folders hold a slot of the name \(name).",
          facts: slots.map { Fact("name \(name)", path: $0.evidence.path, offset: 16) },
          remedy: "Keep one; later writes of all of them go to the folder of that name."))
    }
    return findings
  }

  static func wal(_ node: Inspection) -> [Finding] {
    var findings: [Finding] = []
    let wal = node.evidence.wal
    if let size = wal.segmentSize {
      for gap in wal.gaps.prefix(20) {
        let first = SegmentName(timeline: gap.timeline, number: gap.first, size: size)
        let last = SegmentName(timeline: gap.timeline, number: gap.last, size: size)
        findings.append(
          Finding(
            .walGap, .warning,
            gap.count == 1
              ? "WAL segment \(first) is missing." : "\(gap.count) WAL segments are missing: \(first) to \(last).",
            facts: [Fact("missing", path: (wal.path ?? "pg_wal") + "/" + first.text)],
            remedy: "Copy what is missing from an archive."))
      }
    }
    if let control = node.evidence.control, let size = wal.segmentSize, let history = node.evidence.currentHistory,
      control.value.checkpoint.redo.isValid,
      wal.hasLiveSegment(with: control.value.checkpoint.redo, in: history) == false
    {
      let redo = control.value.checkpoint.redo
      let number = SegmentNumber(containing: redo, size: size)
      let name = SegmentName(timeline: history.timeline(of: redo), number: number, size: size)
      findings.append(
        Finding(
          .walRedoMissing, .error,
          "WAL segment \(name), where replay begins (\(redo)), is not here; some servers start all the same and lack what it holds.",
          facts: [Fact("redo \(redo)", path: control.path)], remedy: "Copy it from an archive before any start."))
    }
    guard let end = wal.end else { return findings }
    if let again = end.validAgainFrom {
      findings.append(
        Finding(
          .walValidAfterEnd, .warning,
          "WAL ends at \(end.lsn) (\(end.stop.reason.sentence)), but valid records begin again at \(again): damage, or the remains of an earlier crash.",
          facts: [Fact("valid record at \(again)", path: end.path ?? wal.path ?? "pg_wal")],
          remedy: "If the server had written past \(end.lsn), restore the segment from an archive."))
    }
    if let control = node.evidence.control {
      let needed = max(control.value.minRecoveryPoint, control.value.checkpointLSN)
      if end.lsn < needed {
        findings.append(
          Finding(
            .walEndsTooEarly, .error,
            "WAL ends at \(end.lsn), \(ByteCount.text(needed.bytes(since: end.lsn))) before \(needed), up to where the data files need it.",
            facts: [Fact("needed up to \(needed)", path: control.path)],
            remedy: "Copy the missing WAL from an archive or the primary."))
      }
    }
    return findings
  }

  static func timelines(_ node: Inspection) -> [Finding] {
    guard let current = node.timeline else { return [] }
    var findings: [Finding] = []
    if current.rawValue > 1, !node.evidence.timelines.contains(where: { $0.value.timeline == current }) {
      findings.append(
        Finding(
          .timelineHistoryMissing, .warning,
          "The node is on timeline \(current), and \(current.hex).history is not here; its ancestry is unknown.",
          facts: [Fact("missing", path: (node.evidence.wal.path ?? "pg_wal") + "/\(current.hex).history")],
          remedy: "Copy \(current.hex).history from the archive or another node."))
    }
    if let control = node.evidence.control, control.value.checkpoint.timeline < current, node.role == .primary {
      findings.append(
        Finding(
          .timelineControlLags, .info,
          "The node was promoted to timeline \(current); the control file still says \(control.value.checkpoint.timeline) until the next checkpoint.",
          facts: [Fact("timeline \(control.value.checkpoint.timeline)", path: control.path)]))
    }
    for history in node.evidence.timelines {
      let points = history.value.ancestors.map(\.switchPoint)
      if zip(points, points.dropFirst()).contains(where: { $0 > $1 }) {
        findings.append(
          Finding(
            .timelineSwitchPointsDecrease, .info,
            "The switch points in \(history.path) go backwards: recovery went to a point before an earlier switch, in the same segment.",
            facts: [Fact("switch points decrease", path: history.path)]))
      }
    }
    return findings
  }

  static func preparedTransactions(_ node: Inspection) -> [Finding] {
    let prepared = node.evidence.preparedTransactions
    guard let oldest = prepared.min(by: { $0.value.preparedAt < $1.value.preparedAt }) else { return [] }
    return [
      Finding(
        .transactionsPrepared, .warning,
        "\(prepared.count) prepared transaction\(prepared.count == 1 ? " is" : "s are") open, the oldest since \(oldest.value.preparedAt); none lets a logical slot be created until it ends.",
        facts: prepared.prefix(20).map { Fact("xid \($0.value.xid), \($0.value.gid)", path: $0.path) },
        remedy: "COMMIT PREPARED or ROLLBACK PREPARED each of them.")
    ]
  }
}
