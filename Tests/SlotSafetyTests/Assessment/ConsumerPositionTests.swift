import Evidence
@testable import PostgresFormat
import SlotSafety
import Testing

/// The consumer's own position, as its subscriber tells it.
@Suite struct ConsumerPositionTests {
  /// The primary has a commit that the standby has, too, and a later one that it lacks.
  private func twoCommits() -> SamplePair {
    var pair = SamplePair.withPrimaryAhead()
    pair.commit(at: LSN(0x100_0900))
    pair.commit(at: LSN(0x100_1800))
    return pair
  }

  @Test func theConsumersOwnPositionDecides() throws {
    var pair = twoCommits()
    pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0930), connection: "host=p dbname=shop")]
    #expect(pair.orders?.verdict == .ready)
    pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_1830))]
    #expect(pair.orders?.verdict == .atRisk)
    // It has not got anything since the position that its slot has.
    pair.subscribers = [SamplePair.subscriber(at: SamplePair.confirmed)]
    #expect(pair.orders?.verdict == .ready)
  }

  /// A table copied past the standby's end holds rows that the new primary lacks, whatever the position says.
  @Test func aTableCopiedPastTheStandbyIsARisk() throws {
    var pair = twoCommits()
    for (copied, state) in [(LSN(0x100_1900), "s"), (LSN(0x100_1900), "r"), (nil, "f"), (nil, "d")] {
      pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0930), copied: copied, state: state)]
      let orders = try #require(pair.orders)
      #expect(orders.verdict == .atRisk, "\(state)")
      #expect(orders.findings.contains { $0.id == "A13" && $0.message.contains("public.items") }, "\(orders.findings)")
    }
    // Not begun: it will be copied from the new primary.
    pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0930), copied: nil, state: "i")]
    #expect(pair.orders?.verdict == .ready)
    // The catalog could not be read, or may be older than what the subscriber wrote since.
    pair.subscribers[0].subscribedTables = []
    #expect(pair.orders?.verdict == .atRisk)
    // The standby has all that the primary wrote: no copy is further.
    pair = SamplePair()
    pair.subscribers = [SamplePair.subscriber(at: SamplePair.confirmed, copied: SamplePair.end, state: "s")]
    #expect(pair.orders?.verdict == .ready)
  }

  /// Where the rows of a table came from that was not copied nobody knows; they may be of later than the standby's end.
  @Test func aTableThatWasNotCopiedMayHaveLaterRows() throws {
    var pair = twoCommits()
    pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0930), copied: nil)]
    let open = try #require(pair.orders)
    #expect(open.verdict == .atRisk && open.findings.contains { $0.rule == .a13NotCopied })
    #expect(open.readyIf.map(\.premise) == [.rowsNotLater])
    pair.assumed = [.rowsNotLater]
    #expect(pair.orders?.verdict == .ready)
    // The primary committed nothing that the standby lacks.
    pair = SamplePair.withPrimaryAhead()
    pair.commit(at: LSN(0x100_0900))
    pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0930), copied: nil)]
    #expect(pair.orders?.verdict == .ready)
    pair = SamplePair()
    pair.subscribers = [SamplePair.subscriber(at: SamplePair.confirmed, copied: nil)]
    #expect(pair.orders?.verdict == .ready)
  }

  /// CREATE TABLE after the last row: a subscription is not sent it, and its position stays.
  @Test func transactionsWithoutRowsAreNotMissed() throws {
    func verdict(_ change: (inout CommitEvent) -> Void) -> Verdict? {
      var pair = SamplePair()
      pair.commit(at: LSN(0x100_0500))
      pair.commit(at: LSN(0x100_0700))
      for node in [\SamplePair.primary, \SamplePair.standby] {
        pair[keyPath: node].stretches[0].activity.databases[0].commits[1].relations = []
        change(&pair[keyPath: node].stretches[0].activity.databases[0].commits[1])
      }
      pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0530))]
      return pair.orders?.verdict
    }
    #expect(verdict { $0.changesCatalogs = true } == .ready)
    let relation = RelationLocator(tablespace: OID(1663), database: SamplePair.database, number: 16391)
    #expect(verdict { $0.relations = [RelationChanges(relation: relation)] } == .atRisk)
    #expect(verdict { $0.truncated = [OID(16391)] } == .atRisk)
    #expect(verdict { $0.relationsComplete = false } == .atRisk)
    #expect(verdict { $0.isTwoPhase = true } == .atRisk)
    // It may have written rows before what was read.
    #expect(verdict { $0.xid = TransactionID(769) } == .atRisk)
  }

  /// A standby of the subscriber may lag.
  @Test func aStandbyOfTheSubscriberIsNotExact() throws {
    var pair = twoCommits()
    pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0930))]
    for state: ClusterState in [.shutDownInRecovery, .inArchiveRecovery] {
      pair.subscribers[0].control?.value.state = state
      #expect(pair.orders?.verdict == .atRisk)
    }
  }

  /// Of two nodes with a subscription to the slot, either may be the consumer: one that runs has gone on, whatever the other shows.
  @Test func ofSeveralSubscribersAllMustBeExact() throws {
    var pair = twoCommits()
    let stopped = SamplePair.subscriber(at: LSN(0x100_0930))
    var running = SamplePair.subscriber(at: LSN(0x100_0930))
    running.startFiles.postmasterPIDPresent = true
    running.startFiles.postmasterAlive = true
    var ahead = running
    ahead.origins[0].remoteLSN = LSN(0x100_1830)
    var without = running
    without.origins[0].remoteLSN = nil
    for other in [running, ahead, without] {
      for all in [[stopped, other], [other, stopped]] {
        pair.subscribers = all
        #expect(pair.orders?.verdict == .atRisk)
      }
    }
    pair.subscribers = [stopped, SamplePair.subscriber(at: SamplePair.confirmed)]
    #expect(pair.orders?.verdict == .ready)
    // One of another publisher is none of them.
    running.origins[0].remoteLSN = LSN(0x100_0940)
    pair.subscribers = [stopped, running]
    #expect(pair.orders?.verdict == .ready)
  }

  /// A killed subscriber is where the origins of its commits say, unless somebody set one by hand (pg_replication_origin_advance).
  @Test func anOriginThatWasSetByHandIsWhereNoCommitSays() {
    var pair = twoCommits()
    func verdict(_ origins: [UInt16]?) -> Verdict? {
      var subscriber = SamplePair.subscriber(at: LSN(0x100_0930))
      subscriber.control?.value.state = .inProduction
      subscriber.setEnd(SamplePair.further)
      for index in subscriber.stretches.indices { subscriber.stretches[index].activity.originsSet = origins }
      pair.subscribers = [subscriber]
      return pair.orders?.verdict
    }
    #expect(verdict([]) == .ready)
    #expect(verdict([2]) == .ready)
    #expect(verdict([1]) == .atRisk)
    // Evidence that was made before it was asked.
    #expect(verdict(nil) == .atRisk)
  }

  /// Dropped by hand: the subscription has no position, and what the slot sends again it takes for new.
  @Test func anOriginThatWasDroppedIsNoPosition() throws {
    var pair = SamplePair()
    pair.commit(at: LSN(0x100_0900))
    for node in [\SamplePair.primary, \SamplePair.standby] {
      pair[keyPath: node].changeSlot("orders") { $0.confirmedFlush = SamplePair.confirmed }
    }
    func assessment(_ origins: [OriginEvidence]) -> SlotAssessment? {
      pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0930))]
      pair.subscribers[0].origins = origins
      return pair.orders
    }
    let dropped = try #require(assessment([]))
    let without = assessment([OriginEvidence(originID: 1, name: "pg_16400", remoteLSN: nil)])
    #expect(dropped.verdict == without?.verdict && dropped.reason == without?.reason)
    #expect(dropped.verdict == .atRisk)
  }

  /// A database may have been renamed since the subscription connected: what it lacks, it lacks under any name.
  @Test(arguments: ["host=p dbname=former", "host=p dbname=shop", "host=p"])
  func aSubscriberThatWasSetBackIsSeenUnderAFormerName(connection: String) throws {
    var pair = SamplePair()
    pair.commit(at: LSN(0x100_0500))
    pair.commit(at: LSN(0x100_0700))
    pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0530), connection: connection)]
    let orders = try #require(pair.orders)
    #expect(orders.verdict == .atRisk)
    // Another database of the primary has that name: it is another subscription.
    if connection.hasSuffix("former") {
      pair.primary.databases.append(DatabaseRow(oid: OID(6), name: "former"))
      #expect(pair.orders?.verdict == .ready)
    }
  }

  @Test func aSubscriberOfAnotherPublisherOrOfAnEarlierTimeDecidesNothing() throws {
    var pair = twoCommits()
    // No commit of this primary ends there.
    pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0940))]
    #expect(pair.orders?.verdict == .atRisk)
    pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0930), connection: "host=p dbname=other")]
    #expect(pair.orders?.verdict == .atRisk)
    // Its slot was confirmed past a commit that these files do not have.
    pair.commit(at: LSN(0x100_0700))
    pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0600))]
    #expect(pair.orders?.verdict == .atRisk)
    // Nothing was committed between the two.
    pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0730))]
    #expect(pair.orders?.verdict == .ready)
    pair.primary.changeSlot("orders") { $0.plugin = "wal2json" }
    #expect(pair.orders?.verdict != .ready)
  }
}
