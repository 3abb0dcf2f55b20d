import Evidence
import PostgresFormat

extension StoredPosition {
  /// For a finding.
  fileprivate var fact: Fact {
    var parts: [String] = []
    if let received, received != reached { parts.append("all up to \(received)") }
    parts.append("stored position \(reached)")
    return Fact(parts.joined(separator: ", "), path: source, node: "consumer of \(slotName)")
  }
}

/// Invariant: no position that a consumer stored lies past the end of the standby's WAL.
///
/// A consumer asks for nothing before its own position, or passes over it. With `S` the end of the standby's WAL and `P` that
/// position: for `P > S` it skips what the new primary commits in `[S, P)`, without an error on either side, and may hold what
/// the old one committed there. Nothing tells it afterwards: positions have no timeline.
enum StoredAhead {
  static let unit = RuleUnit(
    .received,
    .slot(
      Set<Situation>.withoutCopy.union(Set<Situation>.promoted).union([.copyUnreadable, .present, .ownNode, .alone]),
      check),
    rules: Rule(
      .a13Stored, .error, "No position that a consumer stored itself is past the end of the standby's WAL.",
      "Let the standby receive WAL up to that position, then ask again."))

  private static func check(_ c: SlotCase) -> Outcome? {
    let (failover, end) = (c.failover, c.failover.standbyEnd)
    guard failover.event == .crash,
      let stored = failover.stored(of: c.slot).max(by: { $0.reached < $1.reached }), stored.reached > end
    else { return nil }
    let held = c.changes(from: end, to: stored.received ?? stored.reached)
    let size = ByteCount.text(stored.reached.bytes(since: end))
    var outcome = c.fails(
      .atRisk,
      held.isEmpty || !held.isComplete
        ? "its consumer asks from \(size) past this standby's end, and would skip what is written there"
        : "its consumer holds \(held.sentence) that this standby never received",
      .a13Stored,
      "The consumer of \(c.slot.name) has stored \(stored.reached), \(size) past this standby's end of WAL at \(end): it would skip what the new primary commits before that, without an error"
        + (held.isEmpty || !held.isComplete ? "." : ", and holds \(held.sentence) that it never had."),
      [stored.fact, failover.standbyEndFact],
      failover.isPromoted
        ? "Unless it was stored after the promotion: stop the consumer, set its stored position to \(end), remove what it holds in excess, then start it."
        : failover.primaryIsGone
          ? "\(failover.receive(to: stored.reached)), then ask again. If that WAL is lost: before the consumer is started, set its stored position to \(end) and remove what it holds in excess."
          : "\(failover.receive(to: stored.reached)), then ask again.")
    outcome.exposure = Exposure(vanished: held.isEmpty ? nil : held)
    return outcome
  }
}

/// Invariant: no consumer's stored position lies before the start of its slot, with changes between.
///
/// The server moves such a consumer forward without an error, unless its slot's restart_lsn is past the position, too: then
/// Debezium refuses to start. Either way it lacks what lies between. A store that was restored from a backup looks like this,
/// and an old copy of one, another connector's, or a slot that was moved by hand.
enum StoredSetBack {
  static let unit = RuleUnit(
    .lost, .slot(Set<Situation>.withoutCopy.union(Set<Situation>.promoted).union([.present, .ownNode, .alone]), check),
    rules: Rule(
      .a11Stored, .error,
      "No position that a consumer stored itself lies before the start of its slot, with changes between.",
      "Give the position that the consumer has now; if it has this one, copy its tables anew."))

  private static func check(_ c: SlotCase) -> Outcome? {
    let (failover, name) = (c.failover, c.slot.name)
    // What is made anew begins later still: that its rule says.
    let start = Situation.withCopyOnly.contains(c.situation) ? c.copy?.confirmedFlush : c.slot.confirmedFlush
    guard let start,
      let stored = failover.stored(of: c.slot).filter({ $0.received != nil }).min(by: { $0.reached < $1.reached }),
      let received = stored.received, received < start
    else { return nil }
    let changes = c.changes(from: received, to: start)
    guard !changes.isEmpty else { return nil }
    let premise = SlotPremise.asked(
      .changesNotSubscribed, in: failover, "the publications of \(changes.sentence) are not known")
    guard premise.state == .open else { return Outcome(premises: [premise]) }
    var outcome = c.fails(
      .atRisk, "its consumer's stored position is \(changes.sentence) before the start of its slot", .a11Stored,
      "The consumer of \(name) has stored \(received) only, and its slot begins at \(start): \(changes.sentence) would not be delivered, as far as they are published, and most consumers are not told.",
      [stored.fact, c.onPrimary.confirmedFlush] + (c.copy == nil ? [] : [c.onStandby.confirmedFlush]),
      "Give the position that the consumer has now (--consumer); if it has this one, copy its tables anew. If none of that changed a table that it reads, ask again with --assume \(Premise.changesNotSubscribed.rawValue)."
    )
    outcome.premises = [premise]
    outcome.exposure = Exposure(missed: changes)
    return outcome
  }
}

extension Situation {
  /// The consumer goes on with the standby's slot.
  fileprivate static let withCopyOnly: Set<Situation> = [.present, .ownNode, .carriedOver, .startsLater, .alone]
}

/// What the positions that were given are worth: one that the primary's WAL does not bear out is named, as it settles nothing.
enum StoredPositionsGiven {
  static let unit = RuleUnit(
    .note, .notes(findings),
    rules: Rule(
      .a43Stored, .warning, "Every consumer's own position that is given fits its slot and the primary's WAL.",
      "Give the position that the consumer of this slot has now."))

  private static func findings(_ failover: Failover) -> [Finding] {
    guard failover.hasStoredPositions else { return [] }
    return failover.primary.slots.compactMap(\.state).filter(\.isLogical).flatMap { slot in
      failover.stored(of: slot).compactMap { stored in
        guard !StoredBounds(stored, of: slot, in: failover).isBorneOut else { return nil }
        return Finding(
          .a43Stored, slot: slot.name,
          "The stored position of the consumer of \(slot.name) (\(stored.source)) settles nothing: the WAL that was read does not show that it belongs to this slot.",
          facts: [
            stored.fact,
            Fact(
              "confirmed_flush_lsn \(slot.confirmedFlush)", path: "pg_replslot/\(slot.name)/state", node: "primary"),
          ])
      }
    }
  }
}
