import Evidence
import PostgresFormat

/// The prediction tested against the past: segments that the last checkpoint would have removed by the same arithmetic,
/// and left.
///
/// Something kept them then: a slot that was dropped or moved since, or an older minimum of the slots' positions in the
/// server's memory. That is worked out anew only when a slot's catalog_xmin moves (`LogicalConfirmReceivedLocation`,
/// src/backend/replication/logical/logical.c), which it does not while no transaction gets a number.
enum LeftByCheckpoint {
  static let unit = RuleUnit(
    .note, .node(findings),
    rules: Rule(
      .walLeftByCheckpoint, .warning, "The last checkpoint removed all WAL that nothing keeps.",
      "Let a transaction that has a number be decoded (SELECT txid_current()), then let a checkpoint come; a restart helps as well."
    ))

  private static func findings(_ node: Inspection) -> [Finding] {
    guard let retention = node.retention, retention.leftByLast > 0, let control = node.evidence.control?.value,
      let slot = node.slots.first(where: { slot in
        slot.evidence.state.map {
          $0.isUsable && $0.catalogXmin == control.checkpoint.nextXID.xid && $0.restartLSN >= control.checkpoint.redo
        } ?? false
      })
    else { return [] }
    let count = retention.leftByLast
    let segments = "\(count) segment\(count == 1 ? "" : "s")"
    let next =
      node.running == false
      ? "A start works it out anew." : "The next checkpoint may leave \(count == 1 ? "it" : "them") as well."
    return [
      Finding(
        .walLeftByCheckpoint,
        "The last checkpoint left \(segments) that nothing known keeps: where the server did not work out the oldest position of its slots since slot \(slot.name) moved, it goes by an older one. \(next)",
        facts: [
          Fact("redo \(control.checkpoint.redo)", path: node.evidence.control?.path ?? "global/pg_control"),
          Fact("catalog_xmin \(slot.evidence.state?.catalogXmin ?? .none)", path: slot.evidence.path),
        ])
    ]
  }
}

extension Retention {
  /// What of the files that go lies before the last checkpoint's own redo position. Where an archiver or the summarizer may
  /// have let it go since, nothing is said; up to 10 a checkpoint goes by the one before it.
  static func leftByLast(_ removed: [SegmentRun], _ evidence: Evidence, _ settings: EffectiveSettings, size: Int)
    -> UInt64
  {
    guard evidence.role == .primary, settings.version.has(.oneCheckpointKept), let control = evidence.control?.value,
      !evidence.startFiles.backupLabelPresent, control.checkpoint.redo.isValid,
      settings.text("archive_mode") == "off", settings.bool("summarize_wal") != true
    else { return 0 }
    let redo = SegmentNumber(containing: control.checkpoint.redo, size: size)
    return removed.compactMap { $0.before(redo) }.reduce(0) { $0 &+ $1.count }
  }
}
