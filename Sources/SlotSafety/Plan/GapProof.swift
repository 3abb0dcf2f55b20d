import Evidence
import PostgresFormat

/// What the files prove of the gap between each consumer and a slot that begins after the promotion.
///
/// With `P` the consumer's position, `S` the fork and `c` the slot's start: nothing of the database may be committed in
/// `[P, S)` and `[S, P)` on the old timeline, nor in `[S, c)` on the new one. The files answer for what they hold; for
/// what comes after them the script asks the server whether its fork and its next transaction are still those.
struct GapProof {
  private let assessment: Assessment
  private let judged: [String: SlotAssessment]
  /// The number of the transaction that the new primary begins with, or begins next.
  let nextXID: TransactionID?

  /// All WAL of the old timeline that was read.
  let knowledge: WALKnowledge
  let primaryRuns: Bool
  private let standbyIsServer: Bool

  init(_ assessment: Assessment, _ failover: Failover) {
    (self.assessment, judged) = (assessment, assessment.slotsByName)
    nextXID = failover.standby.nextXID
    (primaryRuns, knowledge) = (failover.primaryRuns, failover.changes)
    standbyIsServer = failover.standby.positionsAreLive
  }

  /// Where the new timeline begins, or the furthest that it can begin without WAL that was not read.
  var fork: LSN? { assessment.switchPoint }

  /// Why the slot has no safe plan; nil where the gap is proven to be empty.
  func refusal(of slot: PlannedSlot) -> PlanExclusion? {
    if slot.approach != .slotsOnNewPrimary { return nil }
    if primaryRuns {
      var result = PlanExclusion(slotName: slot.name.description, reason: .primaryRuns)
      result.remedy = "Stop the primary cleanly, let the standby receive all of its WAL, then make the plan again."
      return result
    }
    guard let found = judged[slot.name.description] else {
      return exclusion(slot, "it was not judged")
    }
    guard found.verdict <= .fixable else {
      var result = exclusion(slot, found.verdict == .unknown ? openReason(found) : found.reason)
      result.remedy = found.firstStep ?? assessment.firstStep
      result.exposure = found.exposure
      // A transaction that was open at the consumer's position began after the slot's restart_lsn.
      if let state = found.primary?.state, !knowledge.covers(from: state.restartLSN, to: state.confirmedFlush) {
        result.exposure?.missed?.tablesAreComplete = false
        result.exposure?.vanished?.tablesAreComplete = false
      }
      return result
    }
    guard fork != nil, nextXID != nil else {
      var result = exclusion(slot, "the standby's WAL since its last checkpoint cannot be read")
      result.remedy =
        standbyIsServer
        ? "Give the standby's directory instead of its connection string: its files tell the number of the next transaction."
        : "Give the standby's whole directory, with its WAL since the last checkpoint."
      return result
    }
    return nil
  }

  private func openReason(_ found: SlotAssessment) -> String {
    assessment.findings.first { $0.severity == .error }?.message ?? found.reason
  }

  private func exclusion(_ slot: PlannedSlot, _ detail: String) -> PlanExclusion {
    var result = PlanExclusion(slotName: slot.name.description, reason: .notProven)
    result.detail = detail
    result.database = slot.database
    return result
  }
}

extension Assessment {
  fileprivate var slotsByName: [String: SlotAssessment] {
    Dictionary(slots.map { ($0.slotName, $0) }) { first, _ in first }
  }
}

extension SlotSelection {
  /// Leaves out the slots whose gap is not proven to be empty.
  mutating func leaveOutUnproven(_ proof: GapProof) {
    let refused = slots.compactMap(proof.refusal)
    let names = Set(refused.map(\.slotName))
    slots.removeAll { names.contains($0.name.description) }
    exclusions += refused
  }
}

extension SlotSelection {
  /// What the audit found of slots that are there already and not proven to be safe: the plan changes nothing about it.
  mutating func explain(_ assessment: Assessment) {
    let judged = assessment.slotsByName
    for index in exclusions.indices where [.alreadyThere, .synchronized].contains(exclusions[index].reason) {
      let name = exclusions[index].slotName
      guard let found = judged[name], found.verdict > .fixable else {
        continue
      }
      exclusions[index].detail = found.reason
      exclusions[index].remedy = found.firstStep
      exclusions[index].database = found.databaseName
      exclusions[index].exposure = found.exposure
    }
  }
}

extension Evidence {
  /// The number that the node's next transaction gets: recovery takes it from the last checkpoint and counts on with
  /// every record. nil where not all WAL since then was read.
  var nextXID: TransactionID? {
    guard let control = control?.value, let end = wal.end?.lsn,
      WALKnowledge(stretches).covers(from: control.checkpoint.redo, to: end)
    else { return nil }
    var next = control.checkpoint.nextXID.xid
    for found in stretches.compactMap(\.activity.nextXID) where next.precedes(found) { next = found }
    return next
  }
}
