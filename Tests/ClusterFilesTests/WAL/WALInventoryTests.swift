import Evidence
import FixtureSupport
import Glibc
import PostgresFormat
import Testing

@testable import ClusterFiles

/// Folders with all kinds of files in them.
@Suite struct WALInventoryTests {
  @Test(arguments: [
    ("000000010000000000000005", true), ("000000010000000000000005.partial", true),
    ("000000010000000000000005.gz", true), ("000000010000000000000005.gz.partial", true),
    ("000000010000000000000005.lz4", true), ("000000010000000000000005.br", true),
    ("000000010000000000000005.partial.gz", true), ("000000010000000000000005-0123456789abcdef.zst", true),
    ("000000010000000000000005.00000028.backup", false), ("000000010000000000000005.ready", false),
    ("000000010000000000000005x", false), ("00000001000000000000000a", false), ("00000002.history", false),
    ("xlogtemp.123", false), ("archive_status", false), ("", false),
  ])
  func names(name: String, isSegment: Bool) {
    let found = Array(name.utf8).withUnsafeBytes { ArchiveEntryName($0) }
    if case .segment = found { #expect(isSegment) } else { #expect(!isSegment) }
  }

  private func segment(_ name: String, node: FixtureNode) throws -> [UInt8] {
    try FileTree.contents(of: "\(node.path)/pg_wal/\(name)")
  }

  @Test func liveRecycledAndPreparedFilesAreToldApart() throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let names = FileTree.entries(of: node.path + "/pg_wal").filter { SegmentName($0.utf8) != nil }
    let scratch = ScratchDirectory()
    let live = try segment(names[0], node: node)
    scratch.write(names[0], live)
    scratch.write("000000010000000000000030", live)
    scratch.write("000000010000000000000031", [UInt8](repeating: 0, count: 1 << 20))
    scratch.write("000000010000000000000032", [UInt8](repeating: 0xAB, count: 1 << 20))
    scratch.write("000000010000000000000033", [1, 2, 3])
    scratch.write("000000010000000000000034", [])
    scratch.write("000000010000000000000035", [0x42, 0x5A, 0x68] + [UInt8](repeating: 1, count: 100))
    scratch.write(names[1] + ".partial", try segment(names[1], node: node))
    #expect(mkfifo(scratch.path + "/000000010000000000000036", 0o600) == 0)
    #expect(mkdir(scratch.path + "/000000010000000000000037", 0o700) == 0)
    #expect(symlink("/nowhere", scratch.path + "/000000010000000000000038") == 0)
    var inventory = WALInventory()
    try inventory.add(folder: scratch.path)
    inventory.sort()
    let isSettled = inventory.settleGeometry()
    #expect(isSettled)
    #expect(inventory.geometry?.segmentSize == 1 << 20)
    let states = Dictionary(uniqueKeysWithValues: inventory.files.map { ($0.name.text.suffix(2), $0.state) })
    #expect(states[names[0].suffix(2)] == .live && states[names[1].suffix(2)] == .live)
    #expect(states["30"] == .recycled && states["31"] == .preallocated && states["32"] == .foreign)
    #expect(states["33"] == .tooShort && states["34"] == .tooShort && states["35"] == .packed)
    #expect(states["38"] == .unreadable)
    // The pipe and the folder are never opened.
    #expect(states["36"] == nil && states["37"] == nil)
    #expect(inventory.problems.count == 7)
  }

  /// However many files hold nothing, the one that holds WAL tells version and size. It is the second in order, where a
  /// sample that begins with the first passes it by.
  @Test func oneReadableFileAmongVeryManyIsFound() throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let name = try #require(FileTree.entries(of: node.path + "/pg_wal").first { SegmentName($0.utf8) != nil })
    var inventory = WALInventory()
    for number in [0] + (10_000..<130_000) {
      let missing = SegmentName(timeline: TimelineID(1), number: SegmentNumber(UInt64(number)), size: 1 << 20)
      _ = inventory.add(file: "/nowhere/\(missing)")
    }
    _ = inventory.add(file: "\(node.path)/pg_wal/\(name)")
    inventory.sort()
    #expect(inventory.files.count == 120_002)
    #expect(inventory.fileName(of: inventory.files[1]) == name)
    let isSettled = inventory.settleGeometry()
    #expect(isSettled && inventory.geometry?.segmentSize == 1 << 20)
  }

  @Test func aSymbolicLinkToTheFolderIsFollowedAndTold() throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let scratch = ScratchDirectory()
    #expect(symlink(node.path + "/pg_wal", scratch.path + "/pg_wal") == 0)
    let (wal, problems) = WALEvidence.gather(
      dataDirectory: scratch.path, version: .v17, control: nil, history: TimelineHistory(timeline: TimelineID(1)))
    #expect(problems.isEmpty)
    #expect(wal.linkTarget == node.path + "/pg_wal")
    #expect(!wal.live.isEmpty)
  }

  @Test func aMissingFolderIsAProblem() {
    let scratch = ScratchDirectory()
    let (wal, problems) = WALEvidence.gather(dataDirectory: scratch.path, version: .v17, control: nil, history: nil)
    #expect(problems.count == 1 && problems[0].path == "pg_wal")
    #expect(wal.end == nil)
  }

  @Test func aFileShorterThanItsSegmentEndsTheWAL() throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let scratch = try WALWalkTests.folder(node) { name, bytes in
      (name, name.hasSuffix("7") ? Array(bytes.prefix(100_000)) : bytes)
    }
    let source = try WALWalkTests.source(folder: scratch)
    let start = try #require(source.route.firstSegment?.start(size: 1 << 20))
    let end = WALEndSearch(source.route).find(firstRecordFrom: start).end
    #expect(end.stop.reason == .shortFile)
    #expect(end.stop.at == LSN(7 << 20).advanced(by: 98_304))
    #expect(end.validAgainFrom != nil)
  }

  @Test func anArchiveDividedIntoFoldersIsRead() throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let names = FileTree.entries(of: node.path + "/pg_wal").filter { SegmentName($0.utf8) != nil }
    let scratch = ScratchDirectory()
    for name in names.prefix(3) {
      scratch.write(
        "\(name.prefix(16))/\(name)-0011223344556677889900112233445566778899", try segment(name, node: node))
    }
    var request = WALSource.Request()
    request.folders = [scratch.path]
    let source = try WALSource(request)
    #expect(source.route.liveSegments.count == 3)
  }

  @Test func gapsAndContradictionsAcrossFolders() throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let names = FileTree.entries(of: node.path + "/pg_wal").filter { SegmentName($0.utf8) != nil }
    let first = try WALWalkTests.folder(node) { names[2...3].contains($0) ? nil : ($0, $1) }
    let second = ScratchDirectory()
    second.write(names[2], try segment(names[2], node: node))
    // The same, one that was copied while it was being written, and one that differs.
    second.write(names[4], try segment(names[4], node: node))
    var early = try segment(names[5], node: node)
    for index in 409_700..<early.count { early[index] = 0 }
    second.write(names[5] + ".partial", early)
    var other = try segment(names[6], node: node)
    other[600_000] ^= 1
    second.write(names[6], other)
    let source = try WALWalkTests.source(folder: first, second)
    var coverage = try #require(WALCoverage(source.inventory, histories: source.histories))
    let missing = try #require(SegmentName(names[3].utf8)?.number(size: 1 << 20))
    #expect(coverage.timelines.count == 1)
    #expect(coverage.timelines[0].missing == [SegmentGap(timeline: TimelineID(1), first: missing, last: missing)])
    coverage.compareDuplicates { _ in }
    let verdicts = coverage.duplicates.map { $0.comparisons }
    #expect(verdicts == [[.same], [.oneIsShorter], [.different(at: 600_000)]])
    #expect(coverage.duplicates.map { $0.soundness.map(\.word) } == [[], [], ["whole", "damaged"]])
  }

  /// Of copies that differ the one that is whole is told, wherever the damage is.
  @Test(arguments: [0, 1, 24, 40, 60, 8195, 500_000, 1_048_570])
  func whichOfTwoCopiesIsWhole(offset: Int) throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let names = FileTree.entries(of: node.path + "/pg_wal").filter { SegmentName($0.utf8) != nil }
    let whole = try WALWalkTests.folder(node) { ($0, $1) }
    let damaged = ScratchDirectory()
    var bytes = try segment(names[4], node: node)
    bytes[offset] ^= 0x10
    damaged.write(names[4], bytes)
    for folders in [(whole, damaged), (damaged, whole)] {
      let source = try WALWalkTests.source(folder: folders.0, folders.1)
      var coverage = try #require(WALCoverage(source.inventory, histories: source.histories))
      coverage.compareDuplicates { _ in }
      // Of a first page that is none the file is told to be none.
      guard let duplicate = coverage.duplicates.first else {
        #expect(!source.inventory.problems.isEmpty && offset < 40)
        continue
      }
      #expect(duplicate.isContradiction, "\(duplicate.comparisons)")
      let words = zip(duplicate.paths, duplicate.soundness).map { ($0.hasPrefix(whole.path), $1.word) }
      #expect(words.allSatisfy { $1 == ($0 ? "whole" : "damaged") } && words.count == 2, "\(offset): \(words)")
    }
  }

  /// A page that was lost in the middle makes no copy that only ends earlier.
  @Test func aHoleIsNoEnd() throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let names = FileTree.entries(of: node.path + "/pg_wal").filter { SegmentName($0.utf8) != nil }
    let whole = try WALWalkTests.folder(node) { ($0, $1) }
    let holed = ScratchDirectory()
    var bytes = try segment(names[4], node: node)
    for index in 65_536..<73_728 { bytes[index] = 0 }
    holed.write(names[4], bytes)
    let source = try WALWalkTests.source(folder: whole, holed)
    var coverage = try #require(WALCoverage(source.inventory, histories: source.histories))
    coverage.compareDuplicates { _ in }
    #expect(coverage.duplicates.map(\.comparisons) == [[.different(at: 65_536)]])
    #expect(coverage.duplicates.first?.soundness.map(\.word) == ["whole", "damaged"])
  }

  @Test func pagesOfAnotherClusterAreNamed() throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let other = try Fixtures.node("pg17-clean", "data")
    let name = try #require(FileTree.entries(of: node.path + "/pg_wal").first { SegmentName($0.utf8) != nil })
    let scratch = ScratchDirectory()
    scratch.write(name, try segment(name, node: node))
    var inventory = WALInventory()
    try inventory.add(folder: scratch.path)
    inventory.sort()
    let bytes = try FileTree.contents(of: other.path + "/global/pg_control")
    let control = try ControlFile(parsing: bytes.span.bytes, version: .v17)
    inventory.settleGeometry(version: .v17, segmentSize: 1 << 20, systemIdentifier: control.systemIdentifier)
    #expect(inventory.others.map(\.name) == [SegmentName(name.utf8)])
    #expect(inventory.problems.map(\.cause) == [.state(.otherCluster)])
    let route = try #require(WALRoute(inventory, history: TimelineHistory(timeline: TimelineID(1))))
    #expect(WALEndSearch(route).find(from: nil) == nil)
  }
}
