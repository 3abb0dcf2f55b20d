import ByteReading
import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

@Suite struct RecognizedFileReaderTests {
  private let scratch = ScratchDirectory()

  private func realSlot() throws -> [UInt8] {
    try FileTree.contents(of: Fixtures.node("pg17-clean", "data").path + "/pg_replslot/fo_slot/state")
  }

  @Test func theVersionIsThatOfTheDirectory() throws {
    let path = try Fixtures.node("pg17-clean", "data").path + "/pg_replslot/fo_slot/state"
    guard case .decoded(.slotState(let slot)) = try RecognizedFileReader.read(path).outcome else {
      Issue.record("not decoded")
      return
    }
    #expect(slot.name == "fo_slot" && slot.writtenBy == [.v17])
  }

  @Test func withoutADirectoryEveryVersionIsPossible() throws {
    let path = scratch.write("lonely", try realSlot())
    guard case .decoded(.slotState(let slot)) = try RecognizedFileReader.read(path).outcome else {
      Issue.record("not decoded")
      return
    }
    #expect(slot.writtenBy == [.v17, .v18, .v19])
  }

  @Test func aFileOfAnotherMajorIsDecodedWithTheMismatch() throws {
    scratch.write("PG_VERSION", "16\n")
    let path = scratch.write("pg_replslot/a/state", try realSlot())
    let result = try RecognizedFileReader.read(path)
    #expect(result.mismatch?.code == .unsupportedVersion && result.mismatch?.expected == "3")
    guard case .decoded = result.outcome else {
      Issue.record("not decoded")
      return
    }
  }

  @Test func damageOutweighsTheMismatch() throws {
    scratch.write("PG_VERSION", "16\n")
    var bytes = try realSlot()
    bytes[100] ^= 1
    guard case .damaged(let error) = try RecognizedFileReader.read(scratch.write("a/b/state", bytes)).outcome else {
      Issue.record("not damaged")
      return
    }
    #expect(error.code == .badChecksum)
  }

  @Test func aSegmentIsToldByItsFirstPage() throws {
    let folder = try Fixtures.node("pg17-crash", "data").path + "/pg_wal"
    let name = try #require(FileTree.entries(of: folder).first { $0.utf8.count == 24 })
    let result = try RecognizedFileReader.read("\(folder)/\(name)")
    guard case .decoded(.walSegment(let head)) = result.outcome else {
      Issue.record("not a segment")
      return
    }
    #expect(head.segmentName.text == name && head.segmentSize == 1 << 20)
  }
}
