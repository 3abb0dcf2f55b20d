package import Evidence
package import PostgresFormat

/// What promoting one standby would cost: the verdict per slot and overall, made of findings.
///
/// The third of the four values in the way of the data: Source → Evidence → **Assessment** → Plan.
package struct Assessment: Sendable, Hashable, Codable {
  /// The worst verdict of all slots that count; `unknown` where the nodes themselves cannot be judged.
  package var verdict: Verdict
  package var primary: NodeSummary?
  package var standby: NodeSummary
  /// The standby was promoted already: the same questions, asked after the fact.
  package var isPromoted: Bool
  /// Where the new timeline begins, or would begin.
  package var switchPoint: LSN?
  /// Sorted by name.
  package var slots: [SlotAssessment]
  /// Of the nodes and of all slots, the most severe first.
  package var findings: [Finding]
}

/// Who a node is, for the head of a report.
package struct NodeSummary: Sendable, Hashable, Codable {
  package var source: String
  package var version: ServerVersion?
  package var systemIdentifier: UInt64?
  package var role: Evidence.Role
  package var state: ClusterState?
  package var isRunning: Bool?
  package var timeline: TimelineID?
  package var endOfWAL: LSN?
  package var gatheredAt: Timestamp?

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
package struct SlotAssessment: Sendable, Hashable, Codable {
  package var slotName: String
  package var isLogical: Bool
  package var plugin: String?
  package var databaseName: String?
  package var verdict: Verdict
  /// False for slots that are not meant to outlive the primary; they do not count for the overall verdict.
  package var counts: Bool
  /// The reason in a few words, for one line of a table.
  package var reason: String
  package var primary: SlotView?
  package var standby: SlotView?
  /// How far the consumer itself is.
  package var consumer: Position
  package var findings: [Finding]
  package var exposure: Exposure
}

/// A slot as one node's file has it, its positions as bounds.
package struct SlotView: Sendable, Hashable, Codable {
  package var path: String
  /// nil where the file is missing or damaged.
  package var state: SlotState?
  package var restart: Position
  package var confirmedFlush: Position
  package var catalogXmin: TransactionID?
}

/// How much, at most, a consumer would be off by.
package struct Exposure: Sendable, Hashable, Codable {
  /// Committed, and not delivered after the promotion.
  package var missed: CommittedChanges?
  /// Received by the consumer, and not on the new primary.
  package var vanished: CommittedChanges?
  /// Delivered again to a consumer that does not ask from its own position.
  package var repeated: CommittedChanges?

  package init(missed: CommittedChanges? = nil, vanished: CommittedChanges? = nil, repeated: CommittedChanges? = nil) {
    (self.missed, self.vanished, self.repeated) = (missed, vanished, repeated)
  }

  func merged(with other: Exposure) -> Exposure {
    Exposure(
      missed: missed ?? other.missed, vanished: vanished ?? other.vanished, repeated: repeated ?? other.repeated)
  }
}

/// What one invariant says of one slot: how bad, why, and how much.
package struct Judgement: Sendable, Hashable {
  package var verdict: Verdict
  package var reason: String
  package var findings: [Finding]
  package var exposure: Exposure

  /// Nothing stands against the slot; with what there is to know besides.
  package static func holds(
    _ reason: String = "", findings: [Finding] = [], exposure: Exposure = Exposure()
  ) -> Judgement {
    Judgement(verdict: .ready, reason: reason, findings: findings, exposure: exposure)
  }
  package static func fails(
    _ verdict: Verdict, _ reason: String, _ findings: [Finding], exposure: Exposure = Exposure()
  ) -> Judgement {
    Judgement(verdict: verdict, reason: reason, findings: findings, exposure: exposure)
  }
  package var isReady: Bool { verdict == .ready }
}
