import Evidence
@testable import PostgresFormat
import SlotSafety
import Testing

/// What held the consumers of failover slots back, and whether that can be relied on.
@Suite struct HeldBackTests {
  /// The setting names the slot, and something stands against relying on it.
  private func isHeldBack(_ change: (inout SamplePair) -> Void) -> Verdict? {
    var pair = SamplePair.withPrimaryAhead()
    pair.commit(at: LSN(0x100_1800))
    pair.primary.set("synchronized_standby_slots", "s1")
    pair.assumed = [.standbySlotsHeld]
    change(&pair)
    return pair.orders?.verdict
  }

  @Test func aSlotThatWentOnWithoutTheStandbyHeldNobodyBack() {
    #expect(isHeldBack { $0.primary.changeSlot("s1") { $0.restartLSN = SamplePair.end } } == .ready)
    #expect(isHeldBack { $0.primary.changeSlot("s1") { $0.restartLSN = LSN(0x100_1008) } } == .atRisk)
    #expect(isHeldBack { $0.primary.changeSlot("s1") { $0.restartLSN = .none } } == .atRisk)
  }

  /// A server that holds one consumer back holds all those of failover slots back.
  @Test func aFailoverSlotThatWentOnWithoutTheStandbyShowsThatNobodyWasHeldBack() {
    func beside(_ confirmed: LSN, failover: Bool = true) -> Verdict? {
      isHeldBack {
        $0.primary.slots.append(
          SamplePair.evidence(SamplePair.slot("other", confirmed: confirmed, failover: failover)))
      }
    }
    #expect(beside(SamplePair.end) == .ready)
    #expect(beside(LSN(0x100_1008)) == .atRisk)
    #expect(beside(LSN(0x100_1008), failover: false) == .ready)
  }

  @Test func aStandbyOfAnotherServerIsNotTheOneThatWasWaitedFor() {
    #expect(isHeldBack { $0.standby.set("primary_conninfo", "host=p port=5432 dbname=shop") } == .ready)
    #expect(isHeldBack { $0.standby.set("primary_conninfo", "host=p port=5433 dbname=shop") } == .atRisk)
  }

  @Test func aSocketOfAnotherServerAndASlotOnAnotherStandbyHeldNobodyBack() {
    func streams(from host: String) -> Verdict? {
      isHeldBack {
        $0.primary.set("unix_socket_directories", "/run/a, /run/b")
        $0.standby.set("primary_conninfo", "host=\(host) port=5432 dbname=shop")
      }
    }
    #expect(streams(from: "/run/b") == .ready)
    #expect(streams(from: "/run/c") == .atRisk)
    #expect(streams(from: "10.0.0.1") == .ready)
    // A standby of a standby may use a slot there that has the name of one here.
    func beside(_ slot: SlotState) -> Verdict? {
      isHeldBack {
        var middle = $0.standby
        middle.origin.source = "/middle"
        middle.slots = [SamplePair.evidence(slot)]
        $0.others = [middle]
      }
    }
    #expect(beside(SlotState(name: "s1", restartLSN: SamplePair.confirmed)) == .atRisk)
    #expect(beside(SlotState(name: "s2", restartLSN: SamplePair.confirmed)) == .ready)
  }

  /// No file tells of what was in between: not when it was changed, nor when the server was started, nor how it was stopped.
  @Test func filesProveNothingWithoutTheOperatorsWord() {
    func unsaid(_ change: (inout SamplePair) -> Void = { _ in }) -> Verdict? {
      isHeldBack {
        $0.assumed = []
        change(&$0)
      }
    }
    #expect(unsaid() == .atRisk)
    #expect(
      unsaid {
        $0.primary.startFiles.postmasterPID = PostmasterPID(pid: 1, startTime: Timestamp(unixSeconds: -1))
      } == .atRisk)
    #expect(
      unsaid {
        $0.primary.control?.value.state = .shutDown
        $0.primary.control?.value.checkpointLSN = LSN(SamplePair.further.rawValue - 0x78)
      } == .atRisk)
  }

  @Test func whatIsMissingIsSaidOnce() {
    var pair = SamplePair.withPrimaryAhead()
    pair.commit(at: LSN(0x100_1800))
    pair.primary.set("synchronized_standby_slots", "s1")
    let missing = pair.assess().findings.filter { $0.id == "A14" && $0.severity == .warning }
    #expect(missing.count == 1)
    #expect(missing.first?.remedy?.contains("--assume standby-slots-held") == true)
    pair.assumed = [.standbySlotsHeld]
    #expect(pair.orders?.findings.contains { $0.id == "A14" && $0.severity == .info } == true)
  }

  @Test func whatTheStandbyConfirmedIsNotLessThanWhatItHas() {
    #expect(isHeldBack { $0.promoteAt = SamplePair.confirmed } != .ready)
  }

  @Test func aWordDoesNotOutweighWhatTheFilesShow() {
    #expect(isHeldBack { $0.primary.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_1900) } } == .atRisk)
    #expect(isHeldBack { $0.primary.set("synchronized_standby_slots", "") } == .atRisk)
  }

  /// What a bound on the consumer's position rests on, and how well that is known.
  @Test func premisesAreNamed() {
    func state(_ premise: Premise, _ pair: SamplePair) -> SlotPremise.State? {
      pair.orders?.premises.first { $0.premise == premise }?.state
    }
    var pair = SamplePair()
    #expect(state(.primaryDown, pair) == .proven && state(.standbySlotsHeld, pair) == nil)
    pair.primary.startFiles.postmasterPIDPresent = true
    pair.primary.startFiles.postmasterAlive = true
    #expect(state(.primaryDown, pair) == .open)
    var ahead = SamplePair.withPrimaryAhead()
    ahead.commit(at: LSN(0x100_1800))
    ahead.primary.set("synchronized_standby_slots", "s1")
    ahead.assumed = []
    #expect(ahead.orders?.verdict == .atRisk && state(.standbySlotsHeld, ahead) == .open)
    ahead.assumed = [.standbySlotsHeld]
    #expect(ahead.orders?.verdict == .ready && state(.standbySlotsHeld, ahead) == .given)
  }
}
