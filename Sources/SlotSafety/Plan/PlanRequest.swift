/// What the operator asks of a plan, beside the nodes.
package struct PlanRequest: Sendable, Hashable {
  /// nil: failover slots where the nodes use them already, else the earliest way that the version has.
  package var approach: Plan.Approach?
  /// Of the logical slots that have to survive, those to make.
  package var slots: SlotFilter
  /// Leave slots on the standby alone that the primary does not have.
  package var keepsExtraSlots: Bool
  /// The name of the standby's physical slot on the primary, where the standby names none yet.
  package var physicalSlot: SlotName

  /// Without a name the physical slot is `slotscope_standby`.
  package init(
    approach: Plan.Approach? = nil, slots: SlotFilter = .all, keepsExtraSlots: Bool = false,
    physicalSlot: SlotName? = nil
  ) {
    (self.approach, self.slots, self.keepsExtraSlots) = (approach, slots, keepsExtraSlots)
    self.physicalSlot = physicalSlot ?? SlotName.standbyDefault
  }
}
