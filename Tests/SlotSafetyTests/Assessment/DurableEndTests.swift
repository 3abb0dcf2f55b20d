import Evidence
import PostgresFormat
import SlotSafety
import Testing

/// A13 says what the end of a crashed primary's WAL rests on where nothing made it durable.
@Suite struct DurableEndTests {
  private func speaks(_ change: (inout SamplePair) -> Void) -> Bool {
    var pair = SamplePair()
    pair.primary.control?.value.state = .inProduction
    pair.primary.set("fsync", "off")
    change(&pair)
    return pair.assess().findings.contains { $0.id == "A13" && $0.message.contains("fsync") }
  }

  @Test func itSpeaksAfterACrashWithoutFsync() {
    #expect(speaks { _ in })
    #expect(speaks { $0.standby.slots = [] })
  }

  @Test func itIsSilentWhereTheEndIsDurableOrProvesItself() {
    #expect(!speaks { $0.primary.set("fsync", "on") })
    #expect(!speaks { $0.primary.control?.value.state = .shutDown })
  }

  @Test func itIsSilentWhereTheEndBoundsNothingOrNobody() {
    #expect(
      !speaks {
        $0.primary.startFiles.postmasterPIDPresent = true; $0.primary.startFiles.postmasterAlive = true
      })
    #expect(!speaks { $0.primary.slots.removeAll { $0.state?.isLogical == true } })
  }

  /// The files do not tell which of the two crashed: the verdict rests on the rest.
  @Test func itLeavesTheVerdictAlone() {
    var pair = SamplePair()
    pair.primary.control?.value.state = .inProduction
    let before = pair.assess().verdict
    pair.primary.set("fsync", "off")
    #expect(before == .ready && pair.assess().verdict == before)
  }
}
