import PostgresFormat

/// What must be so for a verdict and no file can show by itself. Whoever knows it gives it with `--assume ID`; an HA manager's gate
/// gives what the manager knows.
package enum Premise: String, Sendable, Hashable, CaseIterable {
  /// An HA manager that holds the lock knows the first half; the age that it lets the evidence have bounds the second.
  case primaryDown = "primary-down"
  /// Who has the primary's complete log, or set it at the installation and never touched it since, knows.
  case standbySlotsHeld = "standby-slots-held"
  /// Part of the one before, for a log that shows the rest of it. Who runs the standby knows.
  case standbySlotConfirmed = "standby-slot-confirmed"
  /// Whoever set the consumer up knows.
  case consumerKeepsPosition = "consumer-keeps-position"
  /// Whoever knows the publications knows.
  case changesNotSubscribed = "changes-not-subscribed"
  /// Who runs the new primary knows whether anybody read from its slots by SQL, or moved them.
  case slotMovedByConsumer = "slot-moved-by-consumer"
  /// Whoever stopped the consumer, and saw it store its position, knows. It counts where that position is given, too.
  case consumerStopped = "consumer-stopped"
  /// Whoever set up the subscription knows.
  case rowsNotLater = "rows-not-later"
  /// Who runs both machines knows.
  case clocksAgree = "clocks-agree"

  /// Those that can be given.
  package static let assumable: [Premise] = [
    .primaryDown, .standbySlotsHeld, .standbySlotConfirmed, .consumerKeepsPosition, .changesNotSubscribed,
    .slotMovedByConsumer, .consumerStopped, .rowsNotLater, .clocksAgree,
  ]

  /// In an operator's words.
  package var sentence: String {
    switch self {
    case .primaryDown:
      "No primary runs, and none ran after what the evidence shows: it was not started again, and no other node was promoted."
    case .standbySlotsHeld:
      "\(Self.barrier(of: nil, since: nil).asSentence): \(Self.barrierMeans)."
    case .standbySlotConfirmed:
      "Only this standby's confirmations moved its slot on the primary, and it still has what it confirmed: nobody advanced that slot, nothing else streamed from it, and the standby's files are not an older copy."
    case .consumerKeepsPosition:
      "The consumer keeps a position of its own, has one, and has used this slot all the time: what is sent again it recognizes."
    case .changesNotSubscribed:
      "What was committed between the subscriber's position and the start of its slot changed no table that it subscribes to."
    case .slotMovedByConsumer:
      "The synchronized slots came over with the promotion, at or before their consumers' positions, and nobody but these consumers has moved them since."
    case .consumerStopped:
      "The consumer went no further than its position in the files: it was stopped, stored that position last, was not started again, and nobody else reads from its slot."
    case .rowsNotLater:
      "Tables that the subscription took over without copying them (copy_data = false) got their first rows from a state of the primary that this standby has, not from a later dump or backup."
    case .clocksAgree:
      "The clocks of the primary's and the standby's machines agree within a second, so that the times of their files tell which was written first."
    }
  }

  /// The same after "ready, if".
  package var clause: String {
    switch self {
    case .primaryDown: "the primary is down, and was not started again"
    case .standbySlotsHeld: Self.barrier(of: nil, since: nil)
    case .standbySlotConfirmed: "only this standby's confirmations moved its slot"
    case .consumerKeepsPosition: "its consumer keeps a position of its own"
    case .changesNotSubscribed: "its subscriber has no table that was changed"
    case .slotMovedByConsumer: "its consumer alone has moved it"
    case .consumerStopped: "its consumer went no further than the files show"
    case .rowsNotLater: "its tables that were not copied began with no rows that this standby lacks"
    case .clocksAgree: "the clocks of both machines agree"
    }
  }

  /// That the standby slots barrier held, in the same words wherever it is told; ``barrierMeans`` says what that is.
  static func barrier(of slot: String?, since time: Timestamp?) -> String {
    "the standby slots barrier held at \(slot ?? "this standby's slot") all the time since \(time.map(\.description) ?? "the first change that this standby lacks")"
  }

  /// The definition of that.
  static let barrierMeans =
    "synchronized_standby_slots named the slot, only this standby's confirmations moved it, and no subscription copied a table for the first time"

  /// What shows it; whole sentences.
  package var settledBy: String {
    switch self {
    case .primaryDown:
      "The primary's own data directory, where no server runs on it. Of an evidence file, a shutdown checkpoint at the end of the standby's WAL shows the stop, and nothing shows that no start came after it."
    case .standbySlotsHeld:
      "Both servers, asked while they run; the consumers' own positions (--subscriber, --consumer); or, all but how the slot moved, the primary's complete log (in its directory, or --log)."
    case .standbySlotConfirmed:
      "The consumers' own positions (--subscriber, --consumer). A slot that SQL moves leaves nothing in a log, nor on the disk of a primary that was killed."
    case .consumerKeepsPosition:
      "The consumer's own position (--subscriber, --consumer), or synchronization that has brought the standby's slot up to date."
    case .changesNotSubscribed:
      "The subscriber as it is now (--subscriber), where nothing lies between it and its slot."
    case .slotMovedByConsumer: "The consumer's own position (--subscriber)."
    case .consumerStopped:
      "The subscriber's own files after a clean stop, or with all WAL since its last checkpoint. Of a position that a consumer stored itself (--consumer), an orderly stop: of Kafka Connect the state STOPPED when the offsets were read."
    case .rowsNotLater:
      "A standby that has all that the primary committed. Where rows that were not copied came from is in no file."
    case .clocksAgree:
      "The consumer's own position (--subscriber, --consumer); the primary's own commits from after its slot's file was written."
    }
  }

  /// Whether `--assume` takes it.
  package var isAssumable: Bool { Self.assumable.contains(self) }
}

/// A premise of one slot's verdict, and how well it is known. One that is open makes no verdict `ready` (``Decision``).
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
  /// What it means for this slot, after "ready, if".
  package var clause: String

  init(_ premise: Premise, _ state: State, _ evidence: String, clause: String? = nil) {
    (self.premise, self.state, self.evidence) = (premise, state, evidence)
    self.clause = clause ?? premise.clause
  }
}
