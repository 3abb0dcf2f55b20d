package import PostgresFormat

/// What the operator says of a failover, because no file does.
package struct OperatorAnswers: Sendable, Hashable {
  /// Judge as if the standby's WAL ended here (`--promote-at`).
  package var promoteAt: LSN?
  /// What was given as true (`--assume`).
  package var assumed: Set<Premise>
  /// What is judged, where it has not happened yet.
  package var event: FailoverEvent

  /// Nothing is said where nothing is given.
  package init(promoteAt: LSN? = nil, assumed: Set<Premise> = [], event: FailoverEvent = .crash) {
    (self.promoteAt, self.assumed, self.event) = (promoteAt, assumed, event)
  }
}
