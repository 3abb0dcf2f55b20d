import ByteReading
import Testing

@testable import PostgresFormat

@Suite struct TimelineHistoryTests {
  private func parse(
    _ text: String, _ timeline: UInt32 = 9, _ version: ServerVersion? = nil
  ) throws(FormatError) -> (history: TimelineHistory, warnings: [FormatError]) {
    let bytes = Array(text.utf8)
    return try TimelineHistory.parsing(bytes.span.bytes, timeline: TimelineID(timeline), version: version)
  }

  @Test func whatServersWrite() throws {
    let parsed = try parse("1\t0/302B9E0\tno recovery target specified\n\n2\t0/03024140\tat restore point \"x\"\n", 3)
    #expect(
      parsed.history.ancestors == [
        .init(timeline: TimelineID(1), switchPoint: LSN(0x302_B9E0), reason: "no recovery target specified"),
        .init(timeline: TimelineID(2), switchPoint: LSN(0x302_4140), reason: "at restore point \"x\""),
      ])
    #expect(parsed.history.timeline == TimelineID(3))
    #expect(parsed.warnings.map(\.field) == ["switchpoint"])
    #expect(parsed.warnings.first?.offset == 42)
  }

  @Test(arguments: ["", "\n", "# a comment\n   # another\n\n", " \t\r\n"])
  func nothingButCommentsIsAnEmptyHistory(text: String) throws {
    let parsed = try parse(text)
    #expect(parsed.history.ancestors.isEmpty && parsed.warnings.isEmpty)
  }

  @Test(arguments: ["1\t0/A\tr\r\n", "  1   0/A", "1 0/a x"])
  func whiteSpaceIsFree(text: String) throws {
    let parsed = try parse(text)
    #expect(parsed.history.ancestors.map(\.switchPoint) == [LSN(10)])
    #expect(parsed.warnings.isEmpty)
  }

  /// What `sscanf` makes of it.
  @Test(arguments: [
    ("1A/B", 1, 0xA_0000_000B), ("1\t0x1/0XA\n", 1, 0x1_0000_000A), ("+2 0/A", 2, 10), ("1 0/Axyz", 1, 10),
    ("4294967297 0/A", 1, 10), ("1 -1/0", 1, 0xFFFF_FFFF_0000_0000), ("1 0x/1", 1, 1),
    ("1 99999999999999999999/0", 1, 0xFFFF_FFFF_0000_0000),
  ])
  func whatOnlyAReaderAcceptsIsAWarning(text: String, timeline: UInt32, lsn: UInt64) throws {
    let parsed = try parse(text)
    #expect(parsed.history.ancestors.map(\.timeline) == [TimelineID(timeline)])
    #expect(parsed.history.ancestors.map(\.switchPoint) == [LSN(lsn)])
    #expect(parsed.warnings.map(\.code) == [.badSyntax])
  }

  @Test func theLowHalfIsLimitedToEightCharactersFromNineteen() throws {
    #expect(try parse("1 0/123456789", 2, .v18).history.ancestors.map(\.switchPoint) == [LSN(0x2345_6789)])
    #expect(try parse("1 0/123456789", 2, .v19).history.ancestors.map(\.switchPoint) == [LSN(0x1234_5678)])
  }

  @Test func aLongLineComesInPieces() throws {
    let reason = String(repeating: "x", count: 1023 - 6)
    let parsed = try parse("1\t0/A\t" + reason + "2\t0/B\tsecond\n")
    #expect(parsed.history.ancestors.map(\.timeline) == [TimelineID(1), TimelineID(2)])
    #expect(parsed.warnings.map(\.field) == ["line"])
    #expect(throws: FormatError.self) { _ = try parse("1\t0/A\t" + reason + "yy\n") }
  }

  @Test func aLineEndsAtANUL() throws {
    #expect(try parse("1\t0/A\tone\0two\n").history.ancestors.map(\.reason) == ["one"])
    #expect(throws: FormatError.self) { _ = try parse("1\t0/\0A\n") }
  }

  // Malformations: what the server refuses.

  @Test func aLineWithoutATimeline() {
    let error = FormatError(
      .badSyntax, at: 7, field: "timeline", expected: "a numeric timeline ID", found: "x\t0/B\n")
    #expect(throws: error) { _ = try parse("1 0/A\n\nx\t0/B\n") }
  }

  @Test(arguments: ["1\n", "1 \n", "1 0\n", "1 0 /1\n", "1 0/\n", "1 /1\n", "1 g/1"])
  func aLineWithoutASwitchPoint(text: String) {
    let error = #expect(throws: FormatError.self) { _ = try parse(text) }
    #expect(error?.field == "switchpoint" && error?.code == .badSyntax)
  }

  @Test func timelinesThatDoNotIncrease() {
    #expect(throws: FormatError(.badValue, at: 6, field: "order", expected: "greater than 2", found: "2")) {
      _ = try parse("2 0/A\n2 0/B\n")
    }
  }

  @Test func anAncestorThatIsNotBelowTheFilesOwnTimeline() {
    #expect(throws: FormatError(.badValue, at: 6, field: "child", expected: "less than 2", found: "2")) {
      _ = try parse("1 0/A\n2 0/B\n", 2)
    }
  }

  /// As a server searches them: recovery to a point before the switch to timeline 2, in the same segment.
  @Test func switchPointsMayGoBackwards() {
    func entry(_ timeline: UInt32, _ lsn: UInt64) -> TimelineHistory.Entry {
      TimelineHistory.Entry(timeline: TimelineID(timeline), switchPoint: LSN(lsn), reason: "")
    }
    let back = TimelineHistory(timeline: TimelineID(3), ancestors: [entry(1, 0x778), entry(2, 0x710)])
    #expect([0x700, 0x710, 0x740, 0x778, 0x800].map { back.timeline(of: LSN($0)).rawValue } == [1, 3, 3, 3, 3])
    #expect(back.switchPoint(of: TimelineID(1)) == LSN(0x710) && back.switchPoint(of: TimelineID(2)) == LSN(0x710))
    #expect(back.spans.map(\.timeline.rawValue) == [1, 3])
    let forth = TimelineHistory(timeline: TimelineID(3), ancestors: [entry(1, 0x710), entry(2, 0x778)])
    #expect([0x700, 0x710, 0x740, 0x778, 0x800].map { forth.timeline(of: LSN($0)).rawValue } == [1, 2, 2, 3, 3])
    #expect(forth.switchPoint(of: TimelineID(1)) == LSN(0x710))
    #expect(TimelineHistory(timeline: TimelineID(1)).timeline(of: LSN(5)) == TimelineID(1))
  }
}
