import Evidence
import PostgresFormat

/// Slots that the standby has and the primary has not: whoever reads from the standby goes on with them after the promotion.
///
/// A promotion costs their consumers nothing, and where such a slot is lost already it brings them nothing back. Still "ready" would
/// be said of a node one of whose consumers has to be resynchronized: what one node's own rules find stands here, too.
enum StandbysOwnSlots {
  static let unit = RuleUnit(
    .promotion, .promotion { failover, _ in check(failover) },
    rules: Rule(
      .a35Lost, .warning, "The slots that the standby alone has serve their consumers.",
      "Drop the slot if nobody reads from the standby; else resynchronize its consumer, whether this standby is promoted or not."
    ))

  private static func check(_ failover: Failover) -> [Outcome] {
    guard !failover.isPromoted, !failover.isOwnNode else { return [] }
    let names = Set(failover.primary.slots.map { $0.state?.name ?? $0.directory })
    let own = Set(
      failover.standby.slots.filter { slot in
        slot.state.map { $0.persistency == .persistent && $0.synced != true && !names.contains($0.name) } ?? false
      }.map(\.directory))
    guard !own.isEmpty else { return [] }
    let node = Inspection(failover.standby)
    return node.slots.filter { own.contains($0.evidence.directory) && $0.fate.isBad }.map { slot in
      let found = node.findings.first { $0.slotName == slot.name && $0.severity > .info }
      let facts = (found?.facts ?? []).map { fact in
        var fact = fact
        fact.node = "standby"
        return fact
      }
      return .fails(
        .fixable, "the standby's own slot \(slot.name) does not serve its consumer any more",
        Finding(
          .a35Lost, slot: slot.name,
          "The standby alone has \(slot.name): \(found?.message ?? "it does not serve its consumer any more.")",
          facts: facts))
    }
  }
}

extension SlotInspection.Fate {
  /// Its consumer cannot go on with it, or does not get everything. A position past the end says as much of the look as of the slot.
  fileprivate var isBad: Bool {
    switch self {
    case .lost, .unfinished, .walMissing, .lostNext, .lostByReplay, .cannotDecode, .skips: true
    case .fine, .vanishes, .damaged, .beyondEnd: false
    }
  }
}
