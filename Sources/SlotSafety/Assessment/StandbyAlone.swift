import Evidence
import PostgresFormat

/// A standby without its primary: what its own slots can still be proven to be.
///
/// Synchronised copies start at or before their consumers, whose positions they were copied from. How far a consumer got
/// beyond the standby is on no file here; its own position settles that.
enum StandbyAlone {
  static func assess(_ evidence: SlotEvidence, in failover: FailoverCase) -> SlotAssessment? {
    guard let copy = evidence.state, copy.isLogical, copy.persistency == .persistent else { return nil }
    var slot = copy
    // The copy stands in for the primary's slot; only a synchronised one is known to be behind its consumer.
    if copy.synced == true { slot.failover = true } else { slot.confirmedFlush = .none }
    let consumer = ConsumerPosition.find(of: slot, in: failover)
    var result = SlotAssessment(
      slotName: copy.name, isLogical: true, plugin: copy.plugin,
      databaseName: failover.standby.databaseName(copy.database),
      verdict: .atRisk, counts: true, reason: "", primary: nil, standby: SlotView(evidence, in: failover.standby),
      consumer: consumer, findings: [], exposure: Exposure())
    result.premises = SlotPremise.all(of: slot, consumer: consumer, in: failover)
    if let cause = copy.invalidation {
      result.apply([
        .fails(
          .lost, "the standby has given it up (\(cause.rawValue))",
          [
            Finding(
              .l12, slot: copy.name, "The standby's \(copy.name) is invalid: \(cause.rawValue).",
              facts: [failover.onStandby(copy).invalidation(copy)])
          ])
      ])
      return result
    }
    result.apply(
      [
        NothingVanished.judge(slot, consumer: consumer, in: failover), lost(copy, consumer, failover),
        ForwardOnly.judge(copy, in: failover), WALPresent.judge(copy, in: failover),
        SnapshotReachable.judge(copy, in: failover), CatalogRowsPresent.judge(copy, of: slot, in: failover),
      ] + StandbyLimits.judge(copy, of: slot, in: failover) + [
        TwoPhaseStart.judge(copy, of: startOfSlot(copy, failover), consumer: consumer, in: failover),
        StandbyLimits.prepared(slot, hasCopy: true, failover),
        .holds(copy.synced == true ? "synchronised" : "made by hand"),
      ])
    return result
  }

  /// Where the primary's slot began to decode two phases only the synchronisation of 18 and later brings along.
  private static func startOfSlot(_ copy: SlotState, _ failover: FailoverCase) -> SlotState {
    var slot = copy
    if copy.synced != true || failover.version < .v18 { (slot.twoPhaseAt, slot.synced) = (nil, nil) }
    return slot
  }

  private static func lost(_ copy: SlotState, _ consumer: Position, _ failover: FailoverCase) -> Judgement {
    if copy.synced == true { return .holds() }
    guard let least = consumer.atLeast?.nonZero else {
      return .fails(
        .atRisk, "nothing shows how far its consumer is",
        [
          Finding(
            .a11, slot: copy.name, "Where the consumer of \(copy.name) stands is open without the primary's files.",
            facts: [failover.onStandby(copy).confirmedFlush(copy)],
            remedy: "Give the consumer's own position (--subscriber), or an older evidence file of the primary.")
        ])
    }
    var slot = copy
    slot.confirmedFlush = least
    return NothingLost.judge(copy, of: slot, consumer: consumer, in: failover)
  }
}
