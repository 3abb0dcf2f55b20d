import ByteReading
import FixtureSupport
import Testing

@testable import PostgresFormat

/// What Debezium and Kafka Connect store, in every form in which it can be had.
@Suite struct ConnectOffsetsTests {
  private func offset(_ text: String) throws -> DebeziumOffset? {
    try ConnectOffsets(parsing: Array(text.utf8)).partitions.first?.offset
  }

  private func fault(_ bytes: [UInt8]) -> FormatError? {
    do throws(FormatError) {
      _ = try ConnectOffsets(parsing: bytes)
      return nil
    } catch { return error }
  }

  private func file(_ name: String = "dbz-stale-5307-pg18") throws -> (dat: [UInt8], json: [UInt8]) {
    let folder = try Fixtures.unpacked("witnesses/\(name)") + "/consumer"
    return (try FileTree.contents(of: folder + "/offsets.dat"), try FileTree.contents(of: folder + "/offsets.json"))
  }

  /// What Debezium 3.6.3 wrote, beside what Kafka Connect's REST interface says of the same.
  @Test func aFileOfTheEmbeddedEngine() throws {
    let (dat, json) = try file()
    let partitions = try ConnectOffsets(parsing: dat).partitions
    #expect(partitions.map(\.name) == ["orders/shop"])
    let found = try #require(partitions.first?.offset)
    #expect(found.lsn == LSN(10_519_160) && found.lsnProcessed == LSN(10_519_160) && found.lsnCommit == LSN(10_519_104))
    #expect(found.messageType == "INSERT" && found.transaction == TransactionID(768) && !found.isInSnapshot)
    #expect(found.time == Timestamp(unixMicroseconds: 1_795_898_801_764_240))
    let document = try ConnectOffsets(parsing: json).partitions
    #expect(document.map(\.name) == ["shop"] && document.first?.offset == found)
  }

  /// No byte of the file may be missing, and none too many: that would be "no offsets" to Kafka Connect.
  @Test func aFileThatWasCutOffIsNeverAnEmptyOne() throws {
    let dat = try file().dat
    for count in dat.indices { #expect(fault(Array(dat[..<count])) != nil, "\(count)") }
    #expect(fault(dat + [0])?.code == .tooLong)
    var forged = dat
    // The size of the map, after 8 bytes of capacity and block header.
    let place = try #require(dat.indices.first { dat[$0...].starts(with: [0x77, 0x08]) }) + 6
    forged.replaceSubrange(place..<place + 4, with: [0x7F, 0xFF, 0xFF, 0xFF])
    #expect(fault(forged)?.code == .badLength)
  }

  /// Java writes the class once, an array that is there twice as a reference, and deleted values as null.
  @Test func aMapOfSeveral() throws {
    let dat = try file().dat
    let start = try #require(dat.indices.first { dat[$0...].starts(with: [0x77, 0x08]) })
    func array(_ text: String) -> [UInt8] {
      [0x75, 0x71, 0, 0x7E, 0, 2, 0, 0, 0, UInt8(text.utf8.count)] + Array(text.utf8)
    }
    var map = Array(dat[..<start]) + [0x77, 8, 0, 0, 0, 16, 0, 0, 0, 3]
    map += [0x75, 0x72, 0, 2, 0x5B, 0x42, 0xAC, 0xF3, 0x17, 0xF8, 0x06, 0x08, 0x54, 0xE0, 2, 0, 0, 0x78, 0x70]
    let key = #"["a",{"server":"x"}]"#
    map += [0, 0, 0, UInt8(key.utf8.count)] + Array(key.utf8) + array(#"{"lsn":7,"lsn_commit":5}"#)
    map += array(#"["b",{"server":"y"}]"#) + [0x71, 0, 0x7E, 0, 4]
    map += array(#"["c",{"server":"z"}]"#) + [0x70, 0x78]
    let partitions = try ConnectOffsets(parsing: map).partitions
    #expect(partitions.map(\.name) == ["a/x", "b/y", "c/z"])
    #expect(partitions.map { $0.offset?.lsn } == [LSN(7), LSN(7), nil])
    // A reference to what is not there yet.
    #expect(fault(map.map { $0 == 4 ? 9 : $0 }) != nil)
  }

  @Test func recordsOfTheTopic() throws {
    let key = #"["orders",{"server":"shop"}]"#
    let other = #"["orders",{"server":"other"}]"#
    let records = "\(key)\t{\"lsn\":7}\n\(other)\t{\"lsn\":8}\n\(key)\t{\"lsn\":9}\n"
    let partitions = try ConnectOffsets(parsing: Array(records.utf8)).partitions
    #expect(partitions.map { $0.offset?.lsn } == [LSN(9), LSN(8)], "the newest of a key counts")
    #expect(try ConnectOffsets(parsing: Array("\(key)\tnull".utf8)).partitions.first?.offset == nil)
    #expect(fault(Array(key.utf8))?.code == .tooShort)
    let kcat = #"{"topic":"o","key":"[\"orders\",{\"server\":\"shop\"}]","payload":"{\"lsn\":9}"}"#
    #expect(try offset(kcat)?.lsn == LSN(9))
    let airbyte = #"{"state":{"[\"db\",{\"server\":\"db\"}]":"{\"lsn_proc\":3,\"lsn\":4,\"lsn_commit\":2}"}}"#
    #expect(try offset(airbyte)?.lsnCommit == LSN(2))
  }

  /// A double would round it.
  @Test func positionsAreWholeNumbersOf64Bits() throws {
    #expect(try offset(#"{"lsn":9007199254740993}"#)?.lsn == LSN(9_007_199_254_740_993))
    #expect(try offset(#"{"lsn":"18","lsn_proc":-1}"#)?.lsnProcessed == LSN(UInt64.max))
    for text in ["1.5", "1e3", "true", "[]", "\"x\"", "99999999999999999999"] {
      #expect(fault(Array("{\"lsn\":\(text)}".utf8)) != nil, "\(text)")
    }
  }

  @Test func aFirstCopyHasNoPosition() throws {
    let copying = try #require(try offset(#"{"snapshot":"INITIAL","snapshot_completed":false,"lsn":7}"#))
    #expect(copying.isInSnapshot)
    let former = try #require(try offset(#"{"snapshot":true,"last_snapshot_record":false,"lsn":7}"#))
    #expect(former.isInSnapshot)
    let done = try #require(
      try offset(#"{"snapshot":"INITIAL","last_snapshot_record":true,"snapshot_completed":true,"lsn":7}"#))
    #expect(done.isAfterSnapshot && !done.isInSnapshot && done.lsnCommit == nil)
  }

  @Test(arguments: [
    "", "{}", "[]", "0", "{\"offsets\":[]}", "{\"offsets\":{}}", "{\"file\":\"mysql-bin.1\",\"pos\":4}", "{\"lsn\":",
    "nul",
    "{\"lsn\":7", "[1,2]\t{\"lsn\":7}", "{\"state\":{\"x\":\"{}\"}}", "\u{FEFF}{\"lsn\":7}", "{\"lsn\":7}}",
  ])
  func whatIsNone(text: String) { #expect(fault(Array(text.utf8)) != nil) }

  @Test func nothingIsTooDeepOrTooMuch() {
    #expect(fault(Array(String(repeating: "[", count: 1_000_000).utf8))?.code == .tooLong)
    #expect(fault(Array(String(repeating: "{\"a\":", count: 1_000_000).utf8))?.code == .tooLong)
    #expect(fault(Array(("[" + String(repeating: "0,", count: 1_000_000)).utf8))?.code == .tooLong)
  }

  @Test func textIsUnescaped() throws {
    var reader = JSONReader(Array(#""a\n\"\u00e9\ud83d\ude00\ud800x" true null {"b" : [ ] }"#.utf8))
    #expect(try reader.next() == .string("a\n\"é😀\u{FFFD}x"))
    #expect(try reader.next() == .bool(true))
    #expect(try reader.next() == .null)
    #expect(try reader.next() == .object([JSONNode.Member(name: "b", value: .array([]))]))
    #expect(try reader.next() == nil)
  }
}
