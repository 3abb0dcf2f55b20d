/// What to do about the slots: steps in the order in which they run, each with its node and the conditions around it.
///
/// The last of the four values in the way of the data: Source → Evidence → Assessment → **Plan**. A plan holds nothing
/// that was not validated or quoted when it was made; psql scripts and JSON are two ways to write it down.
package struct Plan: Sendable, Hashable {
  /// Names the document and its version.
  package static let schema = "slotscope.plan/1"

  /// How a slot comes to be on the node that takes over.
  package enum Approach: String, Sendable, Hashable, CaseIterable {
    /// 17 and later: the standby's slot synchronization makes and moves it.
    case failoverSlots = "failover_slots"
    /// 16 and later: made on the standby before promotion, then advanced to the consumers' positions.
    case slotsOnStandby = "slots_on_standby"
    /// Every version: made on the new primary right after promotion.
    case slotsOnNewPrimary = "slots_on_new_primary"

    /// The node whose script makes the slots.
    package var node: PlanNode { self == .slotsOnNewPrimary ? .newPrimary : .standby }
  }

  /// That of the slots; where they differ, the one that comes first in the list above.
  package var approach: Approach
  /// The servers that the steps may run on: identity first, then everything else.
  package var servers: [PlannedServer]
  /// The slots that the steps are about, by name.
  package var slots: [PlannedSlot]
  /// In the order in which they run, over all parts.
  package var steps: [Step] = []
  /// Slots without a step, and why.
  package var exclusions: [PlanExclusion]
  /// Slots on the standby that the primary does not have, which stay.
  package var keptSlots: [KeptSlot] = []
  /// What of the nodes speaks against the promotion, and no step mends; nil where nothing does.
  package var obstacle: Obstacle?
  /// The primary that has to run for the steps before the promotion did not when the files were read.
  package var primaryIsStopped = false

  /// The nodes' own part in a verdict.
  package struct Obstacle: Sendable, Hashable {
    /// A clause, as it stands in the audit's first line.
    package var reason: String
    /// What to do about it.
    package var hint: String?
  }

  /// Without steps; each way of making slots adds its own.
  package init(
    approach: Approach, servers: [PlannedServer], slots: [PlannedSlot], exclusions: [PlanExclusion] = []
  ) {
    (self.approach, self.servers, self.slots, self.exclusions) = (approach, servers, slots, exclusions)
  }

  /// The server that steps run on; nil where the plan has none for them.
  package func server(_ node: PlanNode, member: Int = 0) -> PlannedServer? {
    servers.first { $0.node == node && $0.member == member }
  }

  /// Where slots are made or synchronized before the promotion.
  package static let standbyPart = PlanPart(.standby, .beforePromotion)

  /// Whether a step belongs to the primary while that one still is the primary.
  package static func isOnPrimaryBefore(_ step: Step) -> Bool {
    step.node == .primary && step.stage != .afterPromotion
  }

  /// Whether one script can do the steps of the standby and of its primary.
  package var hasScriptForBoth: Bool {
    parts.contains(Self.standbyPart) && steps.contains(where: Self.isOnPrimaryBefore)
  }

  /// The name of that script.
  package static let nameForBoth = "both-before"

  /// The scripts that the plan consists of, in the order in which they run.
  package var parts: [PlanPart] {
    Set(steps.map(\.part)).sorted { ($0.rank, $0.member) < ($1.rank, $1.member) }
  }
}

/// The part that a server plays when a step runs on it.
package enum PlanNode: String, Sendable, Hashable, CaseIterable {
  case primary
  case standby
  /// The standby after its promotion.
  case newPrimary = "new-primary"
  case subscriber
  /// Another standby, which is to follow the new primary.
  case follower
}

/// When a step runs.
package enum PlanStage: String, Sendable, Hashable, CaseIterable {
  case beforePromotion = "before_promotion"
  /// Before the promotion, while the standby's script runs or after it.
  case meanwhile
  case afterPromotion = "after_promotion"
}

/// One script of a plan: the steps of one server in one stage.
package struct PlanPart: Sendable, Hashable {
  /// The server that the script is for.
  package var node: PlanNode
  /// Which of several subscribers or followers, from 0.
  package var member: Int
  /// When the script runs.
  package var stage: PlanStage

  /// `member` counts subscribers and followers from 0, in the order in which they were given.
  package init(_ node: PlanNode, member: Int = 0, _ stage: PlanStage) {
    (self.node, self.member, self.stage) = (node, member, stage)
  }

  /// `standby-before`, `primary-meanwhile`, `subscriber-2-after`.
  package var name: String {
    let when =
      switch stage {
      case .beforePromotion: "before"
      case .meanwhile: "meanwhile"
      case .afterPromotion: "after"
      }
    return node.rawValue + (member == 0 ? "" : "-\(member + 1)") + "-" + when
  }

  /// The order of scripts. The consumers come first, as the others wait for what they set; the standby waits for the
  /// primary's second script, so the two run side by side.
  fileprivate var rank: Int {
    switch (stage, node) {
    case (.beforePromotion, .subscriber): 0
    case (.beforePromotion, .primary): 1
    case (.beforePromotion, _): 2
    case (.meanwhile, _): 3
    case (.afterPromotion, .newPrimary): 4
    case (.afterPromotion, .subscriber): 5
    case (.afterPromotion, _): 6
    }
  }
}
