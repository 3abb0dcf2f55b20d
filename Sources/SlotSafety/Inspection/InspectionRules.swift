import ByteReading
import Evidence
import PostgresFormat

// The rules that need one node only: what it is, and whether its files are whole.

/// Whether the server would start.
enum NodeStart {
  static let unit = RuleUnit(
    .note, .node(findings),
    rules: Rule(
      .startup, .error, "The server would start with these files.",
      "Mend what the message names before starting; keep a copy of the directory first."))

  private static func findings(_ node: Inspection) -> [Finding] {
    guard node.startup.wouldStart == false else { return [] }
    let first = finding(node.startup, "The server would not start")
    // The permissions of a copy say nothing of what else is wrong with it.
    let next = node.startup.path == "." ? StartupPrediction.besidesPermissions(node.evidence) : nil
    return [first] + (next.map { [finding($0, "With other permissions it would not start either")] } ?? [])
  }

  private static func finding(_ startup: StartupPrediction, _ words: String) -> Finding {
    let message = startup.message ?? ""
    let place = startup.path.map { path in path + (startup.line.map { ":\($0)" } ?? "") }
    return Finding(
      .startup, "\(words): \(([message] + startup.details).joined(separator: "; "))",
      facts: place.map { [Fact(startup.details.first ?? message, path: $0)] } ?? [], remedy: startup.remedy)
  }
}

/// Every file that was read is whole. A running server's answers are for ``ServerAnswers``.
enum NodeFiles {
  static let unit = RuleUnit(
    .situation,
    .node { node in
      guard node.evidence.filesAreKnown else { return [] }
      let left = NodeExcerpt.leftOut(of: node.evidence).union(NodeBackup.changedParts(of: node.evidence).map(\.path))
      return node.evidence.problems.filter { $0.subject != "snapshot" && !left.contains($0.path) }.map(finding)
    },
    .nodeSlot([.damaged]) { _, _ in Outcome(fate: .damaged) },
    rules: Rule(
      .damage, .warning,
      "Every file that was read is whole. The id names the kind of file: damage.configuration.", hint),
    Rule(
      .damageSlotState, .error, "The state files of slots are whole.",
      "Put back a good copy of the file; or move its folder out of pg_replslot, and the server starts without this slot."
    ),
    Rule(.damageControlFile, .error, "The control file is whole.", hint),
    Rule(.damageWAL, .error, "The WAL is whole.", hint),
    Rule(.damageTimelineHistory, .error, "The timeline histories are whole.", hint))

  private static func finding(_ problem: Problem) -> Finding {
    let path = problem.path
    switch problem.cause {
    case .format(let error):
      return Finding(
        damaged: problem.subject, "\(path) is damaged: \(error.sentence)",
        facts: [Fact(error.sentence, path: path, offset: error.offset)])
    case .file(_, let message):
      return Finding(
        damaged: problem.subject, "\(path) could not be read: \(message)", facts: [Fact(message, path: path)],
        remedy: "Make the file readable for this user, or copy it whole.")
    case .other(_, let message):
      return Finding(damaged: problem.subject, "\(path): \(message)", facts: [Fact(message, path: path)])
    }
  }

  private static let hint = "Compare with a backup or another copy of this file."
}

/// A directory that was cut down for reading.
enum NodeExcerpt {
  static let unit = RuleUnit(
    .note, .node { finding($0).map { [$0] } ?? [] },
    rules: Rule(
      .nodeExcerpt, .info, "The directory is whole, not an excerpt that was taken for reading.",
      "What was left out is open; give the whole directory where the answer depends on it."))

  /// Catalogs that an excerpt lacks: told once, by the finding.
  static func leftOut(of evidence: Evidence) -> Set<String> {
    guard evidence.isExcerpt else { return [] }
    return Set(
      evidence.problems.filter { problem in
        guard problem.subject == "catalog", case .file(errno: 2, _) = problem.cause else { return false }
        return true
      }.map(\.path))
  }

  private static func finding(_ node: Inspection) -> Finding? {
    guard let named = node.evidence.leftOutOfExcerpt else { return nil }
    let missing = Set(node.evidence.startFiles.missing ?? []).union(leftOut(of: node.evidence)).sorted()
    return Finding(
      .nodeExcerpt,
      "This is an excerpt of a data directory: \(missing.count) of the folders and files that each cluster has are not here, \(named) among them.",
      facts: missing.prefix(40).map { Fact("missing", path: $0) })
  }
}

/// How the node was left.
enum NodeState {
  static let unit = RuleUnit(
    .note, .node(findings),
    rules: Rule(
      .nodeRunning, .info,
      "No server runs on the directory; while one does, positions are those of its last write."),
    Rule(.nodeNotStopped, .warning, "The server was stopped cleanly; otherwise slot positions are lower bounds."),
    Rule(
      .nodeBackupLabel, .warning, "There is no backup_label, from which the next start would take its checkpoint."),
    Rule(.nodeBackupUnfinished, .warning, "A base backup that was restored has been replayed to its end."),
    Rule(
      .nodeCatalogVersion, .warning, "The catalog version is that of a known release.", UnknownCatalogs.remedy))

  private static func findings(_ node: Inspection) -> [Finding] {
    // No error: a fork reads like the PostgreSQL that it is built on. An audit makes more of it.
    var findings = [UnknownCatalogs(node.evidence)].compactMap { $0 }.map { catalogs in
      Finding(.nodeCatalogVersion, catalogs.sentence(of: "The node"), facts: [catalogs.fact()])
    }
    guard node.evidence.filesAreKnown else { return findings }
    let controlPath = node.evidence.control?.path ?? "global/pg_control"
    if node.running == true {
      findings.append(
        Finding(
          .nodeRunning, "A server runs on this directory; positions are as of its last write.",
          facts: [
            Fact(
              "process \(node.evidence.startFiles.postmasterPID?.pid ?? 0); one works in this directory",
              path: "postmaster.pid")
          ]))
    } else if let state = node.evidence.control?.value.state, state != .shutDown, state != .shutDownInRecovery {
      findings.append(
        Finding(
          .nodeNotStopped,
          "The server was not stopped cleanly (state: \(state.name)), or this is a copy of a running one; slot positions are lower bounds.",
          facts: [
            Fact(
              "state \(state.name)", path: controlPath,
              offset: node.evidence.controlOffset(of: ControlFile.Fields.state))
          ]))
    }
    if node.evidence.startFiles.backupLabelPresent {
      findings.append(
        Finding(
          .nodeBackupLabel,
          "A backup_label is here: the next start recovers from the backup's checkpoint, not from the control file's.",
          facts: [Fact("present", path: "backup_label")]))
    }
    if let control = node.evidence.control?.value, control.isBackupUnfinished {
      findings.append(
        Finding(
          .nodeBackupUnfinished,
          "A base backup was restored and its end has not been replayed; the directory is not consistent yet.",
          facts: [Fact("backup start \(control.backupStartPoint)", path: controlPath)]))
    }
    return findings
  }
}

/// Prepared transactions that are open.
enum PreparedTransactions {
  static let unit = RuleUnit(
    .note, .node { finding($0).map { [$0] } ?? [] },
    rules: Rule(
      .transactionsPrepared, .warning,
      "No prepared transaction is open, for which the creation of a logical slot waits.",
      "COMMIT PREPARED or ROLLBACK PREPARED each of them."))

  private static func finding(_ node: Inspection) -> Finding? {
    let prepared = node.evidence.preparedTransactions
    guard let oldest = prepared.min(by: { $0.value.preparedAt < $1.value.preparedAt }) else { return nil }
    return Finding(
      .transactionsPrepared,
      "\(prepared.count) prepared transaction\(prepared.count == 1 ? " is" : "s are") open, the oldest since \(oldest.value.preparedAt); no logical slot can be created until \(prepared.count == 1 ? "it ends" : "all of them end").",
      facts: prepared.prefix(20).map { Fact("xid \($0.value.xid), \($0.value.gid)", path: $0.path) })
  }
}

/// Timelines of the node's own history.
enum NodeTimelines {
  static let unit = RuleUnit(
    .note, .node(findings),
    rules: Rule(
      .timelineHistoryMissing, .warning, "The history file of each timeline is here.",
      "Copy the history file from the archive or another node."),
    Rule(.timelineControlLags, .info, "The control file knows the timeline that the node was promoted to."),
    Rule(.timelineSwitchPointsDecrease, .info, "The switch points in a history only move forward."))

  private static func findings(_ node: Inspection) -> [Finding] {
    guard let current = node.timeline else { return [] }
    var findings: [Finding] = []
    if current.rawValue > 1, !node.evidence.timelines.contains(where: { $0.value.timeline == current }) {
      findings.append(
        Finding(
          .timelineHistoryMissing,
          "The node is on timeline \(current), and \(current.hex).history is not here; its ancestry is unknown.",
          facts: [Fact("missing", path: (node.evidence.wal.path ?? "pg_wal") + "/\(current.hex).history")],
          remedy: "Copy \(current.hex).history from the archive or another node."))
    }
    if let control = node.evidence.control, control.value.checkpoint.timeline < current, node.role == .primary {
      findings.append(
        Finding(
          .timelineControlLags,
          "The node was promoted to timeline \(current); the control file still says \(control.value.checkpoint.timeline) until the next checkpoint.",
          facts: [Fact("timeline \(control.value.checkpoint.timeline)", path: control.path)]))
    }
    for history in node.evidence.timelines {
      let points = history.value.ancestors.map(\.switchPoint)
      if zip(points, points.dropFirst()).contains(where: { $0 > $1 }) {
        findings.append(
          Finding(
            .timelineSwitchPointsDecrease,
            "The switch points in \(history.path) go backwards: recovery went to a point before an earlier switch, in the same segment.",
            facts: [Fact("switch points decrease", path: history.path)]))
      }
    }
    return findings
  }
}
