import Evidence
import PostgresFormat

/// Whether the primary keeps the catalog rows that a standby's own logical slots decode with (16 and later).
///
/// Without them the slot is invalidated as soon as their removal is replayed (`InvalidateObsoleteReplicationSlots` in
/// src/backend/replication/slot.c). The standby asks for them by its feedback, and by a physical slot also while it is away.
enum FeedbackSettings {
  static let unit = RuleUnit(
    .note, .node { finding($0).map { [$0] } ?? [] },
    rules: Rule(
      .nodeFeedback, from: .v16, .warning,
      "A standby with slots of its own has its primary keep the catalog rows that they need, also while it is away.",
      "Set hot_standby_feedback = on and primary_slot_name on the standby, and reload it."))

  private static func finding(_ node: Inspection) -> Finding? {
    guard node.role == .standby, !node.evidence.hasProblem(with: "configuration"), let settings = node.settings else {
      return nil
    }
    let slots = node.slots.filter { $0.identity == .standbysOwn && $0.condition != .lost }
    guard let first = slots.first else { return nil }
    let needed = slots.count == 1 ? "slot \(first.name) needs" : "slot \(first.name) and \(slots.count - 1) more need"
    func place(_ name: String) -> String { settings[name]?.assignment?.path ?? "default" }
    if settings.bool("hot_standby_feedback") == false {
      return Finding(
        .nodeFeedback,
        "hot_standby_feedback is off: the primary removes catalog rows that \(needed), and replay then invalidates \(slots.count == 1 ? "it" : "them").",
        facts: [Fact("hot_standby_feedback is off", path: place("hot_standby_feedback"))])
    }
    guard settings.text("primary_slot_name")?.isEmpty == true, settings.text("primary_conninfo")?.isEmpty == false
    else {
      return nil
    }
    return Finding(
      .nodeFeedback,
      "primary_slot_name is not set: while this standby is not connected the primary removes catalog rows that \(needed).",
      facts: [Fact("primary_slot_name is not set", path: place("primary_slot_name"))],
      remedy: "Make a physical slot on the primary, and name it in primary_slot_name.")
  }
}
