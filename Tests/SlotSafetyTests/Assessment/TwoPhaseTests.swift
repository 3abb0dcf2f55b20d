import Evidence
@testable import PostgresFormat
import SlotSafety
import Testing

/// Prepared transactions and the slots that send them at PREPARE.
@Suite struct TwoPhaseTests {
  /// A pair with a two-phase slot, of which one transaction was prepared and committed after the confirmed position.
  private func pair(preparedAt: LSN?, _ change: (inout SamplePair) -> Void = { _ in }) -> Verdict? {
    var pair = SamplePair()
    twoPhase(&pair)
    pair.commit(at: Self.committed)
    pair.mend { activity in
      activity.databases[0].commits[0].isTwoPhase = true
      activity.databases[0].commits[0].preparedAt = preparedAt
    }
    change(&pair)
    return pair.orders?.verdict
  }

  private func twoPhase(_ pair: inout SamplePair) {
    for start in [\SamplePair.primary, \.standby] {
      pair[keyPath: start].changeSlot("orders") { ($0.twoPhase, $0.twoPhaseAt) = (true, Self.began) }
    }
  }

  private static let began = LSN(0x100_0400)
  private static let committed = LSN(0x100_0A00)
  private static let early = LSN(0x100_0200)
  private static let late = LSN(0x100_0500)

  @Test func aPreparedTransactionWhoseFileIsDamagedMayBeOpen() {
    let damage = Problem(
      subject: "prepared_transaction", path: "pg_twophase/000002E6",
      cause: .file(errno: 5, message: "Input/output error"))
    for node in [\SamplePair.primary, \.standby] {
      var pair = SamplePair()
      pair[keyPath: node].problems = [damage]
      #expect(pair.orders?.verdict == .ready, "the slot sends transactions when they are committed")
      twoPhase(&pair)
      #expect(pair.orders?.verdict == .unknown)
    }
  }

  // MARK: Where two-phase decoding began

  @Test func aCopyThatBeganTwoPhasesElsewhereTakesOtherTransactionsForSent() {
    func verdict(_ preparedAt: LSN?, began: LSN?) -> Verdict? {
      pair(preparedAt: preparedAt) { $0.standby.changeSlot("orders") { $0.twoPhaseAt = began } }
    }
    // Sent by neither at PREPARE, or by both.
    #expect(verdict(Self.early, began: Self.began) == .ready)
    #expect(verdict(Self.late, began: Self.began) == .ready)
    // As synchronization of 17 leaves it.
    #expect(verdict(Self.early, began: LSN.none) == .atRisk)
    #expect(verdict(Self.late, began: LSN.none) == .ready)
    #expect(verdict(Self.began, began: LSN.none) == .ready)
    // Sent once more.
    #expect(verdict(Self.late, began: LSN(0x100_0600)) == .atRisk)
    #expect(verdict(Self.early, began: LSN(0x100_0600)) == .ready)
    // Where it was prepared is not known.
    #expect(verdict(nil, began: Self.began) == .ready)
    #expect(verdict(nil, began: LSN.none) == .atRisk)
  }

  @Test func whereTwoPhaseDecodingBeganMayNotBeShown() {
    func verdict(_ version: ServerVersion, synced: Bool, preparedAt: LSN) -> Verdict? {
      pair(preparedAt: preparedAt) {
        if version != .v17 { $0 = SamplePair(version) }
        $0.standby.changeSlot("orders") { ($0.twoPhaseAt, $0.synced) = (nil, synced) }
        $0.primary.changeSlot("orders") { if !synced { $0.failover = false } }
      }
    }
    #expect(verdict(.v17, synced: true, preparedAt: Self.late) == .ready)
    #expect(verdict(.v17, synced: true, preparedAt: Self.early) == .atRisk)
    #expect(verdict(.v17, synced: false, preparedAt: Self.late) == .atRisk)
  }

  @Test func onlyWhatIsCommittedBehindTheConsumerCounts() {
    func verdict(_ change: (inout SamplePair) -> Void) -> Verdict? {
      pair(preparedAt: Self.early) {
        $0.standby.changeSlot("orders") { $0.twoPhaseAt = LSN.none }
        change(&$0)
      }
    }
    #expect(verdict { $0.primary.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_0A30) } } == .ready)
    #expect(verdict { $0.mend { $0.databases[0].commits[0].isTwoPhase = false } } == .ready)
    #expect(verdict { $0.mend { $0.databases[0].database = OID(6) } } == .ready)
    #expect(verdict { $0.mend { $0.relationsComplete = false } } != .ready)
  }

  @Test func whatIsStillPreparedIsAskedTheSame() {
    func verdict(preparedAt: LSN?, began: LSN, _ change: (inout SamplePair) -> Void = { _ in }) -> Verdict? {
      var pair = SamplePair()
      twoPhase(&pair)
      pair.standby.changeSlot("orders") { $0.twoPhaseAt = began }
      pair.open(preparedAt: preparedAt)
      change(&pair)
      return pair.orders?.verdict
    }
    for place in [Self.early, Self.late, nil] {
      #expect(verdict(preparedAt: place, began: Self.began) == .ready, "both send the same of it")
    }
    #expect(verdict(preparedAt: Self.early, began: .none) == .atRisk)
    #expect(verdict(preparedAt: Self.late, began: .none) == .ready)
    #expect(verdict(preparedAt: Self.late, began: LSN(0x100_0600)) == .atRisk)
    // Its file does not tell where it was prepared.
    #expect(verdict(preparedAt: nil, began: .none) == .atRisk)
    // A new slot does not send it.
    #expect(verdict(preparedAt: Self.late, began: Self.began) { $0.standby.slots = [] } == .atRisk)
    #expect(
      verdict(preparedAt: Self.late, began: Self.began) {
        $0.standby.slots = []
        $0.primary.changeSlot("orders") { $0.twoPhase = false }
      } == .fixable)
  }

  @Test func withoutThePrimaryWhereItBeganIsKnownFrom18OnOnly() {
    func verdict(_ version: ServerVersion, preparedAt: LSN?, twoPhase isTwoPhase: Bool = true) -> Verdict? {
      var pair = SamplePair(version)
      pair.commit(at: LSN(0x100_0700))
      if let preparedAt { pair.open(preparedAt: preparedAt) }
      if isTwoPhase { twoPhase(&pair) }
      pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0730))]
      pair.subscribers[0].version = version
      return Audit(primary: nil, standbys: [pair.standby], subscribers: pair.subscribers)
        .assess(pair.standby).slots.first?.verdict
    }
    #expect(verdict(.v17, preparedAt: nil) == .ready)
    #expect(verdict(.v17, preparedAt: Self.late) == .atRisk)
    #expect(verdict(.v17, preparedAt: Self.late, twoPhase: false) == .ready)
    #expect(verdict(.v18, preparedAt: Self.late) == .ready)
  }

  @Test func aPrepareBehindTheStandbysEndMayBeAtTheConsumer() {
    func verdict(preparedAt: LSN?) -> Verdict? {
      var pair = SamplePair.withPrimaryAhead()
      twoPhase(&pair)
      pair.subscribers = [SamplePair.subscriber(at: SamplePair.confirmed)]
      pair.subscribers[0].control?.value.state = .inProduction
      if let preparedAt { pair.open(preparedAt: preparedAt, on: [\.primary]) }
      return pair.orders?.verdict
    }
    #expect(verdict(preparedAt: nil) == .ready)
    #expect(verdict(preparedAt: Self.late) == .ready)
    #expect(verdict(preparedAt: LSN(0x100_1800)) == .atRisk)
  }

  @Test func aSlotThatWasCarriedOverIsAskedTheSame() {
    func findings(began: LSN) -> [String] {
      var findings: [String] = []
      _ = pair(preparedAt: Self.early) {
        $0.standby.changeSlot("orders") { $0.twoPhaseAt = began }
        $0.standby.promote(at: SamplePair.end)
        findings = ($0.orders?.findings ?? []).map(\.id)
      }
      return findings
    }
    #expect(findings(began: Self.began).contains("N5") && !findings(began: Self.began).contains("A08"))
    #expect(findings(began: LSN.none).contains("A08"))
  }

  // MARK: ROLLBACK PREPARED

  /// The copy was made by hand and begins after the consumer, where nothing was committed.
  private func rolledBack(
    at lsn: LSN, preparedAt: LSN?, twoPhase isTwoPhase: Bool = true, in database: OID? = SamplePair.database,
    _ change: (inout SamplePair) -> Void = { _ in }
  ) -> Verdict? {
    var pair = SamplePair()
    pair.primary.changeSlot("orders") { $0.failover = false }
    pair.standby.changeSlot("orders") { ($0.synced, $0.failover) = (false, false) }
    if isTwoPhase { twoPhase(&pair) }
    pair.standby.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_0C00) }
    pair.mend {
      $0.preparedRollbacks = [
        PreparedRollback(xid: TransactionID(781), database: database, lsn: lsn, preparedAt: preparedAt)
      ]
    }
    change(&pair)
    return pair.orders?.verdict
  }

  @Test func aRollbackThatTheCopyDoesNotSendLeavesTheTransactionOpenAtItsConsumer() {
    #expect(rolledBack(at: LSN(0x100_0A00), preparedAt: Self.early) == .atRisk)
    #expect(rolledBack(at: LSN(0x100_0A00), preparedAt: nil) == .atRisk)
    #expect(rolledBack(at: LSN(0x100_0A00), preparedAt: Self.early, in: nil) == .atRisk)
    #expect(rolledBack(at: LSN(0x100_0700), preparedAt: Self.early) == .ready)
    #expect(rolledBack(at: LSN(0x100_0D00), preparedAt: Self.early) == .ready)
    #expect(rolledBack(at: LSN(0x100_0A00), preparedAt: Self.early, twoPhase: false) == .ready)
    #expect(rolledBack(at: LSN(0x100_0A00), preparedAt: Self.early, in: OID(6)) == .ready)
    // PREPARE is what the copy does not send.
    #expect(rolledBack(at: LSN(0x100_0D00), preparedAt: LSN(0x100_0A00)) == .atRisk)
  }

  @Test func whatIsPreparedAndRolledBackInTheGapIsNothingToAConsumerWhoseEndIsKnown() {
    let (prepared, ended) = (LSN(0x100_0900), LSN(0x100_0A00))
    // It may stand between the two.
    #expect(rolledBack(at: ended, preparedAt: prepared) == .atRisk)
    func known(_ preparedAt: LSN) -> Verdict? {
      rolledBack(at: ended, preparedAt: preparedAt) {
        $0.subscribers = [SamplePair.subscriber(at: SamplePair.confirmed)]
      }
    }
    #expect(known(prepared) == .ready)
    #expect(known(Self.early) == .atRisk)
  }

  @Test func rollbacksThatWereNotGatheredAreNotRuledOut() {
    #expect(rolledBack(at: Self.early, preparedAt: nil) == .ready)
    #expect(rolledBack(at: Self.early, preparedAt: nil) { $0.mend { $0.preparedRollbacks = nil } } == .atRisk)
    #expect(
      rolledBack(at: Self.early, preparedAt: nil) { $0.mend { $0.preparedRollbacksFrom = LSN(0x100_0900) } } == .atRisk)
    #expect(
      rolledBack(at: Self.early, preparedAt: nil) { $0.mend { $0.preparedRollbacksFrom = LSN(0x100_0200) } } == .ready)
  }

  @Test func aSubscriberMayHoldWhatWasPreparedAndRolledBackBehindTheStandbysEnd() {
    func verdict(preparedAt: LSN?, twoPhase isTwoPhase: Bool = true) -> Verdict? {
      var pair = SamplePair.withPrimaryAhead()
      if isTwoPhase { twoPhase(&pair) }
      pair.subscribers = [SamplePair.subscriber(at: SamplePair.confirmed)]
      pair.subscribers[0].control?.value.state = .inProduction
      if let preparedAt {
        pair.primary.stretches[0].activity.preparedRollbacks = [
          PreparedRollback(
            xid: TransactionID(781), database: SamplePair.database, lsn: LSN(0x100_1900), preparedAt: preparedAt)
        ]
      }
      return pair.orders?.verdict
    }
    #expect(verdict(preparedAt: nil) == .ready)
    #expect(verdict(preparedAt: LSN(0x100_1800)) == .atRisk)
    #expect(verdict(preparedAt: Self.early) == .atRisk)
    #expect(verdict(preparedAt: LSN(0x100_1800), twoPhase: false) == .ready)
  }
}

extension SamplePair {
  /// A transaction that is prepared on these nodes; without a place only its file tells of it.
  fileprivate mutating func open(
    preparedAt start: LSN?, on nodes: [WritableKeyPath<SamplePair, Evidence>] = [\.primary, \.standby]
  ) {
    for node in nodes {
      self[keyPath: node].set("max_prepared_transactions", "10")
      if let start {
        self[keyPath: node].stretches[0].activity.openPreparedTransactions = [
          OpenPreparedTransaction(
            xid: TransactionID(790), gid: "g", database: Self.database, start: start, end: LSN(start.rawValue + 0x30),
            time: Timestamp(unixSeconds: 0), bytes: 100, relations: [])
        ]
      } else {
        self[keyPath: node].preparedTransactions = [
          Located(
            PreparedTransaction(
              xid: TransactionID(790), database: Self.database, preparedAt: Timestamp(unixSeconds: 0), owner: OID(10),
              gid: "g", subtransactionCount: 0, originLSN: nil), path: "pg_twophase/00000316")
        ]
      }
    }
  }

  /// What the WAL of both nodes tells.
  fileprivate mutating func mend(_ change: (inout WALActivity) -> Void) {
    change(&primary.stretches[0].activity)
    change(&standby.stretches[0].activity)
  }
}
