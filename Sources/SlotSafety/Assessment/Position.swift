import Evidence
package import PostgresFormat

/// What is known about a position: bounds, and on what ground. Positions on disk are bounds, not facts.
package struct Position: Sendable, Hashable {
  /// nil: no lower bound is known.
  package var atLeast: LSN?
  /// nil: no upper bound is known, and the consumer may be anywhere.
  package var atMost: LSN?
  /// Why: "state file", "end of the primary's WAL", "the subscriber's replication origin".
  package var basis: String

  /// Bounds that cross are kept as they are: that the facts contradict each other is for the rules to say.
  package init(atLeast: LSN?, atMost: LSN?, basis: String) {
    (self.atLeast, self.atMost, self.basis) = (atLeast, atMost, basis)
  }

  /// Known to the byte.
  package static func exactly(_ lsn: LSN, basis: String) -> Position {
    Position(atLeast: lsn, atMost: lsn, basis: basis)
  }

  /// Both bounds are known, and the same.
  package var isExact: Bool { atLeast != nil && atLeast == atMost }
}
