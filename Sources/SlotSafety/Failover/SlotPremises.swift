import Evidence
import PostgresFormat

extension SlotPremise {
  /// What the bound on how far a slot's consumer is rests on: its own files, a primary that is down, or one that kept it from
  /// going past the standby.
  static func all(of slot: SlotState, consumer: Position, in failover: Failover) -> [SlotPremise] {
    var premises: [SlotPremise] = []
    if consumer.isExact {
      premises.append(SlotPremise(.consumerStopped, .proven, consumer.basis))
    } else if consumer.atMost == nil {
      premises.append(SlotPremise(.primaryDown, .open, failover.primaryEndDoubt ?? "nothing shows that it is down"))
    } else if failover.primaryIsDown && failover.primary.isRunning != false {
      premises.append(SlotPremise(.primaryDown, .given, "--assume \(Premise.primaryDown.rawValue)"))
    } else {
      premises.append(SlotPremise(.primaryDown, .proven, "no server runs on the primary's files"))
    }
    if let copy = failover.copy(of: slot.name)?.state, copy.isUsable,
      NothingTwice.restsOnPosition(copy, of: slot, in: failover)
    {
      premises.append(
        asked(.consumerKeepsPosition, in: failover, "the standby's slot may be that of an earlier slot of that name"))
    }
    if AfterPromotion.mayHaveMovedOn(slot, consumer, in: failover) {
      premises.append(
        asked(.slotMovedByConsumer, in: failover, "after a promotion anybody may move a synchronized slot"))
    }
    // The barrier counts where the consumer may be past the standby.
    guard slot.failover == true, failover.holdsConsumersBack, consumer.atMost.map({ $0 > failover.standbyEnd }) ?? true
    else { return premises }
    guard let held = failover.heldBack[slot.database] else { return premises }
    if let objection = held.objection {
      premises.append(SlotPremise(.standbySlotsHeld, .open, objection))
    } else if held.given != nil {
      premises.append(SlotPremise(.standbySlotsHeld, .given, "--assume \(Premise.standbySlotsHeld.rawValue)"))
    } else {
      premises.append(SlotPremise(.standbySlotsHeld, .proven, held.proof ?? "both servers show it"))
    }
    return premises
  }

  /// One that no evidence settles: given by the operator, or open, with the reason.
  static func asked(_ premise: Premise, in failover: Failover, _ reason: String) -> SlotPremise {
    failover.assumed.contains(premise)
      ? SlotPremise(premise, .given, "--assume \(premise.rawValue)") : SlotPremise(premise, .open, reason)
  }
}
