import SlotSafety

/// The rows of an audit's table of slots: the worst first, and many that stand for the same reason as one.
enum SlotRows {
  struct Row: Equatable {
    var slot: String
    var database: String
    var verdict: Verdict
    /// What other events would make of it.
    var others: [Verdict?]
    var reason: String
  }

  /// So many slots with one verdict and one reason are a row of their own; fewer are a row each.
  private static let foldedFrom = 5

  /// With `foldsNone` every slot has its row.
  static func of(_ slots: [SlotAssessment], besides events: [FailoverEvent] = [], foldsNone: Bool) -> [Row] {
    struct Key: Hashable {
      var verdict: Verdict
      var others: [Verdict?]
      var reason: String
    }
    func others(_ slot: SlotAssessment) -> [Verdict?] { events.map { slot.verdict($0) } }
    let sorted = slots.sorted { ($1.verdict, $0.slotName) < ($0.verdict, $1.slotName) }
    var groups: [Key: [SlotAssessment]] = [:]
    for slot in sorted where !foldsNone {
      groups[Key(verdict: slot.verdict, others: others(slot), reason: AuditWords.reason(slot)), default: []].append(
        slot)
    }
    var written: Set<Key> = []
    return sorted.compactMap { slot in
      let key = Key(verdict: slot.verdict, others: others(slot), reason: AuditWords.reason(slot))
      let group = groups[key] ?? []
      guard group.count >= foldedFrom else {
        return Row(
          slot: slot.slotName, database: database(slot), verdict: slot.verdict, others: others(slot),
          reason: AuditWords.reason(slot))
      }
      guard written.insert(key).inserted else { return nil }
      let databases = Set(group.map(database))
      return Row(
        slot: "\(group.count) slots (\(slot.slotName) …)",
        database: databases.count == 1 ? databases.first ?? "" : "\(databases.count) databases", verdict: slot.verdict,
        others: others(slot), reason: AuditWords.reason(slot))
    }
  }

  private static func database(_ slot: SlotAssessment) -> String {
    slot.databaseName ?? (slot.isLogical ? "" : "(physical)")
  }
}
