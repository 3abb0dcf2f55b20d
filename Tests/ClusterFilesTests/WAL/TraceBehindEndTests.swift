import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

/// A byte that changes near the end of a crashed server's WAL does not make an earlier end of it.
@Suite struct TraceBehindEndTests {
  /// A copy of a crashed server's directory, its end of WAL, and the file with the end.
  private func crashed(_ fixture: String, in scratch: ScratchDirectory) throws -> (folder: String, end: WALEnd) {
    let node = try Fixtures.node(fixture, "data")
    let folder = "\(scratch.path)/data"
    try ExternalProgram.run("/usr/bin/cp", ["-a", node.path, folder])
    let end = try #require(try DataDirectory(path: folder).gather().wal.end)
    return (folder, end)
  }

  private func end(of folder: String) throws -> WALEnd {
    try #require(try DataDirectory(path: folder).gather().wal.end)
  }

  @Test(arguments: ["pg13-crash", "pg15-crash", "pg17-crash", "pg19-crash"])
  func nothingIsBehindTheEndOfACrashedServersWAL(fixture: String) throws {
    let scratch = ScratchDirectory()
    #expect(try crashed(fixture, in: scratch).end.traceBehind == nil)
  }

  @Test(arguments: ["pg13-crash", "pg17-crash", "pg19-crash"])
  func aLengthThatBecameZeroIsNoEnd(fixture: String) throws {
    let scratch = ScratchDirectory()
    let (folder, end) = try crashed(fixture, in: scratch)
    let last = try #require(end.lastRecord)
    let file = folder + "/" + (try #require(end.path))
    let offset = try #require(end.offset) - Int(end.lsn.bytes(since: last))
    try FileTree.change(file) { for index in 0..<4 { $0[offset + index] = 0 } }
    let damaged = try self.end(of: folder)
    #expect(damaged.lsn == last && damaged.stop.reason == .zeroLength)
    #expect(damaged.traceBehind != nil)
  }

  /// A length that reaches beyond the page makes an incomplete record of a whole one.
  @Test(arguments: ["pg13-crash", "pg17-crash", "pg19-crash"])
  func aLengthThatReachesBeyondThePageIsNoEnd(fixture: String) throws {
    let scratch = ScratchDirectory()
    let (folder, end) = try crashed(fixture, in: scratch)
    let last = try #require(end.lastRecord)
    let file = folder + "/" + (try #require(end.path))
    let offset = try #require(end.offset) - Int(end.lsn.bytes(since: last))
    try FileTree.change(file) { $0[offset + 1] ^= 0x40 }
    let damaged = try self.end(of: folder)
    #expect(damaged.lsn == last && damaged.stop.reason == .incompleteRecord)
    #expect(damaged.traceBehind == end.lsn)
  }

  /// The address of an older page makes a page that was used again of the last one.
  @Test(arguments: [UInt64(1) << 20, 16 << 20, 8192])
  func anOlderAddressIsNoEnd(_ less: UInt64) throws {
    let scratch = ScratchDirectory()
    let (folder, end) = try crashed("pg17-crash", in: scratch)
    let file = folder + "/" + (try #require(end.path))
    let page = try #require(end.offset) / 8192 * 8192
    let address = LSN(end.lsn.rawValue / 8192 * 8192)
    try FileTree.change(file) { bytes in
      for index in 0..<8 {
        bytes[page + 8 + index] = UInt8(truncatingIfNeeded: (address.rawValue - less) >> (8 * index))
      }
    }
    let damaged = try self.end(of: folder)
    #expect(damaged.lsn < end.lsn)
    #expect(damaged.traceBehind != nil || damaged.validAgainFrom != nil || !damaged.stop.reason.isOrdinaryEnd)
  }
}
