import ByteReading
import Evidence
import FixtureSupport
import PostgresFormat
import Reporting

/// WAL: pages as they come, records with a right checksum and any body, and single bodies.
enum WALTargets {
  static let all: [FuzzTarget] = [
    FuzzTarget(name: "wal_pages", run: pages),
    FuzzTarget(name: "wal_records", run: records),
    FuzzTarget(name: "wal_bodies", run: bodies),
  ]

  /// A segment's bytes, of whatever version their first page names.
  private static func pages(_ input: [UInt8]) {
    guard let header = try? PageHeader(input.span.bytes), let geometry = WALGeometry(firstPage: header) else { return }
    let whole = input.count / WALGeometry.pageSize * WALGeometry.pageSize
    walk(input.span.bytes.extracting(0..<whole), geometry, from: header.address)
  }

  /// Records as the input words them, put on pages the way a server does: what no checksum stops.
  private static func records(_ input: [UInt8]) {
    var reader = InputReader(input)
    var builder = WALBuilder(version: reader.one(of: ServerVersion.allCases))
    let isSplit = reader.byte() & 1 == 1
    while !reader.isEmpty, builder.bytes.count < 1 << 19 {
      let (manager, info) = (reader.byte(), reader.byte())
      let kind = reader.byte()
      let body = reader.bytes(reader.number(2) & 0xFFF)
      switch kind & 3 {
      case 0: builder.raw(manager: manager, info: info, body: body)
      case 1: builder.record(manager: manager, info: info, main: body)
      case 2: builder.fill(leaving: 40)
      default:
        // A block reference with its relation, and the rest as main data.
        let block: [UInt8] = [0, kind & 0x0C, 0, 0] + Array(body.prefix(16))
        builder.raw(
          manager: manager, info: info,
          body: block + [UInt8](repeating: 0, count: max(0, 20 - block.count))
            + (body.count > 16 ? [255, UInt8(min(255, body.count - 16))] + body[16...].prefix(255) : []))
      }
    }
    guard !builder.bytes.isEmpty else { return }
    builder.zeros((WALGeometry.pageSize - builder.bytes.count % WALGeometry.pageSize) % WALGeometry.pageSize)
    walk(builder.bytes.span.bytes, builder.geometry, from: builder.base, splitAt: isSplit ? 2 : 64)
  }

  /// Everything that takes records takes them, over many pages at once and over few.
  private static func walk(_ pages: RawSpan, _ geometry: WALGeometry, from base: LSN, splitAt step: Int = 64) {
    let version = geometry.version
    var text = RecordLines(format: .text, version: version)
    consume(pages, geometry, from: base, step, &text)
    var filter = RecordFilter()
    filter.relation = RelationLocator("1663/5/16384")
    filter.database = OID(5)
    var json = RecordLines(format: .json, version: version, filter: filter)
    consume(pages, geometry, from: base, step, &json)
    var statistics = StatisticsSink()
    consume(pages, geometry, from: base, step, &statistics)
    var ledger = LedgerCollector(version: version, range: LSN.none..<LSN(.max))
    consume(pages, geometry, from: base, step, &ledger)
    _ = ledger.take()
    // In two parts, and in one: the same comes out.
    var first = WALActivityCollector(version: version)
    consume(pages, geometry, from: base, step, &first)
    let middle = pages.byteCount / WALGeometry.pageSize / 2 * WALGeometry.pageSize
    var second = WALActivityCollector(version: version, continuesEarlier: true)
    consume(
      pages.extracting(middle..<pages.byteCount), geometry, from: base.advanced(by: UInt64(middle)), step, &second)
    first.append(second)
    _ = first.finished()
  }

  private static func consume<Sink: RecordSink>(
    _ pages: RawSpan, _ geometry: WALGeometry, from base: LSN, _ step: Int, _ sink: inout Sink
  ) {
    var walker = RecordWalker(geometry: geometry, firstRecordFrom: base)
    var rounds = 0
    while walker.stop == nil {
      rounds += 1
      precondition(rounds <= pages.byteCount / WALGeometry.pageSize + 1, "the walker does not go forward")
      let offset = walker.nextPage.bytes(since: base)
      guard walker.nextPage >= base, offset < UInt64(pages.byteCount) else { break }
      let end = min(pages.byteCount, Int(offset) + step * WALGeometry.pageSize)
      guard sink.consume(pages.extracting(Int(offset)..<end), walker: &walker) else { break }
    }
    walker.endInput(.missingSegment)
  }

  /// The main data of one record, for every parser.
  private static func bodies(_ input: [UInt8]) {
    var reader = InputReader(input)
    let (info, version) = (reader.byte(), reader.one(of: ServerVersion.allCases))
    let bytes = reader.remainder()
    BodyMutations.decodeEverything(bytes.span.bytes, info: info, version: version)
  }
}
