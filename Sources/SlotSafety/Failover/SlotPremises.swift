import Evidence
import PostgresFormat

extension SlotPremise {
  /// What the bound on how far a slot's consumer is rests on: its own files, a primary that kept it from going past the standby, or
  /// one that is down. Of a switchover it is the standby that receives all (``ReceivesAll``).
  static func all(of slot: SlotState, consumer: Position, in failover: Failover) -> [SlotPremise] {
    guard failover.event == .crash else { return [] }
    guard !consumer.isExact else { return [SlotPremise(.consumerStopped, .proven, consumer.basis)] }
    let held = barrier(of: slot, consumer: consumer, in: failover)
    // A log that was captured earlier shows nothing of what came after it.
    if let held, held.state != .open {
      return held.state == .proven && !failover.primaryIsPresent ? [down(consumer, in: failover), held] : [held]
    }
    return [down(consumer, in: failover)] + (held.map { [$0] } ?? [])
  }

  private static func down(_ consumer: Position, in failover: Failover) -> SlotPremise {
    if consumer.atMost == nil {
      return SlotPremise(.primaryDown, .open, failover.primaryEndDoubt ?? "nothing shows that it is down")
    }
    return failover.primaryIsDown && (failover.primary.isRunning != false || !failover.primaryIsPresent)
      ? SlotPremise(.primaryDown, .given, "--assume \(Premise.primaryDown.rawValue)")
      : SlotPremise(.primaryDown, .proven, "no server runs on the primary's files")
  }

  /// It counts where the consumer may be past the standby and is not known to be.
  private static func barrier(of slot: SlotState, consumer: Position, in failover: Failover) -> SlotPremise? {
    guard slot.failover == true, failover.holdsConsumersBack,
      consumer.atMost.map({ $0 > failover.standbyEnd }) ?? true,
      let held = failover.heldBack[slot.database]
    else { return nil }
    let clause = failover.barrierClause(in: slot.database)
    if let objection = held.objection { return SlotPremise(.standbySlotsHeld, .open, objection, clause: clause) }
    return held.given == nil
      ? SlotPremise(.standbySlotsHeld, .proven, held.proof ?? "both servers show it", clause: clause)
      : SlotPremise(.standbySlotsHeld, .given, "--assume \(Premise.standbySlotsHeld.rawValue)", clause: clause)
  }

  /// One that no evidence settles: given by the operator, or open, with the reason.
  static func asked(_ premise: Premise, in failover: Failover, _ reason: String) -> SlotPremise {
    failover.assumed.contains(premise)
      ? SlotPremise(premise, .given, "--assume \(premise.rawValue)") : SlotPremise(premise, .open, reason)
  }
}

extension [SlotPremise] {
  /// Each once.
  var told: [SlotPremise] {
    var seen: Set<Premise> = []
    return filter { seen.insert($0.premise).inserted }
  }
}
