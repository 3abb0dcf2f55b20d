import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

/// Evidence files that say what no directory does.
@Suite struct ForgedEvidenceTests {
  /// Whether an evidence file is taken after a change of what a real directory gave.
  private func isTaken(_ change: (inout Evidence) -> Void) throws -> Bool {
    var evidence = try DataDirectory(path: Fixtures.node("pg17-clean", "data").path).gather()
    change(&evidence)
    let folder = ScratchDirectory()
    let path = folder.write("evidence.json", try EvidenceFile.encode(evidence))
    return (try? EvidenceFile.read(path)) != nil
  }

  @Test func whatADirectoryGaveIsTaken() throws {
    #expect(try isTaken { _ in })
  }

  @Test(arguments: [0, -1, 3 << 20, 1 << 19, 1 << 31, 1 << 33, .max])
  func aSegmentSizeThatNoServerHasIsRefused(_ size: Int) throws {
    #expect(try !isTaken { $0.wal.segmentSize = size })
  }

  @Test func runsAndGapsGoForwardWithinTheRangeOfAnLSN() throws {
    let one = TimelineID(1)
    let (low, high) = (SegmentNumber(3), SegmentNumber(5))
    #expect(try isTaken { $0.wal.gaps = [SegmentGap(timeline: one, first: low, last: high)] })
    #expect(try !isTaken { $0.wal.gaps = [SegmentGap(timeline: one, first: high, last: low)] })
    #expect(try !isTaken { $0.wal.live = [SegmentRun(timeline: one, first: high, last: low)] })
    #expect(try !isTaken { $0.wal.live = [SegmentRun(timeline: one, first: low, last: SegmentNumber(.max))] })
  }

  /// Counters whose sums would not fit are refused, so that sums never wrap around.
  @Test func countsThatNoWALHasAreRefused() throws {
    func isTaken(rows: UInt64, bytes: UInt64 = 0, commits: UInt64 = 0) throws -> Bool {
      try self.isTaken { evidence in
        var database = DatabaseActivity(database: OID(5))
        var commit = CommitEvent(
          xid: TransactionID(700), start: LSN(0x20), end: LSN(0x40), time: Timestamp(unixSeconds: 0), bytes: bytes)
        commit.relations = [RelationChanges(relation: RelationLocator(tablespace: OID(1), database: OID(5), number: 9))]
        commit.relations[0].inserts = rows
        database.commits = [commit]
        database.earlier = [CommitBucket(first: LSN(8), last: LSN(8), commits: commits, rows: 0, bytes: 0)]
        var activity = WALActivity()
        activity.databases = [database]
        evidence.stretches = [WALStretch(from: LSN(8), to: LSN(0x100), activity: activity)]
      }
    }
    #expect(try isTaken(rows: 1 << 50, bytes: 1 << 50, commits: 1 << 50))
    #expect(try !isTaken(rows: 1 << 56))
    #expect(try !isTaken(rows: .max, bytes: 1))
    #expect(try !isTaken(rows: 1 << 55, bytes: 1 << 55))
    #expect(try !isTaken(rows: 0, commits: .max))
  }

  /// Each would take a hundred bytes and a microsecond or two.
  @Test func moreValuesThanEvidenceHasAreNotDecoded() throws {
    let folder = ScratchDirectory()
    let many = "{\"a\":[\(String(repeating: "1,", count: 3_000_000))1]}"
    let text = "{\"a\":\"\(String(repeating: ",[\\\"", count: 2_000_000))\"}"
    for (document, isRefused) in [(many, true), (text, false)] {
      let path = folder.write("evidence.json", document)
      let error = #expect(throws: EvidenceFile.ReadError.self) { try EvidenceFile.read(path) }
      #expect(error?.message.contains("values") == isRefused)
    }
  }

  @Test func slotsHaveFoldersOfTheirOwnAndAreNotTooMany() throws {
    func slots(_ names: some Sequence<Int>) -> [SlotEvidence] {
      names.map { SlotEvidence(directory: "s\($0)", path: "pg_replslot/s\($0)/state", state: nil) }
    }
    #expect(try isTaken { $0.slots = slots(0..<Evidence.slotLimit) })
    #expect(try !isTaken { $0.slots = slots(0...Evidence.slotLimit) })
    #expect(try !isTaken { $0.slots = slots([1, 2, 1]) })
  }

  @Test func problemsAreNotTooMany() throws {
    let problem = Problem(subject: "slot_folder", path: "pg_replslot", cause: .other(code: "x", message: "y"))
    for (more, isRefused) in [(0, false), (1, true)] {
      #expect(
        try isTaken { $0.problems = Array(repeating: problem, count: Evidence.problemLimit + more) } == !isRefused)
    }
  }

  @Test func aStretchGoesForward() throws {
    #expect(try !isTaken { $0.stretches = [WALStretch(from: LSN(9), to: LSN(8), activity: WALActivity())] })
  }
}
