import PostgresFormat
import Evidence

/// What promoting the standby now would mean for a slot's consumer. In the order of severity; the overall verdict is the
/// worst one.
package enum Verdict: String, Sendable, Hashable, CaseIterable, Comparable {
  /// Proven: promote now and the consumer goes on, with nothing lost, nothing that is missing on the new primary, and nothing twice that it
  /// cannot recognize.
  case ready
  /// Becomes ready without anyone's doing.
  case waiting
  /// The plan makes it ready, with nothing lost.
  case fixable
  /// Loss, changes missing on the new primary, or repetition cannot be excluded.
  case atRisk = "at_risk"
  /// Certain loss.
  case lost
  /// Evidence is missing.
  case unknown

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? Self.allCases.count }
  /// Less severe comes first: ready is the least.
  package static func < (a: Verdict, b: Verdict) -> Bool { a.rank < b.rank }
}
