package import Evidence
package import PostgresFormat

/// What promoting one standby would cost: the verdict per slot and overall, made of findings.
///
/// The third of the four values in the way of the data: Source → Evidence → **Assessment** → Plan.
package struct Assessment: Sendable, Hashable {
  /// The worst verdict of all slots that count; `unknown` where the nodes themselves cannot be judged.
  package var verdict: Verdict
  /// nil where no primary was given.
  package var primary: NodeSummary?
  /// The node that would take over, or has.
  package var standby: NodeSummary
  /// The standby was promoted already: the same questions, asked after the fact.
  package var isPromoted: Bool
  /// Why in a few words, where the nodes and not the slots decide; nil else.
  package var reason: String?
  /// Where the new timeline begins, or would begin.
  package var switchPoint: LSN?
  /// Sorted by name.
  package var slots: [SlotAssessment]
  /// Of the nodes and of all slots, the most severe first.
  package var findings: [Finding]
  /// The one thing to do next; nil where all is ready.
  package var firstStep: String?
  /// What to do about ``reason``; nil without one, and where nothing can be done. The first step may be about a slot.
  package var reasonStep: String?
  /// The event that this is the answer for; the verdicts of the others stand beside it.
  package var event = FailoverEvent.crash
  /// One for each event that is left; both while the primary runs.
  package var events: [EventVerdict] = []
  /// What would have to be given for it to be `ready`; empty where it is, and where nothing that can be given makes it so.
  package var readyIf: [Premise] = []
  /// Why no plan can be made of all that is fixable; nil where one can, and where nothing is.
  package var missingPlan: MissingPlan?

  /// Why the planner has no steps for a slot that is fixable.
  package enum MissingPlan: Sendable, Hashable {
    /// There is no plan at all: a clause.
    case refused(message: String)
    /// Of the slots it leaves this one out.
    case without(PlanExclusion)
  }
}

/// Who a node is, for the head of a report.
package struct NodeSummary: Sendable, Hashable {
  /// What the operator named: a path, or a connection string without its password.
  package var source: String
  /// The major; nil where neither PG_VERSION nor the server tells it.
  package var version: ServerVersion?
  /// `system_identifier` of pg_control; nil where that cannot be read.
  package var systemIdentifier: UInt64?
  /// Primary or standby, by the signal files, the control file or the server's word.
  package var role: Evidence.Role
  /// `DBState` of pg_control.
  package var state: ClusterState?
  /// nil where it cannot be told.
  package var isRunning: Bool?
  /// The one that the node is on; nil where the files do not tell.
  package var timeline: TimelineID?
  /// After the last valid record; nil where that was not found.
  package var endOfWAL: LSN?
  /// By the clock of the machine that gathered the evidence.
  package var gatheredAt: Timestamp?

  /// Takes the values of the control file also where its checksum does not match.
  package init(_ evidence: Evidence) {
    source = evidence.origin.source
    version = evidence.version
    systemIdentifier = evidence.control?.value.systemIdentifier
    role = evidence.role
    state = evidence.control?.value.state
    isRunning = evidence.isRunning
    timeline = evidence.currentTimeline
    endOfWAL = evidence.wal.end?.lsn
    gatheredAt = evidence.origin.gatheredAt
  }
}

/// One slot of the primary, judged.
package struct SlotAssessment: Sendable, Hashable {
  /// The name in the state file; the folder's where that is unreadable.
  package var slotName: String
  /// Whether it has a database; true too for a damaged slot.
  package var isLogical: Bool
  /// The output plugin; nil for a physical slot.
  package var plugin: String?
  /// datname; nil for a physical slot, and where pg_database could not be read.
  package var databaseName: String?
  /// The worst of its outcomes.
  package var verdict: Verdict
  /// False for slots that are not meant to outlive the primary; they do not count for the overall verdict.
  package var counts: Bool
  /// The reason in a few words, for one line of a table.
  package var reason: String
  /// The slot on the primary.
  package var primary: SlotView?
  /// The slot of the same name on the standby; nil where there is none.
  package var standby: SlotView?
  /// How far the consumer itself is.
  package var consumer: Position
  /// Those about this slot alone.
  package var findings: [Finding]
  /// How much the consumer would be off by; nothing where nothing is known to be.
  package var exposure: Exposure
  /// What the verdict rests on and no file shows by itself.
  package var premises: [SlotPremise] = []
  /// What would have to be given for it to be `ready`, as it stands under its verdict then; empty where nothing makes it so.
  package var readyIf: [SlotPremise] = []
  /// What to do about what decides; nil where the slot is ready.
  package var firstStep: String?
  /// One for each event that is left; both while the primary runs.
  package var events: [EventVerdict] = []
}

/// A slot as one node's file has it, its positions as bounds.
package struct SlotView: Sendable, Hashable {
  /// The state file, from its data directory on.
  package var path: String
  /// nil where the file is missing or damaged.
  package var state: SlotState?
  /// `restart_lsn`.
  package var restart: Position
  /// `confirmed_flush_lsn`; no bound at all for a physical slot.
  package var confirmedFlush: Position
  /// `catalog_xmin`; nil where the slot has none.
  package var catalogXmin: TransactionID?
}

/// How much, at most, a consumer would be off by.
package struct Exposure: Sendable, Hashable {
  /// Committed, and not delivered after the promotion.
  package var missed: CommittedChanges?
  /// Received by the consumer, and not on the new primary.
  package var vanished: CommittedChanges?
  /// Delivered again to a consumer that does not ask from its own position.
  package var repeated: CommittedChanges?

  /// nil: nothing to fear, or nothing known; the verdict tells which.
  package init(missed: CommittedChanges? = nil, vanished: CommittedChanges? = nil, repeated: CommittedChanges? = nil) {
    (self.missed, self.vanished, self.repeated) = (missed, vanished, repeated)
  }

  func merged(with other: Exposure) -> Exposure {
    Exposure(
      missed: missed ?? other.missed, vanished: vanished ?? other.vanished, repeated: repeated ?? other.repeated)
  }
}

extension SlotView {
  init(_ slot: SlotEvidence, in evidence: Evidence) {
    path = slot.path
    state = slot.state
    // A file holds what was last written, and memory may be further; what a server said was exact, and may have moved since.
    let basis = !evidence.positionsAreLive ? "state file" : "the server's memory when it was asked"
    func lower(_ lsn: LSN?) -> Position { Position(atLeast: lsn?.nonZero, atMost: nil, basis: basis) }
    restart = lower(slot.state?.restartLSN)
    confirmedFlush = lower(slot.state?.confirmedFlush)
    catalogXmin = slot.state?.catalogXmin.nonZero
    if Self.isExact(in: evidence) {
      restart = Position(atLeast: restart.atLeast, atMost: restart.atLeast, basis: "state file, after a clean stop")
      confirmedFlush = Position(
        atLeast: confirmedFlush.atLeast, atMost: confirmedFlush.atLeast, basis: "state file, after a clean stop")
    }
  }

  /// From 17 on a clean stop writes every slot as it stands.
  static func isExact(in evidence: Evidence) -> Bool {
    guard let version = evidence.version, version.has(.slotsWrittenAtShutdown) else { return false }
    return evidence.control?.value.state == .shutDown && evidence.isRunning == false
  }
}
