import Evidence
import PostgresFormat
import SlotSafety

/// What monitoring asks of one slot: how much WAL it retains, and how far it is from being lost.
struct SlotGauges: Sendable, Hashable {
  /// As pg_replication_slots has it.
  var name: String
  /// Empty for a physical slot, and where it is not known.
  var database: String
  /// From restart_lsn to the end of WAL, in bytes; nil where the slot retains none, or the end is not known.
  var retained: UInt64?
  /// Bytes of WAL that can be written until a checkpoint may invalidate the slot; 0 where the next one does. nil:
  /// `max_slot_wal_keep_size` sets no limit, or it is not known.
  var untilLost: UInt64?
  /// The next checkpoint invalidates it.
  var isLostNext: Bool
  /// One of ``fates``.
  var fate: String

  /// All that ``SlotInspection/Fate`` has, as documents word them.
  static let fates = [
    "fine", "lost", "vanishes", "damaged", "wal_missing", "beyond_end", "unfinished", "lost_by_replay", "lost_next",
    "cannot_decode", "skips_changes",
  ]

  /// Gone, or nothing can be read from it any more.
  var isLost: Bool { fate == "lost" || fate == "wal_missing" }

  /// In the order of the inspection.
  static func all(_ node: Inspection) -> [SlotGauges] {
    let end = node.evidence.wal.end?.lsn
    let predicted = Dictionary(
      (node.retention?.slots ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    return node.slots.map { slot in
      let restart = slot.evidence.state?.restartLSN.nonZero
      var gauges = SlotGauges(
        name: slot.name, database: slot.databaseName ?? "", retained: nil, untilLost: nil,
        isLostNext: ["lost_next", "lost_by_replay"].contains(slot.fate.word),
        fate: slot.fate.word)
      if let restart, let end, !gauges.isLost { gauges.retained = end.bytes(since: restart) }
      if let activity = slot.evidence.activity {
        gauges.isLostNext = gauges.isLostNext || activity.walStatus == "unreserved"
        gauges.untilLost = activity.safeWALSize.map { UInt64(max($0, 0)) }
      } else if let slot = predicted[slot.name], !gauges.isLost {
        gauges.isLostNext = gauges.isLostNext || slot.isLostNext
        if let limit = slot.limit, let end { gauges.untilLost = slot.isLostNext ? 0 : limit.bytes(since: end) }
      }
      return gauges
    }
  }

  /// What stands against it in a word or two; nil where nothing does.
  var trouble: String? {
    if fate != "fine" { return fate }
    return isLostNext ? "lost_next" : nil
  }
}
