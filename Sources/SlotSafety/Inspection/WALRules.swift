import Evidence
import PostgresFormat

/// The node's WAL: without gaps, from where replay begins to where the data files need it.
enum NodeWAL {
  static let unit = RuleUnit(
    .note, .node { gaps($0) + short($0) + redo($0) + end($0) },
    rules: Rule(
      .walGap, .warning, "No WAL segment is missing between others.", "Copy what is missing from an archive."),
    Rule(
      .walRedoMissing, .error, "The WAL segment where replay begins is here.",
      "Copy it from an archive before any start."),
    Rule(
      .walRedoFetched, .warning,
      "The WAL segment where the recovery of a backup begins is here, or in an archive that was looked into.",
      "Keep the archive that has it at hand; \"slotscope inspect --archive DIR\" looks whether it is there."),
    Rule(
      .walValidAfterEnd, .warning, "No valid records come after the end of WAL.",
      "If the server had written past that end, restore the segment from an archive."),
    Rule(
      .walEndsTooEarly, .error, "WAL reaches as far as the data files need it.",
      "Copy the missing WAL from an archive or the primary."))

  private static func gaps(_ node: Inspection) -> [Finding] {
    let wal = node.evidence.wal
    guard let size = wal.segmentSize else { return [] }
    return wal.gaps.prefix(20).map { gap in
      let first = SegmentName(timeline: gap.timeline, number: gap.first, size: size)
      let last = SegmentName(timeline: gap.timeline, number: gap.last, size: size)
      return Finding(
        .walGap,
        gap.count == 1
          ? "WAL segment \(first) is missing." : "\(gap.count) WAL segments are missing: \(first) to \(last).",
        facts: [Fact("missing", path: (wal.path ?? "pg_wal") + "/" + first.text)])
    }
  }

  private static func short(_ node: Inspection) -> [Finding] {
    let wal = node.evidence.wal
    guard let size = wal.segmentSize else { return [] }
    return AvailableWAL.short(wal).prefix(20).map { segment in
      let name = SegmentName(timeline: segment.timeline, number: segment.number, size: size)
      return Finding(
        .walGap, "WAL segment \(name) is cut short: \(segment.bytes) of \(size) bytes are here.",
        facts: [Fact("\(segment.bytes) bytes", path: (wal.path ?? "pg_wal") + "/" + name.text)])
    }
  }

  private static func redo(_ node: Inspection) -> [Finding] {
    let wal = node.evidence.wal
    guard let control = node.evidence.control, let size = wal.segmentSize, let history = node.evidence.currentHistory,
      case let redo = control.value.checkpoint.redo, redo.isValid, wal.hasLiveSegment(with: redo, in: history) == false
    else { return [] }
    let number = SegmentNumber(containing: redo, size: size)
    let name = SegmentName(timeline: history.timeline(of: redo), number: number, size: size)
    let facts = [Fact("redo \(redo)", path: control.path)]
    let archive = node.evidence.archive(with: redo, in: history)
    // A backup may be without WAL: its recovery is what brings it.
    if node.evidence.startFiles.backupLabelPresent, ServerStart(node.evidence).fetches {
      guard archive == nil else { return [] }
      return [
        Finding(
          .walRedoFetched,
          "WAL segment \(name), where replay begins (\(redo)), is not here: restore_command must bring it.",
          facts: facts)
      ]
    }
    return [
      Finding(
        .walRedoMissing,
        "WAL segment \(name), where replay begins (\(redo)), is not here; some servers start all the same and lack what it holds.",
        facts: facts,
        remedy: archive.map { "Copy it from \($0.path), which has a file of that name, before any start." })
    ]
  }

  private static func end(_ node: Inspection) -> [Finding] {
    let wal = node.evidence.wal
    guard let end = wal.end else { return [] }
    var findings: [Finding] = []
    if let again = end.validAgainFrom {
      findings.append(
        Finding(
          .walValidAfterEnd,
          "WAL ends at \(end.lsn) (\(end.stop.reason.sentence)), but valid records begin again at \(again): damage, or the remains of an earlier crash.",
          facts: [Fact("valid record at \(again)", path: end.path ?? wal.path ?? "pg_wal")],
          remedy: "If the server had written past \(end.lsn), restore the segment from an archive."))
    }
    if let control = node.evidence.control {
      let needed = max(control.value.minRecoveryPoint, control.value.checkpointLSN)
      if end.lsn < needed {
        findings.append(
          Finding(
            .walEndsTooEarly,
            "WAL ends at \(end.lsn), \(ByteCount.text(needed.bytes(since: end.lsn))) before \(needed), up to where the data files need it.",
            facts: [Fact("needed up to \(needed)", path: control.path)]))
      }
    }
    return findings
  }
}
