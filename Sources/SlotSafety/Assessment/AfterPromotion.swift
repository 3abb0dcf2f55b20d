import Evidence
import PostgresFormat

/// Whether a consumer of the old primary may be enabled on the new one.
///
/// With `S` the switch point, `P` the consumer's position and `c` the confirmed_flush of its slot on the new primary: no
/// commit of the database begins in `[S, P)` on the old timeline (the consumer holds nothing that the new primary lacks);
/// and none begins in `[P, c)`, which for `c > S` is `[P, S)` on the old timeline and `[S, c)` on the new one. Positions
/// on the two timelines cannot be told apart by their numbers, so the first check is possible only early.
///
/// A synchronized slot came over at or before its consumer's position, and goes on with it: its `c` may lie anywhere past `P` as
/// the old primary had it. Anybody else may have moved it as well, and no file tells who did: that is a premise
/// (``Premise/slotMovedByConsumer``).
enum AfterPromotion {
  static func judge(
    _ slot: SlotState, copy: SlotState?, consumer: Position, vanished: Judgement, in failover: FailoverCase
  ) -> [Judgement] {
    [overrun(slot, vanished, failover)] + [start(slot, copy, consumer, failover)]
  }

  private static func overrun(_ slot: SlotState, _ vanished: Judgement, _ failover: FailoverCase) -> Judgement {
    guard !vanished.isReady else { return vanished }
    var judgement = vanished
    judgement.findings.append(
      Finding(
        .n3, slot: slot.name, "The consumer of \(slot.name) may be past the fork at \(failover.standbyEnd).",
        facts: [failover.onPrimary(slot).confirmedFlush(slot)]))
    return judgement
  }

  private static func start(
    _ slot: SlotState, _ copy: SlotState?, _ consumer: Position, _ failover: FailoverCase
  ) -> Judgement {
    let least = consumer.atLeast ?? slot.confirmedFlush
    let isUsable = copy?.isUsable ?? false
    guard let copy, isUsable else { return withoutSlot(slot, copy, least, consumer, failover) }
    let facts = [failover.onStandby(copy).confirmedFlush(copy), failover.onPrimary(slot).confirmedFlush(slot)]
    let judgement = start(slot, copy, least, consumer, failover, facts)
    guard !judgement.isReady, mayHaveMovedOn(copy, of: slot, consumer, failover) else { return judgement }
    return movedOn(slot, copy, judgement, failover, facts)
  }

  /// Whether a slot is past what is known of its consumer, and may have come there with it.
  static func mayHaveMovedOn(
    _ copy: SlotState, of slot: SlotState, _ consumer: Position, _ failover: FailoverCase
  ) -> Bool {
    failover.isPromoted && copy.isUsable && copy.synced == true && slot.failover == true && !consumer.isExact
      && copy.confirmedFlush > consumer.atLeast ?? slot.confirmedFlush
  }

  private static func movedOn(
    _ slot: SlotState, _ copy: SlotState, _ unless: Judgement, _ failover: FailoverCase, _ facts: [Fact]
  ) -> Judgement {
    if failover.assumed.contains(.slotMovedByConsumer) {
      let word = Fact(
        "given: \(Premise.slotMovedByConsumer.sentence)", path: "--assume \(Premise.slotMovedByConsumer.rawValue)")
      return .holds(
        "carried over; it has moved on with its consumer",
        findings: [
          Finding(
            .n5, slot: slot.name,
            "\(slot.name) was carried over, and by the operator's word its consumer alone has moved it to \(copy.confirmedFlush).",
            facts: facts + [word])
        ])
    }
    return .fails(
      .atRisk, "carried over, and good if its consumer alone has moved it since the promotion",
      [
        Finding(
          .n2, .warning, slot: slot.name,
          "\(slot.name) was carried over and is at \(copy.confirmedFlush) now. If anybody but its consumer read from it or moved it since the promotion, \(unless.exposure.missed?.sentence ?? "what lies before that") may be missed.",
          facts: facts,
          remedy:
            "If nobody but its consumer did, ask again with --assume \(Premise.slotMovedByConsumer.rawValue); else resynchronise its tables."
        )
      ])
  }

  private static func start(
    _ slot: SlotState, _ copy: SlotState, _ least: LSN, _ consumer: Position, _ failover: FailoverCase, _ facts: [Fact]
  ) -> Judgement {
    let fork = failover.standbyEnd
    if copy.confirmedFlush <= fork {
      let lost = NothingLost.judge(copy, of: slot, consumer: consumer, in: failover)
      guard !lost.isReady else {
        return .holds(
          "carried over; its consumer may go on",
          findings: [
            Finding(
              .n5, slot: slot.name, "\(slot.name) was carried over and starts at or before its consumer.", facts: facts)
          ])
      }
      var judgement = lost
      judgement.findings.append(
        Finding(.n2, slot: slot.name, "\(slot.name) starts after its consumer's position.", facts: facts))
      return judgement
    }
    return gap(
      slot, until: copy.confirmedFlush, least, consumer, failover, facts,
      holds: "starts after the fork, and nothing was committed before it")
  }

  /// No slot to go on with: a new one would start at the end of the new primary's WAL at the earliest.
  private static func withoutSlot(
    _ slot: SlotState, _ copy: SlotState?, _ least: LSN, _ consumer: Position, _ failover: FailoverCase
  ) -> Judgement {
    let end = failover.standby.wal.end?.lsn ?? failover.standbyEnd
    let facts = [
      failover.onPrimary(slot).confirmedFlush(slot), Fact("no usable slot", path: "pg_replslot", node: "standby"),
    ]
    let judgement = gap(
      slot, until: end, least, consumer, failover, facts,
      holds: "no slot on the new primary yet, and nothing was committed since")
    return judgement.isReady ? .fails(.fixable, judgement.reason, judgement.findings) : judgement
  }

  /// Commits between the consumer and a slot that starts after the fork, on both timelines.
  private static func gap(
    _ slot: SlotState, until start: LSN, _ least: LSN, _ consumer: Position, _ failover: FailoverCase, _ facts: [Fact],
    holds reason: String
  ) -> Judgement {
    let fork = failover.standbyEnd
    let twoPhase = slot.twoPhase ?? false
    let before = failover.changes.changes(in: slot.database, from: least, to: fork, twoPhase: twoPhase)
    let after = failover.standbyWAL.changes(in: slot.database, from: fork, to: start, twoPhase: twoPhase)
    if before.isEmpty && after.isEmpty {
      return .holds(
        reason,
        findings: [
          Finding(
            .n1, slot: slot.name, "Nothing was committed between the consumer of \(slot.name) and \(start).",
            facts: facts)
        ])
    }
    var findings: [Finding] = []
    if !before.isEmpty {
      findings.append(
        Finding(
          .n2, slot: slot.name, "The consumer of \(slot.name) may lack \(before.sentence) from before the fork.",
          facts: facts))
    }
    if !after.isEmpty {
      findings.append(
        Finding(
          .n4, slot: slot.name,
          "\(after.sentence) were written on the new primary before \(start), where \(slot.name) begins.", facts: facts)
      )
    }
    let missed = before.isEmpty ? after : after.isEmpty ? before : before.joined(with: after)
    return .fails(
      .atRisk, "up to \(missed.sentence) would be missed", findings,
      exposure: Exposure(missed: missed))
  }
}
