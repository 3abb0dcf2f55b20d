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

  /// In each text secrets are looked for, and some of it is shown: that takes time and memory of many times its size.
  @Test func longerTextsThanEvidenceHasAreNotDecoded() throws {
    let folder = ScratchDirectory()
    let megabyte = String(repeating: "a", count: 1 << 20)
    func list(_ text: String, _ count: Int) -> String {
      "[" + Array(repeating: "\"\(text)\"", count: count).joined(separator: ",") + "]"
    }
    let documents: [(String, Bool)] = [
      ("{\"a\":\"\(megabyte)a\"}", true), ("{\"\(megabyte)a\":1}", true), ("{\"a\":\"\(megabyte)\"}", false),
      (list(megabyte, 9), true), (list(megabyte, 8), false),
      (list(String(repeating: "a", count: 1000), 20_000), false),
      ("{\"a\":\"\(String(repeating: "\\\\", count: 600_000))\"}", true),
    ]
    for (document, isRefused) in documents {
      let path = folder.write("evidence.json", document)
      let error = #expect(throws: EvidenceFile.ReadError.self) { try EvidenceFile.read(path) }
      #expect(error?.message.contains("text") == isRefused, "\(error as Any)")
    }
  }

  @Test func settingsAreNotMoreThanAreGathered() throws {
    func settings(_ count: Int, _ value: String) -> [SettingAssignment] {
      let one = SettingAssignment(name: "work_mem", value: value, path: "postgresql.conf", line: 1, origin: .file)
      return Array(repeating: one, count: count)
    }
    #expect(try isTaken { $0.settings.assignments = settings(1000, "4MB") })
    #expect(try !isTaken { $0.settings.assignments = settings(SettingsEvidence.assignmentLimit + 1, "") })
    #expect(try !isTaken { $0.settings.recovery = settings(15_000, String(repeating: "a", count: 900)) })
  }

  /// A forged file with the longest of texts is read in a moment: in each of them secrets are looked for byte by byte.
  @Test func longTextsAreReadSoon() throws {
    var evidence = try DataDirectory(path: Fixtures.node("pg17-clean", "data").path).gather()
    let values = ["a", "cp 'a' %f b c;", "password=a ", "host=a ", "a,", "u:a@b://"].map {
      String(repeating: $0, count: 60_000 / $0.utf8.count)
    }
    evidence.settings.assignments = ["work_mem", "restore_command", "primary_conninfo", "search_path"].flatMap { name in
      values.map { SettingAssignment(name: name, value: $0, path: "postgresql.conf", line: 1, origin: .file) }
    }
    let folder = ScratchDirectory()
    let path = folder.write("evidence.json", try EvidenceFile.encode(evidence))
    let start = ContinuousClock.now
    _ = try EvidenceFile.read(path)
    // 1.4 MB, in a build that is not optimized, on a machine that does other things, too.
    #expect(ContinuousClock.now - start < .seconds(20))
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
