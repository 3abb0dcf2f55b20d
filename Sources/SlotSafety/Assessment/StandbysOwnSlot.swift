import Evidence
import PostgresFormat

/// The physical slot on the primary that keeps WAL for this standby (A15): named by its own primary_slot_name, there, and
/// valid. What "lost" means depends on the version: ``LostPhysicalSlot``.
enum StandbysOwnSlot {
  /// What is wrong with it, beside the verdicts on slots.
  static func findings(_ failover: FailoverCase) -> [Finding] {
    guard !failover.isPromoted, failover.primary.control != nil else { return [] }
    return fault(failover).map { [$0.finding] } ?? []
  }

  /// Without a consumer that would decide: a primary that runs goes on to remove what this standby still needs. One that is
  /// down removes nothing more, and what the standby lacks of it, ``LackingWAL`` says.
  static func judge(_ failover: FailoverCase) -> Judgement? {
    guard !failover.isPromoted, !failover.hasConsumers, failover.primaryRuns, let fault = fault(failover),
      fault.finding.severity > .info
    else { return nil }
    return .fails(.fixable, fault.reason, [fault.finding])
  }

  /// The verdict on its row in the table of the primary's slots.
  static func judge(_ slot: SlotState, in failover: FailoverCase) -> Judgement {
    guard slot.invalidation != nil, !failover.isPromoted else {
      return .holds("this standby's own; nobody needs it afterwards")
    }
    guard let fault = fault(failover) else { return .holds() }
    return .fails(.fixable, fault.reason, [fault.finding])
  }

  /// Nothing more has to come through it: the primary is down, and this standby has all of its WAL.
  static func isSpent(_ failover: FailoverCase) -> Bool { !failover.primaryRuns && failover.standbyHasAll }

  private static func fault(_ failover: FailoverCase) -> (reason: String, finding: Finding)? {
    // Without a connection there is no primary to stream from.
    guard !failover.standbySettings.isHidden("primary_slot_name"), !failover.connectionIsCleared else { return nil }
    let setting = failover.fact(of: "primary_slot_name", in: failover.standbySettings, node: "standby")
    let name = failover.standbySettings.text("primary_slot_name") ?? ""
    guard !name.isEmpty else {
      // Nothing is wrong with wal_keep_size or an archive where no logical slot has to come along.
      return (
        "this standby streams without a slot",
        Finding(
          .a15, failover.hasConsumers ? .warning : .info,
          "The standby streams without a slot: primary_slot_name is not set.", facts: [setting])
      )
    }
    guard let physical = failover.physicalSlot else {
      return (
        "its slot \(name) is not on the primary",
        Finding(
          .a15, "The primary has no physical slot \(name), which the standby names.",
          facts: [setting, Fact("no slot \(name)", path: "pg_replslot", node: "primary")])
      )
    }
    guard let cause = physical.invalidation else { return nil }
    let meaning = LostPhysicalSlot(failover.version)
    return (
      "its slot \(name) on the primary is lost (\(cause.rawValue))",
      Finding(
        .a15, "The standby's slot \(name) on the primary is lost (\(cause.rawValue)): \(meaning.sentence).",
        facts: [failover.onPrimary(physical).invalidation(physical)], remedy: meaning.remedy)
    )
  }
}
