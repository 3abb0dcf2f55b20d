import Evidence
import PostgresFormat

/// What decoding needs of pg_logical/snapshots: the same question that an audit asks of a copy (``DecodingStart``).
enum SnapshotRules {
  static let unit = RuleUnit(
    .wal, .nodeSlot([.valid], check), .node(snapshots),
    rules: Rule(
      .slotSnapshotMissing, .error,
      "The snapshot that decoding the slot begins with is here; without it changes are skipped.",
      "Before its consumer connects put back the file from a copy of this directory as it was then; without it the consumer must be resynchronized."
    ),
    Rule(
      .slotSnapshotInPart, .warning,
      "The snapshot that decoding the slot begins with is here; without it changes are sent in part.",
      "Before its consumer connects put back the file from a copy of this directory as it was then; without it the consumer must be resynchronized."
    ),
    Rule(
      .slotSnapshotOpen, .warning, "Whether the snapshot that decoding the slot begins with is here, is known.",
      "Give the data directory with all of its WAL."),
    Rule(
      .slotSnapshotDamaged, .error, "The snapshot that decoding the slot begins with can be read.",
      "Put back a good copy of the file. Do not remove it: decoding would skip changes without an error."),
    Rule(
      .snapshotsDamaged, .warning, "The other files in pg_logical/snapshots can be read.",
      "Put back good copies where a slot needs them."),
    Rule(
      .snapshotsUnneeded, .info, "The files in pg_logical/snapshots that no slot needs can be read.",
      "Nothing to do: checkpoints remove them once the oldest slot has moved on."))

  /// A slot whose decoding fails, or skips changes.
  private static func check(_ slot: SlotInspection, _ node: Inspection) -> Outcome? {
    guard let state = slot.evidence.state, let start = slot.decodingStart else { return nil }
    let path = SnapshotFileName.path(of: state.restartLSN)
    let restart = Fact(
      "restart_lsn \(state.restartLSN)", path: slot.evidence.path,
      offset: node.evidence.slotOffset(of: SlotState.Fields.restartLSN))
    func finding(_ rule: RuleID, _ message: String) -> Finding {
      Finding(rule, slot: slot.name, message, facts: [restart, Fact("missing", path: path)])
    }
    switch start {
    case .inTime: return nil
    case .damaged(let path):
      return .fate(
        .cannotDecode,
        Finding(
          .slotSnapshotDamaged, slot: slot.name,
          "Decoding \(slot.name) begins with \(path), which is damaged: each attempt ends with an error.",
          facts: [restart, Fact(ProblemsByPath(node.evidence).damage(of: path), path: path)]))
    case .late(let until):
      let end = until.map { "to \($0)" } ?? "on, past the end of the WAL here (\(node.evidence.wal.end?.lsn ?? .none))"
      return .fate(
        .skips(until: until),
        finding(
          .slotSnapshotMissing,
          "Decoding \(slot.name) needs \(path), which is not here: what commits from \(state.confirmedFlush) \(end) is skipped without an error."
        ))
    case .inPart(let from):
      return .fate(
        .skips(until: nil),
        finding(
          .slotSnapshotInPart,
          "Decoding \(slot.name) needs \(path), which is not here, and takes up that of \(from): what was open there may be sent in part, without an error."
        ))
    case .unknown(damaged: let damaged):
      guard let end = node.evidence.wal.end?.lsn, state.restartLSN < end else { return nil }
      let what = damaged.map { "\($0) is damaged" } ?? "\(path) is not here"
      return .note(
        finding(
          .slotSnapshotOpen,
          "Whether decoding \(slot.name) skips changes is open: \(what), and the WAL from \(state.restartLSN) on was not read."
        ))
    }
  }

  /// All snapshots that cannot be read and that no slot needs, in one line.
  private static func snapshots(_ node: Inspection) -> [Finding] {
    let needed = Set(node.slots.compactMap(\.snapshotNeeded))
    let unneeded = node.evidence.unreadSnapshots.filter { !needed.contains($0.path) }
    guard let first = unneeded.first else { return [] }
    let count = unneeded.count
    let problems = ProblemsByPath(node.evidence)
    let decoding = node.slots.filter { $0.evidence.state?.isUsable == true }
    let files = count == 1 ? "\(first.path) cannot" : "\(count) files in pg_logical/snapshots cannot"
    // Valid slots of an evidence file whose WAL nobody looked through.
    let isOpen = decoding.contains { $0.fate == .fine && $0.decodingStart == nil }
    let need =
      isOpen
      ? "whether a slot needs \(count == 1 ? "it" : "them") is open" : "no slot needs \(count == 1 ? "it" : "them")"
    let oldest = decoding.compactMap { slot in slot.evidence.state.map { (slot.name, $0.restartLSN) } }
      .min { $0.1 < $1.1 }
    let kept = oldest.map { "; they are kept for \($0.0), the slot with the oldest restart_lsn (\($0.1))" } ?? ""
    return [
      Finding(
        isOpen || first.lsn == nil ? .snapshotsDamaged : .snapshotsUnneeded, "\(files) be read, and \(need)\(kept).",
        facts: unneeded.prefix(20).map { Fact(problems.damage(of: $0.path), path: $0.path) },
        remedy: isOpen
          ? "Give the data directory with all of its WAL."
          : "Nothing to do: checkpoints remove them once the oldest slot has moved on.")
    ]
  }
}

extension SlotInspection {
  /// The file that decoding reads first, by what is known.
  fileprivate var snapshotNeeded: String? {
    switch decodingStart {
    case .damaged(let path), .unknown(damaged: let path?): path
    default: nil
    }
  }
}

extension Inspection {
  /// What decoding does with the slots that are valid, where somebody has looked.
  mutating func findDecodingStarts() {
    guard evidence.walWasRead else { return }
    let snapshots = SnapshotFiles(evidence)
    for index in slots.indices where slots[index].condition == .valid {
      guard let state = slots[index].evidence.state, state.isUsable, state.confirmedFlush.isValid else { continue }
      let start = DecodingStart.find(state, snapshots, wal)
      // Nobody has looked: an evidence file of an earlier slotscope, or a directory of which only the state was asked for.
      if start == .unknown(damaged: nil), evidence.stretches.isEmpty { continue }
      slots[index].decodingStart = start
    }
  }
}

extension SnapshotFileName {
  fileprivate static func path(of lsn: LSN) -> String {
    let high = String(lsn.rawValue >> 32, radix: 16, uppercase: true)
    return "pg_logical/snapshots/\(high)-\(String(lsn.rawValue & 0xFFFF_FFFF, radix: 16, uppercase: true)).snap"
  }
}
