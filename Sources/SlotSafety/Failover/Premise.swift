/// What must be so for a verdict and no file can show. Whoever knows it gives it with `--assume ID`; an HA manager's gate
/// gives what the manager knows.
package enum Premise: String, Sendable, Hashable, CaseIterable {
  /// An HA manager that holds the lock knows the first half; the age that it lets the evidence have bounds the second.
  case primaryDown = "primary-down"

  /// In an operator's words.
  package var sentence: String {
    switch self {
    case .primaryDown:
      "No primary runs, and none ran after what the evidence shows: it was not started again, and no other node was promoted."
    }
  }
}
