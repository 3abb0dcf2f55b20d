import FixtureSupport
import Glibc
import PostgresFormat
import Testing

@testable import ClusterFiles

/// Files that change between the look at the folder and the reading, or while they are read.
@Suite struct ChangingFilesTests {
  /// A folder of the fixture's segments, the source that saw it, and the names in order.
  private func folder() throws -> (ScratchDirectory, WALSource, [String]) {
    let scratch = try WALWalkTests.folder(Fixtures.node("pg17-crash", "data")) { ($0, $1) }
    let names = FileTree.entries(of: scratch.path)
    return (scratch, try WALWalkTests.source(folder: scratch), names)
  }

  private func start(of name: String) throws -> LSN {
    try #require(SegmentName(name.utf8)?.number(size: 1 << 20)).start(size: 1 << 20)
  }

  /// A checkpoint of a running server removes segments while the folder is looked at. A link that leads nowhere stays a problem.
  @Test func aFileThatVanishesBeforeTheLookAtItsFirstPageIsNoProblem() throws {
    let scratch = try WALWalkTests.folder(Fixtures.node("pg17-crash", "data")) { ($0, $1) }
    let names = FileTree.entries(of: scratch.path)
    var inventory = WALInventory()
    try inventory.add(folder: scratch.path)
    inventory.sort()
    #expect(unlink("\(scratch.path)/\(names[0])") == 0 && unlink("\(scratch.path)/\(names[2])") == 0)
    #expect(symlink("/nonexistent", "\(scratch.path)/\(names[2])") == 0)
    let isSettled = inventory.settleGeometry()
    #expect(isSettled)
    #expect(inventory.files.map(\.name.text) == Array(names.dropFirst()))
    #expect(inventory.problems.map(\.path) == ["\(scratch.path)/\(names[2])"])

    for name in names.dropFirst() { #expect(unlink("\(scratch.path)/\(name)") == 0) }
    inventory.settleGeometry()
    #expect(inventory.files.isEmpty && inventory.exampleOfUnreadable.path == "\(scratch.path)/\(names[2])")
  }

  @Test(arguments: [1, 3])
  func aFileThatVanishesIsAMissingSegment(jobs: Int) async throws {
    let (scratch, source, names) = try folder()
    #expect(unlink("\(scratch.path)/\(names[6])") == 0)
    let outcome = try await WALWalkTests.walk(source, jobs: jobs).outcome
    #expect([.missingSegment, .incompleteRecord].contains(outcome.stop.reason))
    #expect(outcome.stop.at == (try start(of: names[6])))
    #expect(outcome.validAgain(on: source.route) != nil)
  }

  @Test(arguments: [1, 3])
  func aFileThatShrinksIsShort(jobs: Int) async throws {
    let (scratch, source, names) = try folder()
    #expect(truncate("\(scratch.path)/\(names[6])", 500_000) == 0)
    let outcome = try await WALWalkTests.walk(source, jobs: jobs).outcome
    #expect(outcome.stop.reason == .shortFile)
    #expect(outcome.stop.at == (try start(of: names[6])).advanced(by: 61 * 8192))
  }

  @Test(arguments: [1, 3])
  func aFileThatGrowsBehindItsSegmentIsReadToTheSegmentsEnd(jobs: Int) async throws {
    let (scratch, source, names) = try folder()
    let whole = try await WALWalkTests.walk(source, jobs: 1).lines
    #expect(truncate("\(scratch.path)/\(names[6])", 3 << 20) == 0)
    #expect(try await WALWalkTests.walk(source, jobs: jobs).lines == whole)
  }

  @Test(arguments: ["pipe", "folder", "device"])
  func whatTakesAFilesPlaceIsNotReadFrom(kind: String) async throws {
    let (scratch, source, names) = try folder()
    let path = "\(scratch.path)/\(names[6])"
    #expect(unlink(path) == 0)
    switch kind {
    case "pipe": #expect(mkfifo(path, 0o600) == 0)
    case "folder": #expect(mkdir(path, 0o700) == 0)
    default: #expect(symlink("/dev/zero", path) == 0)
    }
    let outcome = try await WALWalkTests.walk(source, jobs: 2).outcome
    #expect(outcome.stop.reason == .unreadable)
    #expect(outcome.problem?.path == path)
    #expect(outcome.problem?.sentence.hasSuffix("not a regular file") == true)
  }

  /// While a thread cuts, empties, overwrites and restores a file over and over, every record that is accepted is one of
  /// the original's, and nothing ends the process.
  @Test func aFileThatNeverRests() async throws {
    let (scratch, source, names) = try folder()
    let whole = Set(try await WALWalkTests.walk(source, jobs: 1).lines)
    let path = "\(scratch.path)/\(names[6])"
    let bytes = try FileTree.contents(of: path)
    let disturbance = Task.detached {
      var length = 0
      while !Task.isCancelled {
        length = (length + 77_777) % (1 << 20)
        truncate(path, off_t(length))
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        _ = unsafe bytes.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, 1 << 20, 0) }
        close(descriptor)
      }
    }
    for round in 0..<40 {
      let found = try await WALWalkTests.walk(source, jobs: 1 + round % 3, salvage: round % 2 == 1)
      #expect(whole.isSuperset(of: found.lines))
    }
    disturbance.cancel()
    await disturbance.value
  }
}
