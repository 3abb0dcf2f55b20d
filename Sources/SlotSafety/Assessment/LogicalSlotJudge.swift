import Evidence
import PostgresFormat

/// Judges one logical slot of the primary by all invariants.
enum LogicalSlotJudge {
  static func assess(_ evidence: SlotEvidence, in failover: FailoverCase) -> SlotAssessment {
    guard let slot = evidence.state else { return damaged(evidence, failover.primaryProblems) }
    let consumer = ConsumerPosition.find(of: slot, in: failover)
    var result = SlotAssessment(
      slotName: slot.name, isLogical: true, plugin: slot.plugin,
      databaseName: failover.primary.databaseName(slot.database),
      verdict: .ready, counts: true, reason: "", primary: SlotView(evidence, in: failover.primary), standby: nil,
      consumer: consumer, findings: [], exposure: Exposure())
    let copyEvidence = failover.copy(of: slot.name)
    result.standby = copyEvidence.map { SlotView($0, in: failover.standby) }
    if let synchronization = TableSynchronization(slot, subscribers: failover.subscribers),
      let judgement = synchronization.judge(in: failover)
    {
      result.apply([judgement])
      result.counts = !judgement.isReady
      return result
    }
    result.apply(judgements(slot, copyEvidence, consumer, failover))
    if slot.confirmedFlush.isValid { result.premises = SlotPremise.all(of: slot, consumer: consumer, in: failover) }
    if slot.persistency != .persistent { result.counts = false }
    return result
  }

  private static func judgements(
    _ slot: SlotState, _ copyEvidence: SlotEvidence?, _ consumer: Position, _ failover: FailoverCase
  ) -> [Judgement] {
    let primary = failover.onPrimary(slot)
    if slot.persistency != .persistent {
      return [
        .fails(
          .lost, "temporary: it ends with its session, by design",
          [
            Finding(.a06, slot: slot.name, "\(slot.name) is temporary.", facts: [primary.persistency(slot)]),
            Finding(
              .l15, slot: slot.name, "\(slot.name) never takes part in a failover.", facts: [primary.persistency(slot)]),
          ])
      ]
    }
    let given = slot.invalidation.map { cause in
      Finding(
        .a05, slot: slot.name, "The primary's \(slot.name) is invalid: \(cause.rawValue).",
        facts: [primary.invalidation(slot)])
    }
    // A valid copy on the standby may go on where the primary's slot cannot: then the invariants decide.
    if let given, let cause = slot.invalidation, copyEvidence?.state?.isUsable != true {
      return [
        .fails(
          .lost, "the primary has given it up (\(cause.rawValue))",
          [
            given,
            Finding(
              .l13, slot: slot.name, "The consumer of \(slot.name) has lost its place.",
              facts: [primary.invalidation(slot)]),
          ])
      ]
    }
    guard slot.confirmedFlush.isValid else {
      return [
        .fails(
          .unknown, "the primary was still making it",
          [
            Finding(
              .a04, slot: slot.name, "\(slot.name) has no confirmed position yet.",
              facts: [primary.confirmedFlush(slot)],
              remedy:
                "Let its creation end, which waits for the transactions that were open then; or drop it and make it anew."
            )
          ])
      ]
    }
    let vanished = NothingVanished.judge(slot, consumer: consumer, in: failover)
    if let copyEvidence, copyEvidence.state == nil {
      return [
        .fails(
          .unknown, "the standby's file of it cannot be read",
          [
            Finding(
              .a04, slot: slot.name,
              "The standby's \(copyEvidence.path) cannot be read; the standby would not start with it.",
              facts: [
                Fact(failover.standbyProblems.damage(of: copyEvidence.path), path: copyEvidence.path, node: "standby")
              ],
              remedy:
                "Move the folder of \(copyEvidence.path) out of the standby's directory, start the standby, and make the copy anew."
            )
          ]), vanished,
      ]
    }
    if failover.isPromoted {
      return AfterPromotion.judge(slot, copy: copyEvidence?.state, consumer: consumer, vanished: vanished, in: failover)
        + afterwards(slot, copyEvidence?.state, consumer, failover)
    }
    let shared = [
      vanished, database(slot, failover),
      StandbyLimits.prepared(slot, hasCopy: copyEvidence?.state?.isUsable == true, failover),
      .holds(findings: given.map { [$0] } ?? []),
    ]
    guard let copy = copyEvidence?.state, copy.isUsable else {
      return [
        AbsentCopy.judge(slot, copy: copyEvidence?.state, consumer: consumer, vanished: vanished, in: failover)
      ] + shared
    }
    if failover.isOwnNode {
      return shared + [
        WALPresent.judge(copy, in: failover), StandbyLimits.keepSize(copy, failover),
        StandbyLimits.walLevel(slot, failover), StandbyLimits.plugin(slot, failover),
        StandbyLimits.waitsForOthers(copy, failover), .holds("this node was the primary, and the slot is its own"),
      ]
    }
    let invariants =
      shared + [
        SameSlot.judge(copy, of: slot, in: failover),
        ForwardOnly.judge(copy, in: failover),
        NothingLost.judge(copy, of: slot, consumer: consumer, in: failover),
        NothingTwice.judge(copy, of: slot, in: failover),
        TwoPhaseStart.judge(copy, of: slot, consumer: consumer, in: failover),
        WALPresent.judge(copy, in: failover),
        SnapshotReachable.judge(copy, in: failover),
        CatalogRowsPresent.judge(copy, of: slot, in: failover),
      ] + StandbyLimits.judge(copy, of: slot, in: failover)
    return invariants + [row(slot, copy, vanished, invariants, failover)]
  }

  /// What must hold of a slot on a new primary besides its position.
  private static func afterwards(
    _ slot: SlotState, _ copy: SlotState?, _ consumer: Position, _ failover: FailoverCase
  ) -> [Judgement] {
    let prepared = StandbyLimits.prepared(slot, hasCopy: copy?.isUsable == true, failover)
    guard let copy, copy.isUsable else { return [prepared] }
    // A slot that was made on the new primary itself begins with all that it needs.
    let isCarriedOver = copy.confirmedFlush <= failover.standbyEnd
    return [
      prepared, SameSlot.judge(copy, of: slot, in: failover),
      TwoPhaseStart.judge(copy, of: slot, consumer: consumer, in: failover), WALPresent.judge(copy, in: failover),
      StandbyLimits.plugin(slot, failover), StandbyLimits.walLevel(slot, failover),
      StandbyLimits.waitsForOthers(copy, failover), StandbyLimits.keepSize(copy, failover),
      StandbyLimits.idleTimeout(copy, failover),
    ]
      + (isCarriedOver
        ? [NothingTwice.judge(copy, of: slot, in: failover), CatalogRowsPresent.judge(copy, of: slot, in: failover)]
        : [])
  }

  /// The row of the decision table that an existing copy is in.
  private static func row(
    _ slot: SlotState, _ copy: SlotState, _ vanished: Judgement, _ all: [Judgement], _ failover: FailoverCase
  ) -> Judgement {
    let facts = [failover.onStandby(copy).confirmedFlush(copy)]
    let isSynced = copy.synced == true
    let again = failover.changes.changes(
      in: slot.database, from: copy.confirmedFlush, to: slot.confirmedFlush, twoPhase: slot.twoPhase ?? false)
    var findings: [Finding] = []
    if all.allSatisfy(\.isReady) {
      // A subscription that has applied nothing yet and a reader through SQL functions start where the slot does.
      let back =
        again.isEmpty ? "" : "; a consumer that keeps no position of its own would be sent \(again.sentence) again"
      findings.append(
        isSynced
          ? Finding(.l01, slot: slot.name, "\(slot.name) is synchronised and complete\(back).", facts: facts)
          : Finding(.l07, slot: slot.name, "The copy of \(slot.name) is complete\(back).", facts: facts))
    } else if isSynced, !vanished.isReady {
      findings.append(
        Finding(
          .l02, slot: slot.name, "\(slot.name) is synchronised, but its consumer may be ahead of the standby.",
          facts: facts,
          remedy: vanished.findings.first {
            $0.id == (failover.primaryRuns && failover.event == .crash ? RuleID.a14 : RuleID.a13).rawValue
          }?.remedy))
    }
    if !isSynced, copy.confirmedFlush > slot.confirmedFlush, failover.version >= FailoverCase.firstWithStandbySlots {
      let lost = all.contains { $0.exposure.missed != nil }
      findings.append(
        Finding(
          .l08, lost ? .error : .info, slot: slot.name,
          "The copy of \(slot.name) starts \(ByteCount.text(copy.confirmedFlush.bytes(since: slot.confirmedFlush))) after the consumer's recorded position.",
          facts: facts + [failover.onPrimary(slot).confirmedFlush(slot)],
          remedy: failover.primaryRuns
            ? nil : "\(failover.betterPosition(of: slot).asSentence) settles it; else resynchronise its tables."))
      if lost, SlotView.isExact(in: failover.primary) {
        findings.append(
          Finding(
            .l20, slot: slot.name,
            "The copy of \(slot.name) is ahead of what its consumer confirmed before the primary was stopped: somebody reads from it, or moved it.",
            facts: facts))
      }
    }
    let origin = isSynced ? "synchronised" : "made by hand"
    return .holds(
      again.isEmpty ? origin : "\(origin), \(again.sentence) behind", findings: findings,
      exposure: Exposure(repeated: again.isEmpty ? nil : again))
  }

  /// L16: the slot's database is on the standby, where its catalog could be read, or comes with what the standby replays.
  private static func database(_ slot: SlotState, _ failover: FailoverCase) -> Judgement {
    let replayed = failover.standby.stretches.flatMap(\.activity.databaseChanges).last {
      $0.database == slot.database && $0.lsn < failover.standbyEnd
    }
    guard !failover.standby.databases.isEmpty, failover.standby.databaseName(slot.database) == nil,
      replayed?.operation != .create
    else { return .holds() }
    let facts = [failover.onPrimary(slot).database(slot), Fact("no such database", path: "global", node: "standby")]
    // The catalog on disk lags behind what was replayed, so its absence alone proves no loss.
    return .fails(
      .atRisk, "its database is not on the standby",
      [
        Finding(
          .l16, slot: slot.name,
          "The standby's pg_database does not have the database of \(slot.name) (\(slot.database)).", facts: facts)
      ])
  }

  private static func damaged(_ evidence: SlotEvidence, _ problems: ProblemsByPath) -> SlotAssessment {
    SlotAssessment(
      slotName: evidence.directory, isLogical: true, plugin: nil, databaseName: nil, verdict: .unknown, counts: true,
      reason: "the primary's file of it cannot be read", primary: nil, standby: nil,
      consumer: Position(atLeast: nil, atMost: nil, basis: "nothing"),
      findings: [
        Finding(
          .a04, slot: evidence.directory, "The primary's \(evidence.path) cannot be read.",
          facts: [Fact(problems.damage(of: evidence.path), path: evidence.path, node: "primary")],
          remedy: "Make the primary's \(evidence.path) readable, or give an older evidence file of the primary.")
      ], exposure: Exposure())
  }
}

extension SlotAssessment {
  /// Adds one more judgement, of the nodes: its findings are the slot's where it decides.
  mutating func apply(_ judgement: Judgement) {
    if judgement.verdict > verdict {
      (verdict, reason) = (judgement.verdict, judgement.reason)
      findings += judgement.findings
    }
    exposure = exposure.merged(with: judgement.exposure)
  }

  /// The worst judgement gives verdict and reason; all of them findings and exposure.
  mutating func apply(_ judgements: [Judgement]) {
    let worst = judgements.map(\.verdict).max() ?? .unknown
    verdict = worst
    if worst == .ready {
      let parts = [judgements.count > 1 ? judgements.last?.reason : nil, judgements.first?.reason].compactMap { $0 }
      reason = parts.filter { !$0.isEmpty }.joined(separator: "; ")
    } else {
      reason = judgements.first { $0.verdict == worst && !$0.reason.isEmpty }?.reason ?? "see the findings"
    }
    for judgement in judgements {
      for finding in judgement.findings where !findings.contains(finding) { findings.append(finding) }
      exposure = exposure.merged(with: judgement.exposure)
    }
  }
}

extension SlotState {
  /// A logical slot that is there after a restart or promotion, and valid.
  var isUsable: Bool { isLogical && persistency == .persistent && invalidation == nil }

  /// The same of a physical one.
  var servesFollowers: Bool { !isLogical && persistency == .persistent && invalidation == nil }
}

extension SlotView {
  init(_ slot: SlotEvidence, in evidence: Evidence) {
    path = slot.path
    state = slot.state
    // A file holds what was last written, and memory may be further; what a server said was exact, and may have moved since.
    let basis = evidence.server == nil ? "state file" : "the server's memory when it was asked"
    func lower(_ lsn: LSN?) -> Position { Position(atLeast: lsn?.nonZero, atMost: nil, basis: basis) }
    restart = lower(slot.state?.restartLSN)
    confirmedFlush = lower(slot.state?.confirmedFlush)
    catalogXmin = slot.state?.catalogXmin.nonZero
    if Self.isExact(in: evidence) {
      restart = Position(atLeast: restart.atLeast, atMost: restart.atLeast, basis: "state file, after a clean stop")
      confirmedFlush = Position(
        atLeast: confirmedFlush.atLeast, atMost: confirmedFlush.atLeast, basis: "state file, after a clean stop")
    }
  }

  /// From 17 on a clean stop writes every slot as it stands.
  static func isExact(in evidence: Evidence) -> Bool {
    guard let version = evidence.version, version >= writtenAtShutdown else { return false }
    return evidence.control?.value.state == .shutDown && evidence.isRunning == false
  }

  private static let writtenAtShutdown = ServerVersion.v17
}
