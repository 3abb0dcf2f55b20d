import Evidence
import PostgresFormat

/// Whether the follower that uses a physical slot of the primary goes on after the promotion: the standby has the slot, at or
/// below its position, or can make it, and has all WAL from there on.
enum FollowerSlot {
  static let unit = RuleUnit(
    .situation, .slot([.follower], check),
    rules: Rule(
      .a32, .warning, "Other followers of the primary use physical slots, which the new primary needs too.",
      "Create them on the standby and advance them before promotion."),
    Rule(
      .f1, .warning, "A follower's physical slot that the standby lacks, and the WAL from its position is there.",
      "Create it reserved on the standby and advance it to the primary's position."),
    Rule(
      .f2, .warning, "A follower's physical slot needs WAL that the standby no longer has.",
      "Check that the follower has received past the standby's last restartpoint; else rebuild it."),
    Rule(
      .f3, .info, "A physical slot that never retained WAL.", "Create it without reserving WAL, if it is wanted."),
    Rule(
      .f4, from: .v13, .warning, "The follower's physical slot is valid on the primary.",
      "Drop and recreate it; the follower needs its WAL from an archive."),
    Rule(
      .f6, .warning, "The follower's slot is missing on the new primary: the follower cannot connect.",
      "Create it on the new primary; the follower goes on by itself."),
    Rule(
      .f7, .info, "The follower's slot is there, at or below its position; it switches timelines by itself.",
      "Nothing to do."))

  private static func check(_ c: SlotCase) -> Outcome? {
    let (slot, facts, failover) = (c.slot, c.onPrimary, c.failover)
    // 13 to 15: a follower that connected again made the slot valid, and only the old mark is left.
    if slot.invalidation != nil, !slot.restartLSN.isValid || failover.version.has(.invalidatedPhysicalStaysInvalid) {
      return c.fails(
        .fixable, "invalidated on the primary; its follower may lack WAL", .f4,
        "The primary's physical slot \(slot.name) is lost: \(LostPhysicalSlot(failover.version).sentence).",
        [facts.invalidation])
    }
    guard let needed = slot.restartLSN.nonZero else {
      return .holds(
        "never retained WAL", notes: [c.finding(.f3, "\(slot.name) reserves no WAL.", [facts.restart])])
    }
    if let copy = c.copy, copy.servesFollowers {
      let isBefore = copy.restartLSN.isValid && copy.restartLSN <= needed
      if !isBefore, let gone = lacking(c, needed) { return gone }
      return .holds(
        isBefore ? "the standby has it, at or below its follower's position" : "the standby has it",
        notes: [c.finding(.f7, "The standby has \(slot.name).", [c.onStandby.restart, facts.restart])])
    }
    if failover.isPromoted {
      return c.fails(
        .fixable, "missing on the new primary", .f6,
        "The new primary has no \(slot.name); its follower cannot connect.",
        [Fact("no slot of that name", path: "pg_replslot", node: "standby")])
    }
    if let gone = lacking(c, needed) { return gone }
    return .fails(
      .fixable, "no such slot on the standby; it can be made there",
      c.finding(
        .a32,
        "Another follower uses \(slot.name) on the primary; the standby has none, and WAL from \(needed) on is there.",
        [facts.restart]
      ).situated(.f1))
  }

  /// What is missing of the WAL that the slot's follower needs; nil where nothing is.
  private static func lacking(_ c: SlotCase, _ needed: LSN) -> Outcome? {
    guard let available = c.failover.availableOnStandby else {
      return .fails(.unknown, "what WAL the standby has is unknown", nil)
    }
    guard !available.missing(from: needed).isEmpty else { return nil }
    return c.fails(
      .atRisk, "the standby no longer has WAL that its follower may need", .f2,
      "\(c.slot.name) needs WAL from \(needed) on, and the standby no longer has all of it.", [c.onPrimary.restart])
  }
}

/// A follower that is known to use this slot has not received more than the node that is promoted.
enum FollowerAhead {
  static let unit = RuleUnit(
    .received, .slot([.follower, .standbysOwn], check),
    rules: Rule(
      .f5, .error, "A follower has received more than the node that is promoted and cannot follow it.",
      "Promote that follower instead, or rewind it."))

  private static func check(_ c: SlotCase) -> Outcome? {
    // A clean stop gives all followers the same.
    guard c.failover.event == .crash else { return nil }
    let findings = c.failover.otherStandbys.compactMap { other -> Finding? in
      guard let version = other.version,
        EffectiveSettings(other.settings, version: version).text("primary_slot_name") == c.slot.name,
        let end = other.wal.end?.lsn, end > c.failover.standbyEnd
      else { return nil }
      return c.finding(
        .f5,
        "\(other.origin.source) follows through \(c.slot.name) and has \(ByteCount.text(end.bytes(since: c.failover.standbyEnd))) more WAL than this standby.",
        [Fact("WAL ends at \(end)", path: other.origin.source)])
    }.told
    guard let first = findings.first else { return nil }
    return .fails(.atRisk, "its follower is ahead of this standby", first, notes: Array(findings.dropFirst()))
  }
}
