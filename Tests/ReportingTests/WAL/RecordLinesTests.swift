import FixtureSupport
import Testing

@testable import PostgresFormat
@testable import Reporting

@Suite struct RecordLinesTests {
  /// One directory of each version.
  static let nodes: [FixtureNode] = {
    var seen: Set<String> = []
    return Fixtures.names.flatMap { (try? Fixtures.nodes($0)) ?? [] }.filter { seen.insert($0.versionName).inserted }
  }()

  /// Writes the records of the first timeline, as many as the sink takes.
  private func lines(
    of node: FixtureNode, _ format: RecordLine.Format, filter: RecordFilter = RecordFilter(), limit: UInt64 = .max
  ) throws -> (lines: [String], dump: [String], totals: RecordLines.Totals) {
    let version = try #require(ServerVersion(name: node.versionName))
    let geometry = try #require(WALGeometry(version: version, segmentSize: 1 << 20))
    let dump = try node.walDump(timeline: "00000001") ?? []
    let wal = try WALBytes(dataDirectory: node.path, timeline: "00000001")
    var sink = RecordLines(format: format, version: version, filter: filter, limit: limit, capacity: 4096)
    for line in dump.compactMap(WALDumpLine.init) {
      let bytes = try wal.record(at: line.lsn, count: line.totalLength)
      let totals = FragmentTotals.sum(bytes.span.bytes, total: bytes.count, layout: RecordLayout(geometry.version))
      let record = WALRecord(
        start: LSN(line.lsn), end: LSN(line.lsn).advanced(by: UInt64(bytes.count)),
        totals: totals, bytes: bytes.span.bytes)
      if !sink.accept(record) { break }
    }
    var text = ""
    var sums = RecordLines.Totals()
    sink.take { bytes, totals in
      text = bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
      sums = totals
    }
    return (text.split(separator: "\n").map(String.init), dump, sums)
  }

  @Test(arguments: nodes)
  func textHasTheColumnsOfTheServersTool(node: FixtureNode) throws {
    let (written, dump, totals) = try lines(of: node, .text)
    let expected = dump.compactMap(WALDumpLine.init)
    #expect(written.count == expected.count)
    #expect(totals.records == UInt64(expected.count))
    for (text, wanted) in zip(written, expected) {
      let line = try #require(WALDumpLine(text), "\(text)")
      #expect(line.manager == wanted.manager && line.totalLength == wanted.totalLength)
      #expect(line.xid == wanted.xid && line.lsn == wanted.lsn && line.previous == wanted.previous)
      #expect(line.type == wanted.type && line.blockReferences == wanted.blockReferences, "\(text)")
      #expect(!line.details.contains("not readable"), "\(text)")
      if node.versionName != "9.6" { #expect(line.length == wanted.length) }
    }
  }

  /// Byte for byte, of every version that the fixtures have.
  @Test(arguments: nodes)
  func textIsThatOfTheServersTool(node: FixtureNode) throws {
    let (written, dump, _) = try lines(of: node, .text)
    let expected = dump.filter { $0.hasPrefix("rmgr: ") }
    #expect(written.count == expected.count)
    for (text, wanted) in zip(written, expected) where text != wanted {
      Issue.record("\(node): \(text) is \(wanted)")
      break
    }
  }

  @Test(arguments: nodes)
  func jsonHasTheNamesOfTheContract(node: FixtureNode) throws {
    let (written, dump, _) = try lines(of: node, .json, limit: 500)
    let expected = dump.compactMap(WALDumpLine.init)
    #expect(written.count == min(500, expected.count))
    for (text, wanted) in zip(written, expected) {
      let record = try JSONDocument(parsing: text)
      #expect(record["start_lsn"].string == LSN(wanted.lsn).description)
      #expect(record["prev_lsn"].string == LSN(wanted.previous).description)
      #expect(record["end_lsn"].string != nil)
      #expect(record["xid"] == .integer(Int64(wanted.xid)))
      #expect(record["resource_manager"].string == wanted.manager)
      #expect(record["record_type"].string == wanted.type)
      #expect(record["record_length"] == .integer(Int64(wanted.totalLength)))
      #expect(record["main_data_length"] != .null && record["fpi_length"] != .null)
      let count = wanted.blockReferences.count { $0 == "#" }
      guard case .array(let references) = record["block_refs"] else {
        Issue.record("no block_refs in \(text)")
        continue
      }
      #expect(references.count == count)
    }
  }

  @Test func filtersLeaveWhatTheyName() throws {
    let node = try Fixtures.node("pg17-crash", "data")
    var byManager = RecordFilter()
    byManager.managers = [ResourceManager.transaction.rawValue]
    let (transactions, dump, _) = try lines(of: node, .text, filter: byManager)
    let expected = dump.compactMap(WALDumpLine.init)
    #expect(transactions.count == expected.count { $0.manager == "Transaction" })

    let commit = try #require(expected.first { $0.type == "COMMIT" })
    var byXID = RecordFilter()
    byXID.xid = TransactionID(commit.xid)
    let ofTransaction = try lines(of: node, .text, filter: byXID).lines
    #expect(ofTransaction.count >= expected.count { $0.xid == commit.xid })

    var byRelation = RecordFilter()
    byRelation.relation = RelationLocator("1663/1/1259")
    let wanted = expected.count { ($0.blockReferences + ",").contains("rel 1663/1/1259 ") }
    #expect(try lines(of: node, .text, filter: byRelation).lines.count == wanted)

    var forSlots = RecordFilter()
    forSlots.slotsOnly = true
    let slots = try lines(of: node, .text, filter: forSlots).lines.compactMap(WALDumpLine.init)
    #expect(slots.contains { $0.type == "RUNNING_XACTS" })
    #expect(!slots.contains { $0.manager == "Heap" || $0.manager == "Sequence" })
    #expect(slots.filter { $0.manager == "Heap2" }.allSatisfy { $0.details.contains("isCatalogRel: T") })
  }

  @Test func namesFromTheLogCannotSteerATerminalOrLeaveAString() throws {
    for (insideJSON, expected) in [(false, "\"a\\x1Bb\"c\""), (true, "\\\"a\\\\x1Bb\\\"c\\\"")] {
      let description = RecordDescription(layout: RecordLayout(.v17), insideJSON: insideJSON)
      var bytes = [UInt8](repeating: 0, count: 64)
      var count = 0
      bytes.withUnsafeMutableBufferPointer {
        var out = ByteWriter($0.baseAddress!, capacity: 64, count: 0)
        description.quote(&out)
        description.name("a\u{1B}b\"c", &out)
        description.quote(&out)
        count = out.count
      }
      #expect(String(decoding: bytes[..<count], as: UTF8.self) == expected)
    }
  }

  @Test(arguments: [0, 9, 10, 99, 100, UInt64(UInt32.max), .max])
  func numbersAreWrittenLikeTheLanguageDoes(value: UInt64) {
    var bytes = [UInt8](repeating: 0, count: 128)
    var count = 0
    var overflowed = false
    bytes.withUnsafeMutableBufferPointer {
      var out = ByteWriter($0.baseAddress!, capacity: 128, count: 0)
      out.decimal(value, width: 6)
      out.text(" ")
      out.hex(value)
      out.text(" ")
      out.lsn(LSN(value))
      count = out.count
      var small = ByteWriter($0.baseAddress! + 127, capacity: 1, count: 0)
      small.decimal(UInt64(10))
      overflowed = small.hasOverflowed && small.count == 0
    }
    let decimal = String(value)
    let padded = String(repeating: " ", count: max(0, 6 - decimal.count)) + decimal
    let wanted = "\(padded) \(String(value, radix: 16, uppercase: true)) \(LSN(value))"
    #expect(String(decoding: bytes[..<count], as: UTF8.self) == wanted)
    #expect(overflowed)
  }

  /// What C's strftime and `%06d` make of them.
  private static let times: [(Int64, String)] = [
    (946_684_800_000_000, "2000-01-01 00:00:00.000000 UTC"), (951_782_400_000_000, "2000-02-29 00:00:00.000000 UTC"),
    (1_709_164_800_000_001, "2024-02-29 00:00:00.000001 UTC"),
    (1_795_245_870_501_179, "2026-11-21 07:24:30.501179 UTC"),
    (946_684_799_999_999, "2000-01-01 00:00:00.-00001 UTC"), (0, "1970-01-01 00:00:00.000000 UTC"),
    (-1_000_001, "1969-12-31 23:59:59.-00001 UTC"),
  ]

  @Test(arguments: times)
  func timesAreWrittenAsTheServerDoes(microseconds: Int64, expected: String) {
    #expect(Self.written { $0.serverTime(Timestamp(unixMicroseconds: microseconds)) } == expected)
  }

  @Test func everyTimeCanBeWritten() {
    for microseconds in [Int64.min, .min + 1, -1, .max] {
      #expect(Self.written { $0.serverTime(Timestamp(unixMicroseconds: microseconds)) }.hasSuffix(" UTC"))
    }
  }

  /// `%g` and `%f` of C.
  private static let numbers: [(Double, String, String)] = [
    (0, "0", "0.000000"), (-1, "-1", "-1.000000"), (12, "12", "12.000000"), (999_999, "999999", "999999.000000"),
    (1_000_000, "1e+06", "1000000.000000"), (1_234_565, "1.23456e+06", "1234565.000000"),
    (1_234_575, "1.23458e+06", "1234575.000000"), (9_999_995, "1e+07", "9999995.000000"),
    (0.5, "0.5", "0.500000"), (0.0001, "0.0001", "0.000100"), (0.00001, "1e-05", "0.000010"),
    (123.456789, "123.457", "123.456789"), (1e12, "1e+12", "1000000000000.000000"), (10.25, "10.25", "10.250000"),
  ]

  @Test(arguments: numbers)
  func floatingPointNumbersAreWrittenAsCDoes(value: Double, general: String, fixed: String) {
    #expect(Self.written { $0.general(value) } == general)
    #expect(Self.written { $0.fixed(value) } == fixed)
  }

  @Test(arguments: [Double.infinity, -.infinity, .nan, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 1e18, -1e300])
  func everyNumberCanBeWritten(value: Double) {
    #expect(!Self.written { $0.general(value) }.isEmpty && !Self.written { $0.fixed(value) }.isEmpty)
  }

  private static func written(_ body: (inout ByteWriter) -> Void) -> String {
    var bytes = [UInt8](repeating: 0, count: 512)
    var count = 0
    bytes.withUnsafeMutableBufferPointer {
      var out = ByteWriter($0.baseAddress!, capacity: 512, count: 0)
      body(&out)
      count = out.count
    }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}
