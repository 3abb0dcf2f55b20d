/// What must be so for a verdict and no file can show by itself. Whoever knows it gives it with `--assume ID`; an HA manager's gate
/// gives what the manager knows.
package enum Premise: String, Sendable, Hashable, CaseIterable {
  /// An HA manager that holds the lock knows the first half; the age that it lets the evidence have bounds the second.
  case primaryDown = "primary-down"
  /// Who has the primary's complete log, or set it at the installation and never touched it since, knows.
  case standbySlotsHeld = "standby-slots-held"
  /// Whoever set the consumer up knows.
  case consumerKeepsPosition = "consumer-keeps-position"
  /// Whoever knows the publications knows.
  case changesNotSubscribed = "changes-not-subscribed"
  /// Who runs the new primary knows whether anybody read from its slots by SQL, or moved them.
  case slotMovedByConsumer = "slot-moved-by-consumer"
  /// Not to be given: whoever knows how far a consumer is gives its position.
  case consumerStopped = "consumer-stopped"

  /// Those that can be given.
  package static let assumable: [Premise] = [
    .primaryDown, .standbySlotsHeld, .consumerKeepsPosition, .changesNotSubscribed, .slotMovedByConsumer,
  ]

  /// In an operator's words.
  package var sentence: String {
    switch self {
    case .primaryDown:
      "No primary runs, and none ran after what the evidence shows: it was not started again, and no other node was promoted."
    case .standbySlotsHeld:
      "synchronized_standby_slots named this standby's slot all the time since the first change that this standby lacks was committed, this standby's confirmations alone moved that slot, and no subscription copied a table for the first time meanwhile."
    case .consumerKeepsPosition:
      "The consumer keeps a position of its own, has one, and has used this slot all the time: what is sent again it recognizes."
    case .changesNotSubscribed:
      "What was committed between the subscriber's position and the start of its slot changed no table that it subscribes to."
    case .slotMovedByConsumer:
      "The synchronized slots came over with the promotion, at or before their consumers' positions, and nobody but these consumers has moved them since."
    case .consumerStopped: "The consumer went no further than its position in the files."
    }
  }
}

/// A premise of one slot's verdict, and how well it is known.
package struct SlotPremise: Sendable, Hashable {
  /// How well a premise is known.
  package enum State: String, Sendable, Hashable, CaseIterable {
    /// The evidence shows it.
    case proven
    /// The operator has said so.
    case given
    /// Neither; a verdict that rests on it is not `ready`.
    case open
  }

  /// Which one.
  package var premise: Premise
  /// By the evidence and the operator's word.
  package var state: State
  /// What proves it, or stands against it, or would settle it; a clause.
  package var evidence: String

  init(_ premise: Premise, _ state: State, _ evidence: String) {
    (self.premise, self.state, self.evidence) = (premise, state, evidence)
  }
}
