import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// What a verdict rests on: an open premise is never ready, a given one is told, and nothing is promised that would not come.
struct ReadyIfTests {
  /// A primary that was killed with a commit that the standby lacks, and a barrier that no file proves.
  private static var behindABarrier: SamplePair {
    var pair = SamplePair.withPrimaryAhead()
    pair.commit(at: LSN(0x100_1800))
    pair.primary.set("synchronized_standby_slots", "s1")
    return pair
  }

  @Test func whatAloneIsMissingIsNamed() throws {
    var pair = Self.behindABarrier
    let open = try #require(pair.orders)
    #expect(open.verdict == .atRisk && open.readyIf.map(\.premise) == [.standbySlotsHeld])
    #expect(open.readyIf.first?.clause.hasPrefix("the standby slots barrier held at s1 all the time since ") == true)
    #expect(pair.assess().readyIf == [.standbySlotsHeld] && pair.assess().given.isEmpty)
    pair.assumed = [.standbySlotsHeld]
    let given = pair.assess()
    #expect(given.verdict == .ready && given.readyIf.isEmpty)
    #expect(given.given.map(\.premise) == [.standbySlotsHeld] && pair.orders?.readyIf == [])
  }

  @Test func nothingIsPromisedThatWouldNotCome() {
    var pair = Self.behindABarrier
    pair.standby.changeSlot("orders") { $0.invalidation = .rowsRemoved }
    #expect(pair.orders?.verdict != .ready && pair.orders?.readyIf == [] && pair.assess().readyIf == [])
    // What is seen to run is not down.
    var running = SamplePair()
    running.primary.startFiles.postmasterPIDPresent = true
    running.primary.startFiles.postmasterAlive = true
    #expect(running.orders?.readyIf.contains { $0.premise == .primaryDown } == false)
  }

  @Test func anOpenPremiseIsNeverReady() {
    var outcome = Outcome.holds("fine")
    outcome.premises = [SlotPremise(.changesNotSubscribed, .open, "nobody looked")]
    #expect(Decision([outcome], nodes: []).verdict == .atRisk)
    outcome.premises = [SlotPremise(.changesNotSubscribed, .given, "--assume")]
    #expect(Decision([outcome], nodes: []).verdict == .ready)
  }

  /// The same in every case that a rule speaks in, with nothing given and with all.
  @Test func noAnswerIsReadyWithAnOpenPremise() {
    for one in RuleCoverageTests.cases {
      for assumed in [[], Set(Premise.assumable)] {
        var pair = SamplePair(one.version)
        one.speaks(&pair)
        pair.assumed = assumed
        for slot in pair.assess().slots where slot.verdict == .ready {
          #expect(!slot.premises.contains { $0.state == .open }, "\(one.id)")
        }
      }
    }
  }
}
