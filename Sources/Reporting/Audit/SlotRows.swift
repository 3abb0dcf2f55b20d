import PostgresFormat
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

  /// So few slots of one verdict are found by their names; among more, those with most at stake come first.
  private static let byNameUpTo = 10

  /// With `foldsNone` every slot has its row.
  static func of(_ slots: [SlotAssessment], besides events: [FailoverEvent] = [], foldsNone: Bool) -> [Row] {
    struct Key: Hashable {
      var verdict: Verdict
      var others: [Verdict?]
      var reason: String
    }
    func others(_ slot: SlotAssessment) -> [Verdict?] { events.map { slot.verdict($0) } }
    func key(_ slot: SlotAssessment) -> Key {
      Key(verdict: slot.verdict, others: others(slot), reason: withoutSizes(AuditWords.reason(slot)))
    }
    let sorted = sorted(slots)
    var groups: [Key: [SlotAssessment]] = [:]
    for slot in sorted where !foldsNone { groups[key(slot), default: []].append(slot) }
    var written: Set<Key> = []
    return sorted.compactMap { slot in
      let key = key(slot)
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

  /// The worst first; among many those with most at stake, else by name.
  static func sorted(_ slots: [SlotAssessment]) -> [SlotAssessment] {
    slots.map { (slot: $0, atStake: atStake($0)) }.sorted { a, b in
      if a.slot.verdict != b.slot.verdict { return a.slot.verdict > b.slot.verdict }
      if slots.count > byNameUpTo, a.atStake != b.atStake { return a.atStake > b.atStake }
      return a.slot.slotName < b.slot.slotName
    }.map(\.slot)
  }

  /// Bytes that its consumer may miss, or hold in excess.
  private static func atStake(_ slot: SlotAssessment) -> UInt64 {
    max(slot.exposure.missed?.bytes ?? 0, slot.exposure.vanished?.bytes ?? 0)
  }

  /// "Up to 3 transactions (8.6 MB)" without the size: the row has that of the first, which is the largest, and so it holds for all.
  static func withoutSizes(_ reason: String) -> String {
    guard reason.contains("up to") else { return reason }
    var parts: [Substring] = []
    for (index, part) in reason.split(separator: "(", omittingEmptySubsequences: false).enumerated() {
      guard index > 0, let close = part.firstIndex(of: ")"), ByteCount.isOne(part[..<close]) else {
        parts.append(part)
        continue
      }
      parts.append(part[close...])
    }
    return parts.joined(separator: "(")
  }

  private static func database(_ slot: SlotAssessment) -> String {
    slot.databaseName ?? (slot.isLogical ? "" : "(physical)")
  }
}
