import Evidence
@testable import PostgresFormat
import SlotSafety
import Testing

/// Whether a standby streams from the primary itself, or from another of its standbys by a slot of the same name.
@Suite struct StandbyUpstreamTests {
  /// The primary was killed with a commit that the standby lacks, and held back whoever reads from failover slots.
  private func verdict(stopped: Bool = false, _ change: (inout SamplePair) -> Void = { _ in }) -> Verdict? {
    var pair = SamplePair.withPrimaryAhead()
    pair.commit(at: LSN(0x100_1800))
    pair.primary.set("synchronized_standby_slots", "s1")
    pair.assumed = [.standbySlotsHeld]
    if stopped {
      pair.primary.control?.value.state = .shutDown
      pair.primary.control?.value.checkpointLSN = LSN(SamplePair.further.rawValue - 0x78)
    }
    change(&pair)
    return pair.orders?.verdict
  }

  private func connected(_ connection: String, port: Int? = nil) -> Verdict? {
    verdict { pair in
      pair.standby.set("primary_conninfo", connection)
      if let port { pair.primary.set("port", "\(port)") }
    }
  }

  @Test func aCopyThatWasTakenAfterTheConnectionWasChangedCameThroughIt() {
    #expect(verdict() == .ready)
    #expect(verdict { $0.standby.settings.files?[0].modifiedAt = Timestamp(unixSeconds: -1) } == .atRisk)
    #expect(verdict { $0.standby.settings.files?[0].modifiedAt = nil } == .atRisk)
    // What the standby has copied no longer shows it.
    #expect(verdict { $0.standby.changeSlot("orders") { $0.confirmedFlush = SamplePair.beforeConfirmed } } == .atRisk)
    #expect(
      verdict { pair in
        for node in [\SamplePair.primary, \.standby] { pair[keyPath: node].stretches[0].activity.checkpoints = [] }
      } == .atRisk)
  }

  @Test func anyCopyOfAFailoverSlotShowsIt() {
    func beside(failover: Bool) -> Verdict? {
      verdict {
        $0.standby.changeSlot("orders") { $0.confirmedFlush = SamplePair.beforeConfirmed }
        $0.primary.slots.append(SamplePair.evidence(SamplePair.slot("other", failover: failover)))
        $0.standby.slots.append(SamplePair.evidence(SamplePair.slot("other", synced: true)))
      }
    }
    #expect(beside(failover: true) == .ready)
    #expect(beside(failover: false) == .atRisk)
  }

  @Test func aCommitTellsTheTimeAsWell() {
    func verdict(commit lsn: LSN) -> Verdict? {
      self.verdict { pair in
        for node in [\SamplePair.primary, \.standby] { pair[keyPath: node].stretches[0].activity.checkpoints = [] }
        pair.commit(at: lsn, in: OID(6))
      }
    }
    #expect(verdict(commit: SamplePair.beforeConfirmed) == .ready)
    #expect(verdict(commit: SamplePair.confirmed) == .atRisk)
  }

  @Test func theSlotOfACleanlyStoppedPrimaryStandsWhereItsHolderWas() {
    #expect(
      verdict(stopped: true) { $0.standby.settings.files?[0].modifiedAt = Timestamp(unixSeconds: 9) } == .ready)
  }

  @Test func severalHostsMayLeadToAnotherStandby() {
    #expect(connected("host=a,b dbname=shop") == .atRisk)
    #expect(connected("host=a,b dbname=shop target_session_attrs=read-write") == .ready)
    #expect(connected("host=a,b dbname=shop target_session_attrs=primary") == .ready)
    #expect(connected("host=a,b dbname=shop target_session_attrs=any") == .atRisk)
    #expect(connected("hostaddr=10.0.0.1,10.0.0.2 dbname=shop") == .atRisk)
  }

  @Test func withoutAPortAConnectionGoesToTheDefaultOne() {
    #expect(connected("host=p dbname=shop") == .ready)
    #expect(connected("host=p dbname=shop", port: 5433) == .atRisk)
    #expect(connected("host=p dbname=shop port=5433", port: 5433) == .ready)
    #expect(connected("service=p dbname=shop", port: 5433) == .ready)
  }
}
