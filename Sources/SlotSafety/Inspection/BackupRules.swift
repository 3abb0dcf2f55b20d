package import Evidence
import PostgresFormat

/// What a base backup that was not started yet is, and what it cannot say.
enum NodeBackup {
  static let unit = RuleUnit(
    .note, .node(findings),
    rules: Rule(
      .nodeIncremental, .warning, "The directory is a whole backup, none that builds on another one.",
      "Combine it with the backups that it builds on (pg_combinebackup), and give the directory that comes of it."),
    Rule(
      .nodeBaseBackup, .info, "The directory is a server's own, or a copy of all of it: a base backup has no slots.",
      "For the slots, give the server's own directory or an evidence file of it."),
    Rule(
      .nodeManifest, .warning, "A base backup has the files of its backup_manifest, which is as it was written.",
      "Take another copy of the backup; pg_verifybackup looks at every byte of it."),
    Rule(
      .nodeBackupWAL, .warning, "A base backup has all WAL with it that makes it consistent.",
      "Keep the archive that has it at hand: restore_command must bring it."))

  private static func findings(_ node: Inspection) -> [Finding] {
    guard node.evidence.filesAreKnown, let located = node.evidence.startFiles.backupLabel,
      node.evidence.isRunning != true
    else { return [] }
    let label = located.value
    var findings: [Finding] = []
    if label.isIncremental {
      let since = label.incrementalFromLSN.map { " since \($0)" } ?? ""
      let timeline = label.incrementalFromTimeline.map { " on timeline \($0)" } ?? ""
      findings.append(
        Finding(
          .nodeIncremental,
          "This is an incremental backup: it has the blocks that changed\(since)\(timeline), and of most tables and catalogs nothing else.",
          facts: [
            Fact("INCREMENTAL FROM LSN \(label.incrementalFromLSN?.description ?? "?")", path: located.path)
          ] + changedParts(of: node.evidence).map { Fact($0.cause.sentence, path: $0.path) }))
    }
    if node.evidence.isBaseBackup, node.evidence.slots.isEmpty {
      let from = label.from.map { " of a \($0 == "standby" ? "standby" : "primary")" } ?? ""
      let time = label.startTime.map { ", begun at \($0)" } ?? ""
      findings.append(
        Finding(
          .nodeBaseBackup,
          "This is a base backup\(from)\(time): it has no replication slots, whatever the server had.",
          facts: [Fact("BACKUP METHOD: streamed", path: located.path)]))
    }
    guard let manifest = node.evidence.startFiles.backupManifest else { return findings }
    return findings
      + [damage(manifest), differences(manifest, node.evidence), lack(of: manifest, node.evidence)].compactMap { $0 }
  }

  /// Catalogs of which an incremental backup has the changed blocks alone: told once, by its finding.
  static func changedParts(of evidence: Evidence) -> [Problem] {
    guard evidence.startFiles.backupLabel?.value.isIncremental == true, evidence.isRunning != true else { return [] }
    return evidence.problems.filter { problem in
      guard case .other("incremental", _) = problem.cause else { return false }
      return true
    }
  }

  private static let path = "backup_manifest"

  private static func damage(_ manifest: BackupManifestEvidence) -> Finding? {
    guard manifest.checksumMatches == false else { return nil }
    return Finding(
      .nodeManifest,
      "backup_manifest is not as it was written: its own checksum does not match, and what it lists may be wrong.",
      facts: [Fact("Manifest-Checksum", path: path)])
  }

  private static func differences(_ manifest: BackupManifestEvidence, _ evidence: Evidence) -> Finding? {
    if let listed = manifest.systemIdentifier, let own = evidence.control?.value.systemIdentifier, listed != own {
      return Finding(
        .nodeManifest,
        "backup_manifest is of another cluster (system identifier \(listed)): what it lists says nothing here.",
        facts: [Fact("System-Identifier \(listed)", path: path)])
    }
    guard manifest.differenceCount > 0 else { return nil }
    let rest = manifest.differenceCount - 1
    return Finding(
      .nodeManifest,
      "Of the \(manifest.checkedCount) files that were held against backup_manifest, \(manifest.differenceCount) differ\(manifest.differenceCount == 1 ? "s" : "") from it: \(manifest.differences.first ?? "")\(rest == 0 ? "" : " (and \(rest) more)").",
      facts: manifest.differences.map { Fact($0, path: path) })
  }

  /// The backup's own end, as far as the WAL that came with it does not reach.
  private static func lack(of manifest: BackupManifestEvidence, _ evidence: Evidence) -> Finding? {
    guard let range = manifest.walRanges.max(by: { $0.end < $1.end }), range.start < range.end,
      let size = evidence.wal.segmentSize
    else { return nil }
    let first = SegmentNumber(containing: range.start, size: size)
    let last = SegmentNumber(containing: LSN(range.end.rawValue - 1), size: size)
    let isThere = evidence.wal.live.contains { $0.first <= first && last <= $0.last }
    let reached = evidence.wal.end.map { $0.lsn >= range.end } ?? false
    guard !isThere || !reached else { return nil }
    let history = evidence.history(of: range.timeline)
    if ServerStart(evidence).fetches,
      evidence.archive(with: range.start, to: LSN(range.end.rawValue - 1), in: history) != nil
    {
      return nil
    }
    let end = evidence.wal.end.map { "the WAL here ends at \($0.lsn)" } ?? "there is none here"
    return Finding(
      .nodeBackupWAL,
      "The backup is consistent only once WAL from \(range.start) to \(range.end) is replayed; \(isThere || evidence.wal.live.isEmpty ? end : "not all of it is here").",
      facts: [Fact("WAL-Ranges: timeline \(range.timeline), \(range.start) to \(range.end)", path: path)])
  }
}

extension Evidence {
  /// As a base backup was taken, and not started since: it has no slots, whatever the server had.
  package var isBaseBackup: Bool {
    filesAreKnown && startFiles.backupLabel?.value.method == "streamed" && isRunning != true
  }
}
