import Evidence
import PostgresFormat
import SlotSafety
import Testing

/// Whether a standby can still receive what it lacks, and what is advised where it cannot.
@Suite struct CatchUpTests {
  /// Segments of 1 MB: the standby ends in number 16, the primary, which was killed, in number 19.
  @Sendable static func behind(_ pair: inout SamplePair) {
    let end = LSN(0x130_0400)
    pair.primary.control?.value.state = .inProduction
    pair.primary.setEnd(end)
    pair.primary.wal.live = [
      SegmentRun(timeline: TimelineID(1), first: SegmentNumber(16), last: SegmentNumber(19))
    ]
    pair.primary.set("synchronized_standby_slots", "")
    pair.primary.commit(at: LSN(0x130_0200))
  }

  /// The primary has removed all but the last.
  @Sendable static func cutOff(_ pair: inout SamplePair) {
    behind(&pair)
    pair.primary.wal.live = [SegmentRun(timeline: TimelineID(1), first: SegmentNumber(19), last: SegmentNumber(19))]
    pair.primary.stretches[0].from = LSN(0x130_0000)
  }

  private static func pair(_ change: (inout SamplePair) -> Void) -> SamplePair {
    var pair = SamplePair()
    change(&pair)
    return pair
  }

  private static func finding(_ pair: SamplePair, archive: [WALStretch] = []) -> Finding? {
    Audit(primary: pair.primary, standbys: [pair.standby], archive: archive).assess(pair.standby).findings.first {
      $0.id == "A41"
    }
  }

  @Test func whatIsNowhereIsNamed() throws {
    let found = try #require(Self.finding(Self.pair(Self.cutOff)))
    #expect(found.severity == .error)
    #expect(
      found.message
        == "This standby cannot catch up from this primary: segments 000000010000000000000010 to 000000010000000000000012 are nowhere."
    )
    #expect(found.remedy == "Give an archive that has them (--archive), or build the standby anew.")
    #expect(Self.finding(Self.pair(Self.behind)) == nil)
  }

  /// Nothing asks for WAL that cannot come.
  @Test func noRemedyAsksForIt() {
    let pair = Self.pair(Self.cutOff)
    #expect(pair.assess().findings.allSatisfy { $0.remedy?.contains("Let the standby receive") != true })
    #expect(
      Self.pair(Self.behind).assess().findings.contains { $0.remedy?.contains("Let the standby receive") == true })
  }

  /// An archive that has all of it, or a part: its first record begins within a segment.
  @Test func theArchiveCounts() throws {
    let pair = Self.pair(Self.cutOff)
    func stretch(_ from: UInt64, _ to: UInt64) -> WALStretch {
      WALStretch(from: LSN(from), to: LSN(to), activity: WALActivity())
    }
    let whole = try #require(Self.finding(pair, archive: [stretch(0x100_0000, 0x130_0000)]))
    #expect(whole.severity == .warning && whole.remedy?.contains("restore_command") == true)
    let part = try #require(Self.finding(pair, archive: [stretch(0x110_0040, 0x130_0000)]))
    #expect(part.message.contains("segment 000000010000000000000010 is nowhere"))
  }

  /// Its slot on the primary is past these files: they are old ones.
  @Test func olderFilesOfTheStandbyProveNothing() {
    var pair = Self.pair(Self.cutOff)
    pair.primary.changeSlot("s1") { $0.restartLSN = LSN(0x120_0000) }
    #expect(Self.finding(pair) == nil)
  }

  @Test func noPlanWaitsForWhatNeverComes() throws {
    var pair = Self.pair(Self.cutOff)
    #expect(try PrimaryDownTests.plan(pair).parts.allSatisfy { $0.stage == .afterPromotion })
    let refusal = #expect(throws: PlanRefusal.self) {
      try PrimaryDownTests.plan(pair, PlanRequest(approach: .failoverSlots))
    }
    #expect(
      refusal?.message
        == "this standby cannot catch up from this primary: segments 000000010000000000000010 to 000000010000000000000012 are nowhere"
    )
    pair.primary.startFiles.postmasterPIDPresent = true
    pair.primary.startFiles.postmasterAlive = true
    #expect(throws: PlanRefusal.self) { try PrimaryDownTests.plan(pair) }
  }
}
