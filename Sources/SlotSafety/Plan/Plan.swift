package import PostgresFormat

/// What to do about the slots: steps in the order in which they run, each with its node and the conditions around it.
///
/// The last of the four values in the way of the data: Source → Evidence → Assessment → **Plan**. A plan holds nothing
/// that was not validated or quoted when it was made; psql scripts and JSON are two ways to write it down.
package struct Plan: Sendable, Hashable, Codable {
  /// Names the document and its version.
  package static let schema = "slotscope.plan/1"

  /// How the slots come to be on the node that takes over.
  package enum Approach: String, Sendable, Hashable, Codable, CaseIterable {
    /// 16 and later: made on the standby before promotion, then advanced to the consumers' positions.
    case slotsOnStandby = "slots_on_standby"
    /// Every version: made on the new primary right after promotion.
    case slotsOnNewPrimary = "slots_on_new_primary"

    /// The node whose script makes the slots.
    package var node: PlanNode { self == .slotsOnStandby ? .standby : .newPrimary }
  }

  package var approach: Approach
  /// The servers that the steps may run on, one for each node in them: identity first, then everything else.
  package var servers: [PlannedServer]
  /// The slots that the steps are about, by name.
  package var slots: [PlannedSlot]
  package var steps: [Step] = []
  /// Slots without a step, and why.
  package var exclusions: [PlanExclusion]

  package init(
    approach: Approach, servers: [PlannedServer], slots: [PlannedSlot], exclusions: [PlanExclusion] = []
  ) {
    (self.approach, self.servers, self.slots, self.exclusions) = (approach, servers, slots, exclusions)
  }

  /// The server that the steps of a node run on; nil where the plan has none for it.
  package func server(_ node: PlanNode) -> PlannedServer? { servers.first { $0.node == node } }
}

/// The part that a server plays when a step runs on it.
package enum PlanNode: String, Sendable, Hashable, Codable, CaseIterable {
  case primary
  case standby
  /// The standby after its promotion.
  case newPrimary = "new-primary"
  case subscriber
}

/// When a step runs.
package enum PlanStage: String, Sendable, Hashable, Codable, CaseIterable {
  case beforePromotion = "before_promotion"
  case afterPromotion = "after_promotion"
}

/// How a script knows that it talks to the server that is meant.
package struct PlannedServer: Sendable, Hashable, Codable {
  package var node: PlanNode
  package var version: ServerVersion
  package var systemIdentifier: UInt64
  package var timeline: TimelineID
  /// Identity, role, version, timeline and position. Checked at the start of every session.
  package var checks: [PlanCheck]
  /// What the checks of the steps need to know about the server, asked for after the checks above.
  package var facts: [ServerFact] = []
  package init(
    node: PlanNode, version: ServerVersion, systemIdentifier: UInt64, timeline: TimelineID, checks: [PlanCheck]
  ) {
    (self.node, self.version, self.systemIdentifier) = (node, version, systemIdentifier)
    (self.timeline, self.checks) = (timeline, checks)
  }
}

/// A value that a server knows: `psql -v NAME=VALUE` where the operator gives it, else asked of the server. Checks see it
/// as the setting `slotscope.NAME`, empty where neither is to be had.
package struct ServerFact: Sendable, Hashable, Codable {
  package var name: String
  /// An SQL expression of type text; an error in it (a missing privilege) counts as no answer.
  package var expression: String
  package init(name: String, expression: String) { (self.name, self.expression) = (name, expression) }
}

/// A condition that must hold on a server, in a form that refuses when it is false and when it cannot be told.
package struct PlanCheck: Sendable, Hashable, Codable {
  /// What must hold, as the message of a refusal says it.
  package var expects: String
  /// An SQL expression of type boolean. Anything but true is a refusal.
  package var condition: String
  /// An SQL expression that says what was found instead.
  package var found: String
  /// What to do where it does not hold.
  package var hint: String?
  /// Seconds to wait for it to become true; 0: not at all.
  package var patience: Int
  /// Where it does not hold, the script warns and goes on.
  package var isAdvice: Bool
  package init(
    _ expects: String, _ condition: String, found: String, hint: String? = nil, patience: Int = 0,
    isAdvice: Bool = false
  ) {
    (self.expects, self.condition, self.found) = (expects, condition, found)
    (self.hint, self.patience, self.isAdvice) = (hint, patience, isAdvice)
  }
}

/// One change on one server.
package struct Step: Sendable, Hashable, Codable {
  /// Unique within the plan: `create.orders_cdc`.
  package var id: String
  package var slotName: SlotName
  package var node: PlanNode
  package var stage: PlanStage
  /// The database to be connected to.
  package var database: String
  /// What the step does, in an operator's words.
  package var title: String
  /// What the script needs to be told before the step can run; without it the step is left out and the text printed.
  package var input: StepInput?
  /// All of these are checked before the first change of the whole script, and again before this one.
  package var preconditions: [PlanCheck]
  /// An SQL expression of type boolean: true where the step has been done before and is left out.
  package var isDone: String
  /// One statement; nil for a step that only waits for what its postconditions ask.
  package var sql: String?
  /// What a statement that is cancelled by its time limit means.
  package var timeoutMessage: String?
  /// Asserted after the step, also where it was left out as done.
  package var postconditions: [PlanCheck]
  /// What later steps need of this one's result.
  package var output: StepOutput?
  /// The finding that asks for the step.
  package var finding: String

  package init(
    id: String, slotName: SlotName, node: PlanNode, stage: PlanStage, database: String, title: String,
    input: StepInput? = nil, preconditions: [PlanCheck], isDone: String, sql: String?, timeoutMessage: String? = nil,
    postconditions: [PlanCheck], output: StepOutput? = nil, finding: String
  ) {
    (self.id, self.slotName, self.node, self.stage, self.database) = (id, slotName, node, stage, database)
    (self.title, self.input, self.preconditions, self.isDone) = (title, input, preconditions, isDone)
    (self.sql, self.timeoutMessage, self.postconditions) = (sql, timeoutMessage, postconditions)
    (self.output, self.finding) = (output, finding)
  }
}

/// A value that a step yields for the input of the same name of a later step, on whatever node that runs.
package struct StepOutput: Sendable, Hashable, Codable {
  package var name: String
  /// An SQL expression.
  package var expression: String
  package init(name: String, expression: String) { (self.name, self.expression) = (name, expression) }
}

/// A value that only the moment of execution has: `psql -v NAME=VALUE`, seen by SQL as the setting `slotscope.NAME`.
package struct StepInput: Sendable, Hashable, Codable {
  package var name: String
  /// What is still to be done, and where the value comes from, in lines of text.
  package var missing: [String]
  package init(name: String, missing: [String]) { (self.name, self.missing) = (name, missing) }
  /// The setting's value as SQL.
  package var sql: String { "current_setting('slotscope.\(name)')" }
}

/// A slot of the primary for which the plan has no step.
package struct PlanExclusion: Sendable, Hashable, Codable {
  package enum Reason: String, Sendable, Hashable, Codable, CaseIterable {
    /// The standby has a valid slot of that name, database and plugin.
    case alreadyThere = "already_there"
    /// A temporary slot, or one that was being made: it is gone with its session by design.
    case notPersistent = "not_persistent"
    /// The primary has given the slot up: its consumer has to resynchronise.
    case lost
    /// The standby has a slot of that name that is another one, or is invalid.
    case nameTaken = "name_taken"
    /// 17 and later: slot synchronisation makes it, and a slot made by hand would be in its way.
    case synchronised
    /// The database's name could not be read from the catalog, or takes no connections.
    case databaseUnknown = "database_unknown"
    /// The primary's state file is damaged: what slot it was is not known.
    case unreadable
  }
  package var slotName: String
  package var reason: Reason
  package init(slotName: String, reason: Reason) { (self.slotName, self.reason) = (slotName, reason) }

  /// Whether the slot's consumer goes on without this plan.
  package var isHarmless: Bool { reason == .alreadyThere || reason == .notPersistent }
}
