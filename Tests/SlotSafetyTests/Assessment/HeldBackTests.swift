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
    change(&pair)
    return pair.orders?.verdict
  }

  @Test func aSettingThatWasMadeAfterTheFactHeldNobodyBack() {
    #expect(isHeldBack { _ in } == .ready)
    #expect(isHeldBack { $0.primary.settings.files?[0].modifiedAt = Timestamp(unixSeconds: 1) } == .atRisk)
    #expect(isHeldBack { $0.primary.settings.files?[0].modifiedAt = nil } == .atRisk)
    #expect(isHeldBack { $0.primary.settings.files = nil } == .atRisk)
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

  private func started(_ seconds: Int64) -> PostmasterPID {
    PostmasterPID(pid: 1, startTime: Timestamp(unixSeconds: seconds))
  }

  /// It was changed at -2, and the first commit that the standby lacks made at 0.
  @Test func aKilledServerReadTheSettingIfItWasStartedBetweenItsChangeAndTheFirstCommit() {
    #expect(isHeldBack { $0.primary.startFiles.postmasterPID = started(-1) } == .ready)
    #expect(isHeldBack { $0.primary.startFiles.postmasterPID = started(-2) } == .atRisk)
    #expect(isHeldBack { $0.primary.startFiles.postmasterPID = started(0) } == .atRisk)
    #expect(isHeldBack { $0.primary.startFiles.postmasterPID = nil } == .atRisk)
  }

  /// Only the server's log tells of a reload, and the log says no more than that.
  @Test func theOperatorMayKnowOfAReload() {
    func reloaded(_ change: (inout SamplePair) -> Void = { _ in }) -> Verdict? {
      isHeldBack {
        ($0.primary.startFiles.postmasterPID, $0.primaryReloaded) = (nil, true)
        change(&$0)
      }
    }
    #expect(reloaded() == .ready)
    #expect(reloaded { $0.primary.settings.files?[0].modifiedAt = Timestamp(unixSeconds: 1) } == .atRisk)
    #expect(reloaded { $0.primary.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_1900) } } == .atRisk)
    #expect(reloaded { $0.primary.set("synchronized_standby_slots", "") } == .atRisk)
  }

  /// What a cleanly stopped primary says of a setting that it read, if at all, while it ran: whether this is warned of.
  private func warns(_ change: (inout SamplePair) -> Void) -> Bool? {
    var pair = SamplePair.withPrimaryAhead()
    pair.commit(at: LSN(0x100_1800))
    pair.primary.set("synchronized_standby_slots", "s1")
    pair.primary.control?.value.state = .shutDown
    pair.primary.control?.value.checkpointLSN = LSN(SamplePair.further.rawValue - 0x78)
    pair.primary.startFiles.postmasterPID = nil
    change(&pair)
    guard pair.orders?.verdict == .ready else { return nil }
    return pair.orders?.findings.contains { $0.id == "A14" && $0.severity == .warning }
  }

  @Test func onlyWhereAReloadIsAllThatIsMissingItIsNamed() {
    func isNamed(_ change: (inout SamplePair) -> Void) -> Bool {
      var pair = SamplePair.withPrimaryAhead()
      pair.commit(at: LSN(0x100_1800))
      pair.primary.set("synchronized_standby_slots", "s1")
      pair.primary.startFiles.postmasterPID = nil
      change(&pair)
      return pair.orders?.verdict == .atRisk
        && pair.assess().findings.contains { $0.id == "A14" && $0.severity == .warning }
    }
    #expect(isNamed { _ in })
    #expect(!isNamed { $0.primary.settings.files?[0].modifiedAt = Timestamp(unixSeconds: 1) })
    #expect(!isNamed { $0.primary.changeSlot("s1") { $0.restartLSN = LSN(0x100_1008) } })
  }

  private func shutdown(at lsn: LSN) -> CheckpointEvent {
    CheckpointEvent(
      lsn: lsn, redo: lsn, isShutdown: true, timeline: TimelineID(1), time: Timestamp(unixSeconds: 0),
      nextXID: FullTransactionID(rawValue: 780), walLevel: 2, logicalDecodingEnabled: nil)
  }

  @Test func aCleanStopSpeaksForAReloadAndSaysSo() {
    #expect(warns { _ in } == true)
    #expect(warns { $0.primary.startFiles.postmasterPID = started(-1) } == false)
    #expect(warns { $0.primary.control?.value.state = .inProduction } == nil)
    #expect(warns { $0.primary.changeSlot("orders") { $0.confirmedFlush = LSN(0x100_1008) } } == nil)
  }

  @Test func aServerThatWasStartedAgainBehindTheStandbysEndLeavesNoSuchSlots() {
    func stops(at lsn: LSN) -> Bool? {
      warns {
        let event = shutdown(at: lsn)
        $0.primary.stretches[0].activity.checkpoints.append(event)
        if lsn < SamplePair.end { $0.standby.stretches[0].activity.checkpoints.append(event) }
      }
    }
    #expect(stops(at: SamplePair.confirmed) == true)
    #expect(stops(at: SamplePair.end) == nil)
    #expect(stops(at: LSN(0x100_1900)) == nil)
    #expect(stops(at: LSN(SamplePair.further.rawValue - 0x78)) == true)
    #expect(warns { $0.primary.stretches[0].from = LSN(0x100_1100) } == nil)
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
    #expect(ahead.orders?.verdict == .ready && state(.standbySlotsHeld, ahead) == .proven)
    ahead.primary.startFiles.postmasterPID = nil
    #expect(ahead.orders?.verdict == .atRisk && state(.standbySlotsHeld, ahead) == .open)
    ahead.primaryReloaded = true
    #expect(ahead.orders?.verdict == .ready && state(.standbySlotsHeld, ahead) == .given)
  }
}
