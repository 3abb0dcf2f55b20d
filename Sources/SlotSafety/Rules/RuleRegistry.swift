import Evidence
import PostgresFormat

/// Every rule of every command: the only list. Its order decides nothing.
package struct RuleRegistry: Sendable {
  let units: [RuleUnit]

  /// A new rule has its line here, in any place.
  package static let all = RuleRegistry(units: [
    // Whether the nodes can be compared.
    Identity.unit,
    // A logical slot.
    SlotFiles.unit, TableSynchronization.unit, TemporarySlot.unit, InvalidSlot.unit, AbsentCopy.unit,
    NothingVanished.unit, SameSlot.unit, ForwardOnly.unit, NothingLost.unit, NothingTwice.unit, TwoPhaseStart.unit,
    InitialCopies.unit, SkippedTransactions.unit, PublicationsPresent.unit, SubscriberSetBack.unit, StoredAhead.unit,
    StoredSetBack.unit,
    WALPresent.unit, SnapshotReachable.unit, CatalogRowsPresent.unit, DatabasePresent.unit, OpenPrepared.unit,
    KeepSize.unit, IdleTimeout.unit, LogicalLevel.unit, OutputPlugin.unit, NameOfFailoverSlot.unit,
    WaitsForOthers.unit, SlotRoom.unit, CompleteCopy.unit, AfterPromotion.unit,
    // A physical slot.
    FollowerSlot.unit, FollowerAhead.unit, StandbysOwnSlot.unit,
    // Both nodes.
    StandbyStart.unit, RecoveryTarget.unit, RecoveryTimeline.unit, BaseBackupReplayed.unit, DemandedParameters.unit,
    DemandedOrigins.unit, DemandedFolders.unit, ReplayPaused.unit, PagesOfHistory.unit, StandbySettingsKnown.unit,
    UnknownCatalogs.unit, StandbyAsConfirmed.unit,
    // The promotion.
    LackingWAL.unit, CatchUp.unit, OtherCandidates.unit, CleanStop.unit, DurableEnd.unit, SubscribersGiven.unit,
    StoredPositionsGiven.unit,
    CatalogRowsHeld.unit, SlotSynchronization.unit, PrimaryLevel.unit, SenderRoom.unit, LongDistances.unit,
    OpenTransactions.unit, SlotMakers.unit, SlotNames.unit, InterruptedWrites.unit, UnreadSegments.unit,
    DemotedSlots.unit, StandbysOwnSlots.unit,
    // One node by itself.
    NodeStart.unit, NodeFiles.unit, NodeExcerpt.unit, NodeState.unit, NodeBackup.unit, NodeWAL.unit, NodeTimelines.unit,
    PreparedTransactions.unit, LeftByCheckpoint.unit, AccountRules.unit, RestartHolders.unit, SlotIdentity.unit,
    YoungPublications.unit, QuietDatabase.unit, ConsumersOwnPosition.unit, SynchronizationSettings.unit,
    FeedbackSettings.unit, ServerAnswers.unit,
    SlotFate.unit,
    SlotMarks.unit, SlotFolders.unit, AboutToBeLost.unit,
    IdleSlotRule.unit, ReplayRules.unit, SnapshotRules.unit,
    // The timelines of several.
    TimelineTree.unit,
    // An old primary's way back, and the way to a newer major.
    RejoinFindings.unit, UpgradeFindings.unit,
  ])

  /// What all rules of a slot's situation say. Those that are asked only where all others hold come last.
  func outcomes(of c: SlotCase) -> [Outcome] {
    let found = ask(of: c.failover.version) { check in
      guard case .slot(let situations, let ask) = check, situations.contains(c.situation) else { return [] }
      return ask(c).map { [$0] } ?? []
    }
    guard found.allSatisfy(\.isReady) else { return found }
    return found
      + ask(of: c.failover.version) { check in
        guard case .slotWhereAllHold(let situations, let ask) = check, situations.contains(c.situation) else {
          return []
        }
        return ask(c).map { [$0] } ?? []
      }
  }

  /// What holds or fails for every slot.
  func outcomes(ofNodes failover: Failover) -> [Outcome] {
    ask(of: failover.version) { if case .everySlot(let ask) = $0 { ask(failover).map { [$0] } ?? [] } else { [] } }
  }

  /// What is said of the promotion, whatever becomes of the slots.
  func outcomes(ofPromotion failover: Failover, _ slots: [SlotAssessment]) -> [Outcome] {
    ask(of: failover.version) { check in
      switch check {
      case .promotion(let ask) where failover.hasPrimary: ask(failover, slots)
      case .alone(let ask) where !failover.hasPrimary: ask(failover).map { [$0] } ?? []
      default: []
      }
    }
  }

  /// Of one node by itself.
  func outcomes(of node: Inspection) -> [Outcome] {
    ask(of: node.evidence.version) { if case .node(let ask) = $0 { ask(node).map(Outcome.note) } else { [] } }
  }

  /// Of one of its slots.
  func outcomes(of slot: SlotInspection, in node: Inspection) -> [Outcome] {
    ask(of: node.evidence.version) { check in
      guard case .nodeSlot(let conditions, let ask) = check, conditions.contains(slot.condition) else { return [] }
      return ask(slot, node).map { [$0] } ?? []
    }
  }

  /// Where a node's version is not known, all are asked.
  private func ask(of version: ServerVersion?, _ check: (RuleUnit.Check) -> [Outcome]) -> [Outcome] {
    units.filter { unit in version.map(unit.concerns) ?? true }.flatMap { unit in
      unit.checks.flatMap(check).map { $0.asked(of: version, by: unit.priority) }
    }
  }
}

extension Outcome {
  /// Without what the rules of other versions would say. The verdict stays: no version makes it better.
  fileprivate func asked(of version: ServerVersion?, by unit: Priority) -> Outcome {
    var result = self
    result.priority = priority ?? unit
    guard let version else { return result }
    result.finding = finding?.asked(of: version)
    result.notes = notes.compactMap { $0.asked(of: version) }
    return result
  }
}
