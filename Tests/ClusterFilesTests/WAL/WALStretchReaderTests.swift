import Evidence
import FixtureSupport
import Glibc
import PostgresFormat
import Testing

@testable import ClusterFiles

/// WAL with holes, read as stretches, and no more of them than memory should hold.
@Suite struct WALStretchReaderTests {
  private let scratch = ScratchDirectory()

  /// Of a copy of a node, every second segment is taken away.
  private func reader() throws -> WALStretchReader {
    let folder = scratch.path
    try ExternalProgram.run("/bin/cp", ["-r", Fixtures.node("pg17-crash", "data").path + "/.", folder])
    let names = FileTree.entries(of: folder + "/pg_wal").filter { SegmentName($0.utf8) != nil }
    for (index, name) in names.enumerated() where index % 2 == 1 { #expect(unlink("\(folder)/pg_wal/\(name)") == 0) }
    return try #require(WALStretchReader(DataDirectory(path: folder).gather(), dataDirectory: folder))
  }

  @Test func aStretchEndsAtEachHole() async throws {
    let reader = try reader()
    let stretches = try await reader.stretches(from: nil)
    try #require(stretches.count >= 4)
    for (one, next) in zip(stretches, stretches.dropFirst()) { #expect(one.to < next.from) }
    // As many threads as there are give the same.
    #expect(try await reader.stretches(from: nil, jobs: 3) == stretches)
    // From a position on, what lies before its segment is left out.
    #expect(try await reader.stretches(from: stretches[2].from) == Array(stretches[2...]))
  }

  @Test func theOldestAreLeftOutWhereThereAreTooMany() async throws {
    var reader = try reader()
    let whole = try await reader.stretches(from: nil)
    for limit in [1, 2, whole.count, whole.count + 1] {
      reader.limit = limit
      #expect(try await reader.stretches(from: nil) == Array(whole.suffix(limit)))
    }
  }

  @Test func whatFollowsTooManyBreaksStaysOpen() async throws {
    var reader = try reader()
    let whole = try await reader.stretches(from: nil)
    reader.attemptLimit = 2
    #expect(try await reader.stretches(from: nil) == Array(whole.prefix(2)))
  }

  @Test func theOldestAreLeftOutWhereTheyHoldTooMuch() async throws {
    var reader = try reader()
    let whole = try await reader.stretches(from: nil)
    let counts = whole.map(\.entryCount)
    #expect(counts.allSatisfy { $0 > 0 })
    reader.entryLimit = counts.suffix(2).reduce(0, +)
    #expect(try await reader.stretches(from: nil) == Array(whole.suffix(2)))
    reader.entryLimit -= 1
    #expect(try await reader.stretches(from: nil) == Array(whole.suffix(1)))
    // One stays, whatever it holds.
    reader.entryLimit = 0
    #expect(try await reader.stretches(from: nil) == Array(whole.suffix(1)))
  }
}
