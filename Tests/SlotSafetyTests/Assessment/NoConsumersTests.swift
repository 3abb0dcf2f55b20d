import Evidence
@testable import PostgresFormat
import SlotSafety
import Testing

/// A primary without logical slots: the standby itself is asked about all the same.
@Suite struct NoConsumersTests {
  /// Killed, with WAL that the standby lacks, and only the standby's own slot.
  static func ahead(_ change: (inout SamplePair) -> Void = { _ in }) -> SamplePair {
    var pair = SamplePair.withPrimaryAhead()
    pair.primary.slots.removeAll { $0.state?.isLogical == true }
    pair.standby.slots = []
    change(&pair)
    return pair
  }

  @Test func whatTheStandbyLacksIsNotReady() {
    let pair = Self.ahead {
      $0.commit(at: LSN(0x100_1800)); $0.commit(at: LSN(0x100_1900), in: OID(77))
    }
    let assessment = pair.assess()
    #expect(assessment.verdict == .atRisk && assessment.findings.first?.id == "A40")
    #expect(assessment.findings.first?.message == "This standby lacks 2 transactions (4 kB) that the primary has.")
    #expect(assessment.reason == "this standby lacks 2 transactions (4 kB) of the primary")
    #expect(assessment.slots.first { $0.slotName == "s1" }?.verdict == .ready)
  }

  @Test func walWithoutACommitCostsNothing() {
    let assessment = Self.ahead().assess()
    #expect(assessment.verdict == .ready)
    #expect(assessment.findings.first { $0.id == "A40" }?.severity == .info)
  }

  @Test func whatCouldNotBeReadIsNotNothing() {
    let assessment = Self.ahead { $0.primary.stretches[0].from = LSN(0x100_1F00) }.assess()
    #expect(assessment.verdict == .atRisk)
    #expect(assessment.findings.first?.message.contains("an unknown number of transactions") == true)
  }

  @Test func anEndInDoubtLeavesOpenHowMuchIsLacking() {
    let assessment = Self.ahead { $0.primary.wal.end?.validAgainFrom = LSN(0x100_2100) }.assess()
    #expect(assessment.verdict == .atRisk && assessment.findings.contains { $0.id == "A40" && $0.severity == .warning })
  }

  /// Of a primary that was captured while it ran nobody knows what it did since.
  @Test func evidenceOfEarlierDoesNotShowThatThereIsNoConsumer() {
    var pair = SamplePair()
    pair.primary.slots.removeAll { $0.state?.isLogical == true }
    pair.standby.slots = []
    RuleCoverageTests.running(&pair)
    var audit = pair.audit
    #expect(audit.assessments().first?.verdict == .ready)
    audit.primaryIsPresent = false
    let answer = audit.assessments().first
    #expect(
      answer?.verdict == .atRisk && answer?.reason == "the evidence of the primary is older than what happened since")
    #expect(answer?.findings.first { $0.id == "A40" }?.message.contains("while it ran") == true)
    // One that was down may have run again since.
    let ahead = Self.ahead()
    func down(_ assumed: Set<Premise>) -> Verdict? {
      var audit = Audit(primary: ahead.primary, standbys: [ahead.standby], assumed: assumed)
      audit.primaryIsPresent = false
      return audit.assessments().first?.verdict
    }
    #expect(down([]) == .atRisk && down([.primaryDown]) == .ready)
  }

  @Test func consumersDecideWhereThereAreSome() {
    var pair = SamplePair.withPrimaryAhead()
    pair.commit(at: LSN(0x100_1800), in: OID(77))
    pair.subscribers = [SamplePair.subscriber(at: SamplePair.confirmed)]
    let assessment = pair.assess()
    #expect(assessment.findings.first { $0.id == "A40" }?.severity == .warning)
    #expect(assessment.reason == nil)
  }

  @Test(arguments: [ServerVersion.v15, .v17, .v18])
  func itsOwnSlotIsReadyOnlyWhereItIsValid(version: ServerVersion) {
    var pair = SamplePair(version)
    pair.primary.slots.removeAll { $0.state?.isLogical == true }
    pair.standby.slots = []
    RuleCoverageTests.running(&pair)
    #expect(pair.assess().verdict == .ready && !pair.assess().findings.contains { $0.id == "A15" })
    pair.primary.changeSlot("s1") { $0.invalidation = .walRemoved }
    let lost = pair.assess()
    #expect(lost.verdict == .fixable && lost.slots.first?.verdict == .fixable)
    let words = [
      ServerVersion.v15: "until its follower streams again", .v17: "retains no WAL", .v18: "refuses its follower",
    ]
    #expect(lost.findings.first { $0.id == "A15" }?.message.contains(words[version] ?? "?") == true)
    pair.primary.slots = []
    let missing = pair.assess()
    #expect(missing.verdict == .fixable)
    #expect(missing.reason == "its slot s1 is not on the primary")
    // What is set is not to be set.
    #expect(missing.findings.first { $0.id == "A15" }?.remedy == "Create the physical slot s1 on the primary.")
  }

  /// Nothing more comes through it.
  @Test func aDeadPrimarysSlotIsNoMatterOnceAllWasReceived() {
    var pair = SamplePair()
    pair.primary.slots = []
    pair.standby.slots = []
    let assessment = pair.assess()
    #expect(assessment.verdict == .ready && assessment.findings.contains { $0.id == "A15" && $0.severity == .warning })
    #expect(
      assessment.findings.first { $0.id == "A15" }?.remedy?.hasPrefix("The primary is down: it changes nothing") == true
    )
  }

  @Test func aRunningPrimarySendsTheRest() {
    let behind = Self.ahead {
      RuleCoverageTests.running(&$0)
      $0.standby.startFiles.postmasterPIDPresent = true
      $0.standby.startFiles.postmasterAlive = true
    }
    #expect(behind.assess().verdict == .ready)
    var stopped = behind
    stopped.standby.startFiles.postmasterPIDPresent = false
    stopped.standby.startFiles.postmasterAlive = false
    #expect(stopped.assess().verdict == .atRisk)
    var far = behind
    far.primary.setEnd(LSN(0x120_2000))
    let segments = SegmentRun(timeline: TimelineID(1), first: SegmentNumber(16), last: SegmentNumber(18))
    far.primary.wal.live = [segments]
    #expect(far.assess().verdict == .waiting)
    #expect(far.assess().reason?.hasPrefix("this standby is 2 MB behind") == true)
    // What it lacks is not on the primary any more.
    far.primary.wal.live[0].first = SegmentNumber(18)
    #expect(far.assess().verdict == .atRisk && far.assess().findings.contains { $0.id == "A41" })
  }
}
