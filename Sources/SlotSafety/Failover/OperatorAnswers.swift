package import PostgresFormat

/// What the operator says of a failover, because no file does.
package struct OperatorAnswers: Sendable, Hashable {
  /// Judge as if the standby's WAL ended here (`--promote-at`).
  package var promoteAt: LSN?
  /// What was given as true (`--assume`).
  package var assumed: Set<Premise.ID>
  /// What is about to happen; nil: what the evidence suggests.
  package var event: FailoverEvent?

  /// Nothing is said where nothing is given.
  package init(promoteAt: LSN? = nil, assumed: Set<Premise.ID> = [], event: FailoverEvent? = nil) {
    (self.promoteAt, self.assumed, self.event) = (promoteAt, assumed, event)
  }
}

/// How the primary goes.
package enum FailoverEvent: String, Sendable, Hashable, CaseIterable {
  /// It is gone now, as it is.
  case crash
  /// It is stopped cleanly, and the standby receives all of its WAL before it is promoted.
  case switchover
}
