import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// Verdicts on what a running standby says, beside the files of a primary that was stopped.
@Suite struct RunningStandbyTests {
  private func pairWithLiveStandby() -> SamplePair {
    var pair = SamplePair()
    pair.standby.ask(.standby)
    return pair
  }

  @Test func aRunningStandbyThatReplayedAllIsBelieved() {
    let pair = pairWithLiveStandby()
    #expect(pair.orders?.verdict == .ready, "\(pair.orders?.reason ?? "")")
    #expect(pair.orders?.findings.contains { $0.id == "A12" && $0.severity == .info } == true)
  }

  @Test func whatItHasStillToReplayIsOpen() {
    var pair = pairWithLiveStandby()
    pair.standby.server?.positions.replay = LSN(SamplePair.end.rawValue - 0x100)
    #expect(pair.orders?.verdict == .unknown)
  }

  @Test func walThatItDoesNotKeepIsOpen() {
    var pair = pairWithLiveStandby()
    pair.standby.slots[0].activity?.walStatus = "unreserved"
    #expect(pair.orders?.verdict == .atRisk)
    pair.standby.slots[0].activity?.walStatus = nil
    #expect(pair.orders?.verdict == .atRisk)
    pair = pairWithLiveStandby()
    pair.standby.wal.live = []
    #expect(pair.orders?.verdict == .atRisk)
    // The role may not list the folder.
    pair.standby.wal.path = nil
    #expect(pair.orders?.verdict == .unknown)
  }

  @Test func aPluginThatIsNotAllowedOrNotShownIsTold() {
    var pair = pairWithLiveStandby()
    pair.standby.settings.hidden = ["output_plugin_libraries"]
    #expect(pair.orders?.verdict == .unknown)
    pair.standby.settings.hidden = nil
    pair.standby.set("output_plugin_libraries", "test_decoding")
    #expect(pair.orders?.verdict == .fixable)
    pair = pairWithLiveStandby()
    pair.standby.server?.libraries = ["test_decoding.so"]
    #expect(pair.orders?.verdict == .fixable)
    pair.standby.server?.libraries = ["pgoutput.so"]
    #expect(pair.orders?.verdict == .ready)
    // A minor version without the list allows every plugin.
    pair.primary.changeSlot("orders") { $0.plugin = "wal2json" }
    pair.standby.changeSlot("orders") { $0.plugin = "wal2json" }
    pair.standby.server?.libraries = nil
    #expect(pair.orders?.verdict == .fixable)
    pair.standby.settings.absent = ["output_plugin_libraries"]
    #expect(pair.orders?.verdict == .ready)
  }

  @Test func aServerInRecoveryIsNoPrimary() {
    var pair = SamplePair()
    pair.primary.ask(.standby)
    #expect(pair.assess().verdict == .unknown)
    #expect(pair.assess().findings.contains { $0.id == "A03" })
    // Nothing shows what it is.
    pair = SamplePair()
    pair.standby.ask(.unknown)
    #expect(pair.assess().verdict == .unknown)
  }
}
