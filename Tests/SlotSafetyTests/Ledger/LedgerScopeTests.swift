import Evidence
import PostgresFormat
import SlotSafety
import Testing

/// Which transactions a consumer misses, holds too much or gets twice, by the positions of the slots.
@Suite struct LedgerScopeTests {
  private static let fork = SamplePair.end

  private func transaction(_ start: LSN, in database: OID? = SamplePair.database) -> LedgerTransaction {
    var transaction = LedgerTransaction(
      xid: TransactionID(780), start: start, end: start.advanced(by: 0x30), time: Timestamp(unixSeconds: 0))
    transaction.database = database
    transaction.otherTables.inserts = 1
    return transaction
  }

  /// `orders missed!` for what is certain, without the mark for what is possible.
  private func hits(_ scope: LedgerScope, _ start: LSN, _ node: LedgerScope.Node = .primary) -> [String] {
    scope.hits(of: transaction(start), on: node).map { "\($0.slotName) \($0.effect)\($0.isCertain ? "!" : "")" }
  }

  /// A primary that went on 0x1000 bytes past the standby's end, and a copy made by hand.
  private func pair(copy: LSN?) -> SamplePair {
    var pair = SamplePair(.v16)
    pair.primary.setEnd(Self.fork.advanced(by: 0x1000))
    pair.primary.control?.value.checkpointLSN = Self.fork.advanced(by: 0xF88)
    if let copy {
      pair.standby.changeSlot("orders") { $0.confirmedFlush = copy }
    } else {
      pair.standby.slots = []
    }
    return pair
  }

  private func scope(_ pair: SamplePair, known: [String: LSN] = [:]) throws -> LedgerScope {
    try LedgerScope.failover(pair.admission, known: known)
  }

  @Test func aConsumerMayHoldWhatIsPastTheFork() throws {
    let scope = try scope(pair(copy: SamplePair.confirmed))
    #expect(scope.fork == Self.fork && !scope.isPromoted)
    #expect(hits(scope, Self.fork) == ["orders vanished"])
    #expect(hits(scope, Self.fork.advanced(by: 0x1000)) == [], "no consumer can have what was not written")
    #expect(scope.isPastFork(transaction(Self.fork), on: .primary))
  }

  /// Recovery ends somewhere between what was replayed and the end of the standby's WAL.
  @Test func aRecoveryTargetMayLeaveMoreBehind() throws {
    let replayed = LSN(0x100_0E00)
    var pair = pair(copy: SamplePair.confirmed)
    pair.standby.control?.value.minRecoveryPoint = replayed
    pair.standby.control?.value.checkpoint.redo = SamplePair.confirmed
    #expect(try scope(pair).earliestFork == nil)
    #expect(hits(try scope(pair), replayed) == ["orders repeated"])
    pair.standby.set("recovery_target_time", "2026-11-25 12:00:00+00")
    let scope = try scope(pair)
    #expect(
      scope.fork == Self.fork && scope.earliestFork == replayed && scope.parts.first.map { $0.from <= replayed } == true
    )
    #expect(hits(scope, replayed) == ["orders vanished", "orders repeated"])
    #expect(hits(scope, LSN(replayed.rawValue - 8)) == ["orders repeated"])
    #expect(scope.isPastFork(transaction(replayed), on: .primary) == false)
    // Where it ends was said.
    pair.promoteAt = Self.fork
    #expect(try self.scope(pair).earliestFork == nil)
    // Who was held back for the standby's WAL may still be past the target.
    var held = SamplePair.withPrimaryAhead()
    held.commit(at: LSN(0x100_1800))
    held.primary.set("synchronized_standby_slots", "s1")
    held.assumed = [.standbySlotsHeld]
    held.standby.control?.value.minRecoveryPoint = replayed
    held.standby.control?.value.checkpoint.redo = SamplePair.confirmed
    #expect(hits(try self.scope(held), replayed) == ["orders repeated"])
    held.standby.set("recovery_target", "immediate")
    #expect(hits(try self.scope(held), replayed) == ["orders vanished", "orders repeated"])
    #expect(hits(try self.scope(held), Self.fork) == [])
  }

  @Test func itsOwnPositionMakesItCertain() throws {
    let known = Self.fork.advanced(by: 0x100)
    let scope = try scope(pair(copy: SamplePair.confirmed), known: ["orders": known])
    #expect(hits(scope, LSN(known.rawValue - 8)) == ["orders vanished!"])
    #expect(hits(scope, known) == [])
    #expect(hits(scope, SamplePair.confirmed) == ["orders repeated!"])
  }

  @Test func withoutACopyEverythingUpToTheForkIsMissed() throws {
    let pair = pair(copy: nil)
    #expect(hits(try scope(pair), SamplePair.confirmed) == ["orders missed"])
    #expect(hits(try scope(pair), LSN(SamplePair.confirmed.rawValue - 8)) == [])
    #expect(hits(try scope(pair, known: ["orders": SamplePair.confirmed]), SamplePair.confirmed) == ["orders missed!"])
  }

  @Test func aCopyThatStartsLateMissesWhatIsBeforeIt() throws {
    let late = SamplePair.confirmed.advanced(by: 0x100)
    let scope = try scope(pair(copy: late))
    #expect(hits(scope, SamplePair.confirmed) == ["orders missed"])
    #expect(hits(scope, late) == ["orders repeated"])
  }

  @Test func aSynchronizedCopyOfAConsumerThatWasHeldBackIsOffByNothing() throws {
    var pair = SamplePair(.v17)
    pair.primary.setEnd(Self.fork.advanced(by: 0x1000))
    pair.commit(at: Self.fork)
    pair.assumed = [.standbySlotsHeld]
    let scope = try scope(pair)
    #expect(scope.rules.allSatisfy { $0.effect == .repeated })
    #expect(scope.lists(transaction(Self.fork), on: .primary, hits: []), "what is past the fork is listed all the same")
  }

  @Test func aSynchronizedCopyOfAnEarlierSlotMayMissSomething() throws {
    func misses(_ pair: SamplePair) throws -> Bool {
      hits(try scope(pair), LSN(0x100_0900)).contains("orders missed")
    }
    var pair = SamplePair()
    #expect(try !misses(pair))
    // The primary was stopped cleanly: its slot is not where the copy was taken from.
    pair.standby.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_0A00) }
    #expect(try misses(pair))
    pair.primary.control?.value.state = .inProduction
    pair.commit(at: SamplePair.beforeConfirmed)
    pair.keepFileTimes()
    #expect(try !misses(pair))
  }

  @Test func afterThePromotionTheNewTimelineCountsToo() throws {
    var pair = pair(copy: nil)
    pair.standby.promote(at: Self.fork)
    pair.standby.setEnd(Self.fork.advanced(by: 0x800), timeline: 2)
    let scope = try scope(pair)
    #expect(scope.isPromoted)
    #expect(scope.parts.map(\.node) == [.primary, .standby])
    #expect(hits(scope, Self.fork, .standby) == ["orders missed!"])
  }

  /// The first transactions of the new timeline lie below the position of a consumer that is past the fork.
  @Test func aConsumerPastTheForkSkipsNewTransactions() throws {
    var pair = pair(copy: SamplePair.confirmed)
    pair.standby.promote(at: Self.fork)
    pair.standby.setEnd(Self.fork.advanced(by: 0x800), timeline: 2)
    let known = Self.fork.advanced(by: 0x100)
    let scope = try scope(pair, known: ["orders": known])
    #expect(hits(scope, Self.fork, .standby) == ["orders missed!"])
    #expect(hits(scope, known, .standby) == [])
  }

  @Test func anotherDatabasesTransactionsAreNothingToAConsumer() throws {
    let scope = try scope(pair(copy: nil))
    #expect(scope.hits(of: transaction(SamplePair.confirmed, in: OID(77)), on: .primary).isEmpty)
    #expect(scope.hits(of: transaction(SamplePair.confirmed, in: nil), on: .primary).count == 1)
  }

  @Test func oneSlotOfOneNode() throws {
    let primary = SamplePair().primary
    let scope = try LedgerScope.slot("orders", of: primary, to: nil)
    #expect(scope.parts == [LedgerScope.Part(node: .primary, from: SamplePair.confirmed, to: SamplePair.end)])
    #expect(hits(scope, SamplePair.confirmed) == ["orders pending"])
    var lost = primary
    lost.changeSlot("orders") { $0.invalidation = .walRemoved }
    #expect(hits(try LedgerScope.slot("orders", of: lost, to: nil), SamplePair.confirmed) == ["orders missed"])
    for name in ["s1", "nothing"] {
      #expect(throws: LedgerScope.Refusal.self) { try LedgerScope.slot(name, of: primary, to: nil) }
    }
  }

  /// One node, and a consumer that knows how far it is: what lies before the slot's position is skipped without a word.
  @Test func aConsumerBeforeItsSlotMissesWhatLiesBetween() throws {
    let node = pair(copy: nil).primary
    let before = LSN(SamplePair.confirmed.rawValue - 0x400)
    let scope = try LedgerScope.slot("orders", of: node, to: nil, consumer: before)
    #expect(scope.parts.first?.from == before && scope.skipped?.hasPrefix("its consumer is at \(before)") == true)
    #expect(hits(scope, before) == ["orders missed!"] && hits(scope, SamplePair.confirmed) == ["orders pending"])
    for position in [nil, SamplePair.confirmed, Self.fork] {
      let plain = try LedgerScope.slot("orders", of: node, to: nil, consumer: position)
      #expect(plain.skipped == nil && plain.parts.first?.from == SamplePair.confirmed)
    }
  }
}
