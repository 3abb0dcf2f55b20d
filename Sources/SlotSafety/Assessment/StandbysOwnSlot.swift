import Evidence
import PostgresFormat

/// The physical slot on the primary that keeps WAL for this standby (A15): named by its own primary_slot_name, there, and
/// valid. What "lost" means depends on the version: ``LostPhysicalSlot``.
enum StandbysOwnSlot {
  static let unit = RuleUnit(
    .promotion, .slot([.standbysOwn], ofSlot), .promotion { failover, _ in beside(failover).map { [$0] } ?? [] },
    rules: Rule(
      .a15, .warning,
      "The standby streams through a physical slot: primary_slot_name is set, and that slot exists and is valid on the primary.",
      "Create the physical slot on the primary and set primary_slot_name on the standby."),
    Rule(
      .a15None, .info, "The standby streams through a physical slot, where no logical slot has to come along.",
      "Create the physical slot on the primary and set primary_slot_name on the standby."))

  /// What is wrong with it. Without a consumer that would decide, it decides: a primary that runs goes on to remove what this
  /// standby still needs. One that is down removes nothing more, and what the standby lacks of it, ``LackingWAL`` says.
  private static func beside(_ failover: Failover) -> Outcome? {
    guard !failover.isPromoted, failover.primary.control != nil, let fault = fault(failover) else { return nil }
    return !failover.hasConsumers && failover.primaryRuns && fault.finding.severity > .info
      ? .fails(.fixable, fault.headline, fault.finding) : .note(fault.finding)
  }

  /// The verdict on its row in the table of the primary's slots.
  private static func ofSlot(_ c: SlotCase) -> Outcome? {
    guard c.slot.invalidation != nil, !c.failover.isPromoted else {
      return .holds("this standby's own; nobody needs it afterwards")
    }
    return fault(c.failover).map { .fails(.fixable, $0.headline, $0.finding) }
  }

  /// Nothing more has to come through it: the primary is down, and this standby has all of its WAL.
  static func isSpent(_ failover: Failover) -> Bool { !failover.primaryRuns && failover.standbyHasAll }

  private static let ofNextPrimary = "The primary is down: it changes nothing of this promotion."

  private static func fault(_ failover: Failover) -> (headline: String, finding: Finding)? {
    // Without a connection there is no primary to stream from.
    guard !failover.standbySettings.isHidden("primary_slot_name"), !failover.connectionIsCleared else { return nil }
    let setting = failover.fact(of: "primary_slot_name")
    let name = failover.standbySettings.text("primary_slot_name") ?? ""
    guard !name.isEmpty else {
      // Nothing is wrong with wal_keep_size or an archive where no logical slot has to come along.
      return (
        "this standby streams without a slot",
        Finding(
          failover.hasConsumers ? .a15 : .a15None,
          "The standby streams without a slot: primary_slot_name is not set.", facts: [setting],
          remedy: failover.primaryRuns ? nil : "\(ofNextPrimary) Set it where the standby is to follow a primary again."
        )
      )
    }
    guard let physical = failover.physicalSlot else {
      return (
        "its slot \(name) is not on the primary",
        Finding(
          .a15, "The primary has no physical slot \(name), which the standby names.",
          facts: [setting, Fact("no slot \(name)", path: "pg_replslot", node: "primary")],
          remedy: failover.primaryRuns
            ? "Create the physical slot \(name) on the primary."
            : "\(ofNextPrimary) Create it if this primary is started again.")
      )
    }
    guard let cause = physical.invalidation else { return nil }
    let meaning = LostPhysicalSlot(failover.version)
    return (
      "its slot \(name) on the primary is lost (\(cause.rawValue))",
      Finding(
        .a15, "The standby's slot \(name) on the primary is lost (\(cause.rawValue)): \(meaning.sentence).",
        facts: [failover.onPrimary(physical).invalidation], remedy: meaning.remedy)
    )
  }
}
