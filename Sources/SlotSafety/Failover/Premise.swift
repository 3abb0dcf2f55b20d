/// What must be so for a verdict, and how well it is known. A proof rests on facts and on premises, which no file shows by itself.
package struct Premise: Sendable, Hashable, Codable {
  /// Names it, in documents and on the command line (`--assume ID`).
  package enum ID: String, Sendable, Hashable, Codable, CaseIterable {
    /// Of an HA manager this is its lock: no primary holds it.
    case primaryDown = "primary-down"
    /// A server reads its files when it starts and when it is told to; which of the two happened, and when, its log says.
    case primaryReloaded = "primary-reloaded"

    /// In an operator's words.
    package var sentence: String {
      switch self {
      case .primaryDown: "The primary does not run, and was not started again after what the evidence shows."
      case .primaryReloaded: "The primary's server had read its configuration files as they are."
      }
    }
  }

  /// How well a premise is known.
  package enum State: String, Sendable, Hashable, Codable, CaseIterable {
    /// The evidence shows it.
    case proven
    /// The operator has said so.
    case given
    /// Neither: a verdict that rests on it is not `ready`.
    case open
  }

  /// Which one it is.
  package var id: ID
  /// An open one makes the verdict `at_risk`.
  package var state: State
  /// What proves it, or what would settle it.
  package var evidence: String

  /// `evidence` is one clause, without a stop.
  package init(_ id: ID, _ state: State, _ evidence: String) {
    (self.id, self.state, self.evidence) = (id, state, evidence)
  }
}
