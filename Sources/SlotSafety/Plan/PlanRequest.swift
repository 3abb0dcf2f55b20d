/// What the operator asks of a plan, beside the nodes.
package struct PlanRequest: Sendable, Hashable {
  /// nil: failover slots where the nodes use them already, else the earliest way that the version has.
  package var approach: Plan.Approach?
  /// Of the logical slots that have to survive, those to make.
  package var slots: SlotFilter
  /// What becomes of slots on the standby that the primary does not have. nil: those that are proven to be left from when it
  /// was a primary itself are dropped; from the others somebody may read.
  package var extraSlots: ExtraSlots?
  /// The name of the standby's physical slot on the primary, where the standby names none yet.
  package var physicalSlot: SlotName

  /// The operator's word on all of them.
  package enum ExtraSlots: Sendable, Hashable { case kept, dropped }

  /// Without a name the physical slot is `slotscope_standby`.
  package init(
    approach: Plan.Approach? = nil, slots: SlotFilter = .all, extraSlots: ExtraSlots? = nil,
    physicalSlot: SlotName? = nil
  ) {
    (self.approach, self.slots, self.extraSlots) = (approach, slots, extraSlots)
    self.physicalSlot = physicalSlot ?? SlotName.standbyDefault
  }
}
