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
  /// Whether it is the right server (``identityCount``), then timeline and position. Checked before anything else.
  package var checks: [PlanCheck]
  /// Role, version and system identifier: what later checks ask for, only such a server has.
  package static let identityCount = 3
  /// SQL: whether a new connection has led to the same server.
  package var isSame: SQL
  /// What the checks of the steps need to know about the server, asked for after the checks above.
  package var facts: [ServerFact] = []
  /// Without facts: steps that need some add them.
  package init(
    node: PlanNode, member: Int = 0, version: ServerVersion, systemIdentifier: UInt64, timeline: TimelineID,
    checks: [PlanCheck]
  ) {
    (self.node, self.member, self.version, self.systemIdentifier) = (node, member, version, systemIdentifier)
    (self.timeline, self.checks) = (timeline, checks)
    let recovers = node == .standby || node == .follower
    let role: SQL = recovers ? "pg_is_in_recovery()" : "not pg_is_in_recovery()"
    isSame = "\(Self.isSystem(systemIdentifier)) and \(role)"
  }

  /// SQL: the cluster. The server shows its 64 bits as a number with a sign.
  static func isSystem(_ identifier: UInt64) -> SQL {
    "(pg_control_system()).system_identifier = \(Int64(bitPattern: identifier))"
  }
}

/// A value that a server knows: `psql -v NAME=VALUE` where the operator gives it, else asked of the server. Checks see it
/// as the setting `slotscope.NAME`, empty where neither is to be had.
package struct ServerFact: Sendable, Hashable {
  /// `[a-z_]`, as the rest of a setting's name.
  package var name: String
  /// An SQL expression of type text; an error in it (a missing privilege) counts as no answer.
  package var expression: SQL
}

/// A condition that must hold on a server, in a form that refuses when it is false and when it cannot be told.
package struct PlanCheck: Sendable, Hashable {
  /// What must hold, as the message of a refusal says it.
  package var expects: Words
  /// An SQL expression of type boolean. Anything but true is a refusal.
  package var condition: SQL
  /// An SQL expression of type text that says what was found instead.
  package var found: SQL
  /// What to do where it does not hold.
  package var hint: Words?
  /// Seconds to wait for it to become true; 0: not at all.
  package var patience: Int
  /// Queries to run every second while waiting; it does not matter whether they can.
  package var nudges: [SQL] = []
  /// Where it does not hold, the script warns and goes on.
  package var isAdvice: Bool
  /// And says nothing: what needs it later tells that it is missing.
  package var isQuiet = false
  /// A script that reaches the other server as well need not ask.
  package var isForOneServer = false
  /// It cannot change while the server runs, or the step's statement refuses by itself where it does not hold: a script asks it
  /// before all changes, and not again before this one.
  package var isAskedOnce = false
  /// The slots whose names stand in the condition, as a list in one pair of parentheses: a script has them in lists of its own.
  package var names: [SlotName] = []
  /// An SQL expression of type boolean: the check is for this case only.
  package var onlyWhere: SQL?
  /// Nothing of what is given comes from a file unless its type quotes it.
  package init(
    _ expects: Words, _ condition: SQL, found: SQL, hint: Words? = nil, patience: Int = 0,
    isAdvice: Bool = false
  ) {
    (self.expects, self.condition, self.found) = (expects, condition, found)
    (self.hint, self.patience, self.isAdvice) = (hint, patience, isAdvice)
  }

  /// The same, asked once.
  package var once: PlanCheck {
    var check = self
    check.isAskedOnce = true
    return check
  }

  /// The same, for those slots whose column the script was told.
  package func unlessUntold(_ column: SlotColumn) -> PlanCheck {
    var check = self
    check.condition = "\(column.isUntold) or \(condition)"
    return check
  }

  /// The same with another text in the place of the names (``names``).
  package func naming(_ text: String) -> PlanCheck {
    var check = self
    (check.condition, check.found) = (condition.naming(names, text), found.naming(names, text))
    return check
  }

  /// The same where it is asked again: what to do about it was said.
  package var brief: PlanCheck {
    var check = self
    check.hint = nil
    return check
  }
}
