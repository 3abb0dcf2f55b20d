import Evidence
import PostgresFormat

extension SlotPremise {
  /// What the bound on how far a slot's consumer is rests on: its own files, a primary that kept it from going past the standby, or
  /// one that is down. Of a switchover it is the standby that receives all (``ReceivesAll``).
  static func all(
    of slot: SlotState, consumer: Position, isReady: Bool, in failover: Failover
  ) -> [SlotPremise] {
    guard failover.event == .crash else { return [] }
    let last = StoredBounds.last(of: slot, in: failover)
    let isGiven = failover.assumed.contains(.consumerStopped)
    if let last, isGiven, last.lsn <= failover.standbyEnd || consumer.isExact {
      return [stopped(last.source, isGiven: true)]
    }
    // A stored position at the end of the primary's WAL rests on that end.
    guard !consumer.isExact || !failover.stored(of: slot).isEmpty else {
      guard let doubt = failover.doubt(of: slot) else {
        return [SlotPremise(.consumerStopped, .proven, consumer.basis)]
      }
      return [asked(.consumerStopped, in: failover, doubt)]
    }
    let held = barrier(of: slot, consumer: consumer, in: failover)
    // A log that was captured earlier shows nothing of what came after it.
    if let held, held.allSatisfy({ $0.state != .open }) {
      return held[0].state == .proven && !failover.primaryIsPresent ? [down(consumer, in: failover)] + held : held
    }
    // Worth asking where it would settle it.
    guard !isReady, !isGiven else { return [down(consumer, in: failover)] + (held ?? []) }
    let stored = last.flatMap { $0.lsn <= failover.standbyEnd ? stopped($0.source, isGiven: false) : nil }
    let subscribed = failover.doubt(of: slot).map { asked(.consumerStopped, in: failover, $0) }
    return [down(consumer, in: failover)] + (held ?? []) + [stored ?? subscribed].compactMap { $0 }
  }

  private static func stopped(_ source: String, isGiven: Bool) -> SlotPremise {
    SlotPremise(
      .consumerStopped, isGiven ? .given : .open,
      isGiven ? "--assume \(Premise.consumerStopped.rawValue)" : "a stored position does not tell that it is the last",
      clause: "its consumer went no further than its stored position (\(source))")
  }

  private static func down(_ consumer: Position, in failover: Failover) -> SlotPremise {
    if consumer.atMost == nil {
      return SlotPremise(.primaryDown, .open, failover.primaryEndDoubt ?? "nothing shows that it is down")
    }
    return failover.primaryIsDown
      && (failover.primary.isRunning != false || failover.isSaidToBeDown || !failover.primaryIsPresent)
      ? SlotPremise(.primaryDown, .given, "--assume \(Premise.primaryDown.rawValue)")
      : SlotPremise(.primaryDown, .proven, "no server runs on the primary's files")
  }

  /// It counts where the consumer may be past the standby and is not known to be.
  private static func barrier(of slot: SlotState, consumer: Position, in failover: Failover) -> [SlotPremise]? {
    guard slot.failover == true, failover.holdsConsumersBack,
      consumer.atMost.map({ $0 > failover.standbyEnd }) ?? true,
      let held = failover.heldBack[slot.database]
    else { return nil }
    let clause = failover.barrierClause(in: slot.database)
    if let log = held.log {
      return [
        SlotPremise(.standbySlotsHeld, .proven, log, clause: clause),
        asked(.standbySlotConfirmed, in: failover, "no log shows how that slot moved"),
      ]
    }
    if let objection = held.objection { return [SlotPremise(.standbySlotsHeld, .open, objection, clause: clause)] }
    return [
      held.given == nil
        ? SlotPremise(.standbySlotsHeld, .proven, "both servers show it", clause: clause)
        : SlotPremise(.standbySlotsHeld, .given, "--assume \(Premise.standbySlotsHeld.rawValue)", clause: clause)
    ]
  }

  /// One that no evidence settles: given by the operator, or open, with the reason.
  static func asked(_ premise: Premise, in failover: Failover, _ reason: String) -> SlotPremise {
    failover.isGiven(premise)
      ? SlotPremise(premise, .given, "--assume \(premise.rawValue)") : SlotPremise(premise, .open, reason)
  }
}

extension Failover {
  /// Why the positions of its subscribers, exact as they are, may not be their last; nil where nothing does.
  func doubt(of slot: SlotState) -> String? {
    let told = progress(of: slot)
    return told.allSatisfy(\.isExact) ? told.lazy.compactMap(\.doubt).first : nil
  }

  /// Whether the operator has said it, or what it is a part of.
  func isGiven(_ premise: Premise) -> Bool {
    assumed.contains(premise) || premise == .standbySlotConfirmed && assumed.contains(.standbySlotsHeld)
  }
}

extension [SlotPremise] {
  /// Each once.
  var told: [SlotPremise] {
    var seen: Set<Premise> = []
    return filter { seen.insert($0.premise).inserted }
  }
}
