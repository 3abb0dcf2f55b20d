package import PostgresFormat

/// How a script knows that it talks to the server that is meant.
package struct PlannedServer: Sendable, Hashable {
  /// Its part in the plan.
  package var node: PlanNode
  /// Which of several subscribers or followers, from 0.
  package var member: Int = 0
  /// The major, which must be the running server's.
  package var version: ServerVersion
  /// `system_identifier`, as pg_control_system() tells it.
  package var systemIdentifier: UInt64
  /// `timeline_id` of the last checkpoint in pg_control when the plan was made.
  package var timeline: TimelineID
  /// Identity, role, version, timeline and position. Checked at the start of every session.
  package var checks: [PlanCheck]
  /// What the checks of the steps need to know about the server, asked for after the checks above.
  package var facts: [ServerFact] = []
  /// Without facts: steps that need some add them.
  package init(
    node: PlanNode, member: Int = 0, version: ServerVersion, systemIdentifier: UInt64, timeline: TimelineID,
    checks: [PlanCheck]
  ) {
    (self.node, self.member, self.version, self.systemIdentifier) = (node, member, version, systemIdentifier)
    (self.timeline, self.checks) = (timeline, checks)
  }
}

/// A value that a server knows: `psql -v NAME=VALUE` where the operator gives it, else asked of the server. Checks see it
/// as the setting `slotscope.NAME`, empty where neither is to be had.
package struct ServerFact: Sendable, Hashable {
  /// `[a-z_]`, as the rest of a setting's name.
  package var name: String
  /// An SQL expression of type text; an error in it (a missing privilege) counts as no answer.
  package var expression: String
  /// The end of the script shows it, whatever the steps ask.
  package var isShown = false
  /// The expression of what no server knows: only an operator or an earlier step tells it.
  package static let untold = "null"
  /// Neither comes from a file.
  package init(name: String, expression: String) { (self.name, self.expression) = (name, expression) }
}

/// A condition that must hold on a server, in a form that refuses when it is false and when it cannot be told.
package struct PlanCheck: Sendable, Hashable {
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
  /// Queries to run every second while waiting; it does not matter whether they can.
  package var nudges: [String] = []
  /// Where it does not hold, the script warns and goes on.
  package var isAdvice: Bool
  /// It is about all slots together, though it may name the one whose step it stands in.
  package var isAboutAll = false
  /// SQL with names from files in it must have been made by ``SQLText``.
  package init(
    _ expects: String, _ condition: String, found: String, hint: String? = nil, patience: Int = 0,
    isAdvice: Bool = false
  ) {
    (self.expects, self.condition, self.found) = (expects, condition, found)
    (self.hint, self.patience, self.isAdvice) = (hint, patience, isAdvice)
  }
}
