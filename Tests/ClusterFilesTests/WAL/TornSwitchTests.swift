import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

/// A promotion where the last record of the old timeline breaks off at the end of a segment whose successor never came: the
/// situation of PostgreSQL's recovery test 043_no_contrecord_switch.
@Suite struct TornSwitchTests {
  /// Both timelines, and the records: those before the torn one, and those of the new timeline.
  private static func folder(oldGoesOn: Bool) throws -> (ScratchDirectory, before: [LSN], lost: LSN, after: [LSN]) {
    var builder = WALBuilder(version: .v17)
    for _ in 0..<200 { builder.record(main: [UInt8](repeating: 3, count: 200)) }
    while builder.bytes.count < (1 << 20) - 8192 { builder.record(main: [UInt8](repeating: 3, count: 2000)) }
    builder.fill(leaving: 800)
    let (before, link) = (builder.starts, builder.previous)
    var old = builder
    let lost = old.record(main: [UInt8](repeating: 9, count: 5000))
    old.record(main: [8])
    _ = builder.raw(manager: 10, info: 0, body: [255, 200] + [UInt8](repeating: 1, count: 200))
    // What the old timeline has of the record is all the same up to the segment's end.
    builder.timeline = TimelineID(2)
    let replacement = builder.abandon(lost, previous: link)
    builder.record(main: [2])
    let scratch = ScratchDirectory()
    scratch.write("000000010000000000000003", old.segments[0])
    if oldGoesOn { scratch.write("000000010000000000000004", old.segments[1]) }
    scratch.write("000000020000000000000004", builder.segments[1])
    scratch.write("00000002.history", "1\t0/400000\tno recovery target specified\n")
    return (scratch, before, lost, [replacement, builder.previous])
  }

  private static func source(_ scratch: ScratchDirectory, timeline: TimelineID? = nil) throws -> WALSource {
    var request = WALSource.Request()
    (request.folders, request.timeline) = ([scratch.path], timeline)
    return try WALSource(request)
  }

  private static func starts(_ source: WALSource) async throws -> ([LSN], WALStop) {
    let walked = try await WALWalkTests.walk(source, jobs: 2)
    return (walked.lines.map(\.start), walked.outcome.stop)
  }

  @Test(arguments: [false, true])
  func theNewTimelinePassesOverIt(oldGoesOn: Bool) async throws {
    let (scratch, before, _, after) = try Self.folder(oldGoesOn: oldGoesOn)
    let (found, stop) = try await Self.starts(Self.source(scratch))
    #expect(found == before + after)
    #expect(stop.reason == .zeroLength, "\(stop)")
  }

  @Test func theOldTimelineEndsInsideIt() async throws {
    let (scratch, before, lost, _) = try Self.folder(oldGoesOn: false)
    let (found, stop) = try await Self.starts(Self.source(scratch, timeline: TimelineID(1)))
    #expect(found == before)
    #expect(stop.record == lost || stop.reason == .incompleteRecord)
  }

  @Test func theOldTimelineMayHaveAllOfIt() async throws {
    let (scratch, before, lost, _) = try Self.folder(oldGoesOn: true)
    let (found, _) = try await Self.starts(Self.source(scratch, timeline: TimelineID(1)))
    #expect(found.prefix(before.count + 1) == (before + [lost])[...])
    #expect(found.count == before.count + 2)
  }
}
