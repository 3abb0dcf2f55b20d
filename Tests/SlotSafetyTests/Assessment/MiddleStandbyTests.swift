import Evidence
@testable import PostgresFormat
import SlotSafety
import Testing

/// A standby that feeds another is not a primary: its end of WAL bounds no consumer.
@Suite struct MiddleStandbyTests {
  @Test(arguments: [ClusterState.shutDownInRecovery, .inArchiveRecovery])
  func aStandbyGivenAsPrimaryGivesNoVerdict(state: ClusterState) {
    var pair = SamplePair()
    #expect(pair.orders?.verdict == .ready)
    pair.primary.control?.value.state = state
    pair.primary.startFiles.standbySignal = true
    #expect(pair.assess().verdict == .unknown)
    #expect(pair.assess().findings.map(\.id) == ["A03"])
  }

  @Test func aPrimaryThatIsToStartAsAStandbyIsStillTheOneOfItsConsumers() {
    var pair = SamplePair()
    pair.primary.startFiles.standbySignal = true
    #expect(pair.orders?.verdict == .ready)
  }
}
