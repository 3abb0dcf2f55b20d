import Evidence
import PostgresFormat

/// Judges a physical slot of the primary: whether the follower that uses it goes on after the promotion.
enum PhysicalSlotJudge {
  /// nil for temporary slots, which backups and walreceivers make for themselves.
  static func assess(_ evidence: SlotEvidence, in failover: FailoverCase) -> SlotAssessment? {
    guard let slot = evidence.state, slot.persistency == .persistent else { return nil }
    let isStandbys = slot.name == failover.physicalSlot?.name
    var result = SlotAssessment(
      slotName: slot.name, isLogical: false, plugin: nil, databaseName: nil, verdict: .ready, counts: true, reason: "",
      primary: SlotView(evidence, in: failover.primary), standby: nil,
      consumer: Position(atLeast: slot.restartLSN.nonZero, atMost: failover.primaryEnd, basis: "the primary's slot"),
      findings: [], exposure: Exposure())
    let copy = failover.copy(of: slot.name)
    result.standby = copy.map { SlotView($0, in: failover.standby) }
    let followers = followers(slot, failover)
    let first = isStandbys ? StandbysOwnSlot.judge(slot, in: failover) : judge(slot, copy: copy?.state, failover)
    result.apply([first] + followers)
    result.counts =
      !isStandbys || !followers.isEmpty || (!first.isReady && !StandbysOwnSlot.isSpent(failover))
    return result
  }

  private static func judge(_ slot: SlotState, copy: SlotState?, _ failover: FailoverCase) -> Judgement {
    let facts = failover.onPrimary(slot)
    // 13 to 15: a follower that connected again made the slot valid, and only the old mark is left.
    if slot.invalidation != nil, !slot.restartLSN.isValid || failover.version >= staysInvalid {
      return .fails(
        .fixable, "the primary has given it up; its follower may lack WAL",
        [
          Finding(
            .f4, slot: slot.name,
            "The primary's physical slot \(slot.name) is lost: \(LostPhysicalSlot(failover.version).sentence).",
            facts: [facts.invalidation(slot)])
        ])
    }
    guard let needed = slot.restartLSN.nonZero else {
      return .holds(
        "never held WAL back",
        findings: [Finding(.f3, slot: slot.name, "\(slot.name) reserves no WAL.", facts: [facts.restart(slot)])])
    }
    if let copy, copy.servesFollowers {
      let isBehind = copy.restartLSN.isValid && copy.restartLSN <= needed
      let findings = [
        Finding(
          .f7, slot: slot.name, "The standby has \(slot.name).",
          facts: [failover.onStandby(copy).restart(copy), facts.restart(slot)])
      ]
      return isBehind
        ? .holds("the standby has it, at or below its follower's position", findings: findings)
        : covered(slot, needed, failover) ?? .holds("the standby has it", findings: findings)
    }
    if failover.isPromoted {
      return .fails(
        .fixable, "missing on the new primary",
        [
          Finding(
            .f6, slot: slot.name, "The new primary has no \(slot.name); its follower cannot connect.",
            facts: [Fact("no slot of that name", path: "pg_replslot", node: "standby")])
        ])
    }
    if let gone = covered(slot, needed, failover) { return gone }
    return .fails(
      .fixable, "no such slot on the standby; it can be made there",
      [
        Finding(
          .f1, slot: slot.name, "The standby has no \(slot.name); WAL from \(needed) on is there.",
          facts: [facts.restart(slot)]),
        Finding(
          .a32, slot: slot.name, "Another follower uses \(slot.name) on the primary.", facts: [facts.restart(slot)]),
      ])
  }

  /// What is missing of the WAL that the slot's follower needs; nil where nothing is.
  private static func covered(_ slot: SlotState, _ needed: LSN, _ failover: FailoverCase) -> Judgement? {
    guard let available = failover.availableOnStandby else {
      return .fails(.unknown, "what WAL the standby has is unknown", [])
    }
    guard !available.missing(from: needed).isEmpty else { return nil }
    return .fails(
      .atRisk, "the standby no longer has WAL that its follower may need",
      [
        Finding(
          .f2, slot: slot.name, "\(slot.name) needs WAL from \(needed) on, and the standby no longer has all of it.",
          facts: [failover.onPrimary(slot).restart(slot)])
      ])
  }

  /// F5: a follower that is known to use this slot and has received more than the node that is promoted.
  private static func followers(_ slot: SlotState, _ failover: FailoverCase) -> [Judgement] {
    // A clean stop gives all followers the same.
    guard failover.event == .crash else { return [] }
    return failover.otherStandbys.compactMap { other in
      guard let version = other.version,
        EffectiveSettings(other.settings, version: version).text("primary_slot_name") == slot.name,
        let end = other.wal.end?.lsn, end > failover.standbyEnd
      else { return nil }
      return .fails(
        .atRisk, "its follower is ahead of this standby",
        [
          Finding(
            .f5, slot: slot.name,
            "\(other.origin.source) follows through \(slot.name) and has \(ByteCount.text(end.bytes(since: failover.standbyEnd))) more WAL than this standby.",
            facts: [Fact("WAL ends at \(end)", path: other.origin.source)])
        ])
    }
  }

  /// From here on nothing makes an invalid physical slot valid again.
  private static let staysInvalid = ServerVersion.v16
}
