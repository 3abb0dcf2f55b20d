import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

/// The timeline histories of an archive.
@Suite struct ArchiveHistoriesTests {
  @Test func theFolderAndItsSubfolders() throws {
    let scratch = ScratchDirectory()
    scratch.write("00000002.history", "1\t0/3000000\tx\n")
    scratch.write("0000000200000000/00000003.history", "1\t0/3000000\tx\n2\t0/4000000\ty\n")
    scratch.write("00000004.history", "garbage\n")
    let (archive, problems) = try ArchivedTimelines.read(scratch.path)
    #expect(archive.histories.map(\.value.timeline.rawValue) == [2, 3])
    #expect(archive.histories.first?.path == scratch.path + "/00000002.history")
    #expect(problems.count == 1 && problems.first?.path.hasSuffix("00000004.history") == true)
    #expect(throws: FileError.self) { try ArchivedTimelines.read(scratch.path + "/nope") }
  }

  /// What a recovery could take from it: segments of this cluster, from where replay begins.
  @Test func theSegmentsThatItHas() throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let directory = try DataDirectory(path: node.path)
    var evidence = directory.gather()
    let names = FileTree.entries(of: node.path + "/pg_wal").filter { SegmentName($0.utf8) != nil }.sorted()
    let size = try #require(evidence.wal.segmentSize)
    let all = try names.prefix(3).map { name in try #require(SegmentName(name.utf8)?.number(size: size)) }
    let scratch = ScratchDirectory()
    func found() throws -> [SegmentRun] {
      try ArchivedTimelines.read(scratch.path, beside: (evidence, directory)).timelines.segments
    }
    for name in names.prefix(3).reversed() {
      scratch.write(name, try FileTree.contents(of: "\(node.path)/pg_wal/\(name)"))
    }
    scratch.write(names[2] + ".partial", "")
    evidence.control?.value.checkpoint.redo = all[0].start(size: size)
    #expect(try found() == [SegmentRun(timeline: TimelineID(1), first: all[0], last: all[2])])
    #expect(try ArchivedTimelines.read(scratch.path).timelines.segments == [], "of no node")
    // Another cluster's, and what lies before replay begins.
    try FileTree.change(scratch.path + "/" + names[2]) { $0[24] ^= 0x55 }
    #expect(try found() == [SegmentRun(timeline: TimelineID(1), first: all[0], last: all[1])])
    evidence.control?.value.checkpoint.redo = all[1].start(size: size)
    #expect(try found() == [SegmentRun(timeline: TimelineID(1), first: all[1], last: all[1])])
  }

  /// What the archiver takes next, and what an archive may have under its name.
  @Test func whatTheArchiverTakesNext() throws {
    let scratch = ScratchDirectory()
    let node = try Fixtures.node("pg17-crash", "data")
    try ExternalProgram.run("/bin/cp", ["-a", node.path, scratch.path + "/data"])
    let names = FileTree.entries(of: scratch.path + "/data/pg_wal").filter { SegmentName($0.utf8) != nil }.sorted()
    let (first, second) = (try #require(names.first), names[1])
    scratch.write("data/pg_wal/archive_status/\(first).ready", "")
    let directory = try DataDirectory(path: scratch.path + "/data")
    let evidence = directory.gather()
    #expect(evidence.wal.archiveQueue?.first == first)
    let own = try FileTree.contents(of: "\(scratch.path)/data/pg_wal/\(first)")
    func likeness(_ name: String, _ bytes: [UInt8]) throws -> ArchivedTimelines.Likeness? {
      let archive = ScratchDirectory()
      archive.write(name, bytes)
      return try ArchivedTimelines.read(archive.path, beside: (evidence, directory)).timelines.waiting?.likeness
    }
    #expect(try likeness(first, own) == .same)
    #expect(try likeness("0000000100000000/" + first, own) == .same)
    #expect(try likeness(second, own) == nil && likeness(first + ".partial", own) == nil)
    #expect(try likeness(first, Array(own.prefix(own.count / 2))) == .incomplete)
    #expect(
      try likeness(first, Array(own.prefix(own.count / 2)) + [UInt8](repeating: 0, count: own.count / 2)) == .incomplete
    )
    #expect(try likeness(first, []) == .incomplete)
    var changed = own
    changed[8192 + 100] ^= 0x40
    #expect(try likeness(first, changed) == .different)
    changed = own
    changed[24] ^= 0x40  // The system identifier in the first page.
    #expect(try likeness(first, changed) == .different)
    #expect(try likeness(first, try FileTree.contents(of: "\(scratch.path)/data/pg_wal/\(second)")) == .different)
  }

  @Test func aHistoryThatTheArchiverTakesNext() throws {
    let scratch = ScratchDirectory()
    let node = try Fixtures.node("pg17-crash", "data")
    try ExternalProgram.run("/bin/cp", ["-a", node.path, scratch.path + "/data"])
    let text = "1\t0/3000000\tno recovery target specified\n"
    scratch.write("data/pg_wal/00000002.history", text)
    scratch.write("data/pg_wal/archive_status/00000002.history.ready", "")
    let directory = try DataDirectory(path: scratch.path + "/data")
    func likeness(_ text: String) throws -> ArchivedTimelines.Likeness? {
      let archive = ScratchDirectory()
      archive.write("00000002.history", text)
      return try ArchivedTimelines.read(archive.path, beside: (directory.gather(), directory)).timelines.waiting?
        .likeness
    }
    #expect(try likeness(text) == .same && likeness(String(text.prefix(9))) == .incomplete)
    #expect(try likeness("1\t0/4000000\tother\n") == .different)
  }
}
