import ByteReading
package import PostgresFormat

/// What a record says beyond its type, where slots, timelines, transactions or relations are concerned: one line, worded
/// much as pg_waldump words it. Records of other types have none.
///
/// Lists stop after ``listLimit`` items and say how many there are.
package struct RecordDescription: Sendable {
  /// Items of one list, such as subtransactions or invalidation messages.
  package static let listLimit = 64

  let layout: RecordLayout
  /// Whether the line becomes part of a JSON string.
  let insideJSON: Bool

  /// `insideJSON`: what is written goes between the quotes of a JSON string.
  package init(layout: RecordLayout, insideJSON: Bool) {
    (self.layout, self.insideJSON) = (layout, insideJSON)
  }

  /// Writes the line. A body that cannot be decoded is said to be so; the record itself was read.
  package func write(
    _ record: WALRecord, fragments: RecordFragments, to out: inout ByteWriter
  ) {
    let start = out.count
    do throws(FormatError) {
      try describe(record, fragments, &out)
    } catch {
      out.truncate(to: start)
      out.text("body not readable: ")
      out.string(error.field)
      out.text(" at byte ")
      out.decimal(error.offset)
    }
  }

  private func describe(
    _ record: WALRecord, _ fragments: RecordFragments, _ out: inout ByteWriter
  ) throws(FormatError) {
    let body = fragments.mainData(of: record.bytes)
    let info = record.header.info
    let manager = ResourceManager(record.header.resourceManager)
    let kind = RecordKind(record.header)
    switch manager {
    case .heap where kind == .heapTruncate: describe(try HeapTruncate(mainData: body), &out)
    case .heap: try describeHeap(body, kind, &out)
    case .xlog: describe(try XLOGBody(mainData: body, info: info, version: layout.version), &out)
    case .transaction: try describeTransaction(body, info, fragments, &out)
    case .standby: try describeStandby(body, kind, &out)
    case .storage: describe(try StorageBody(mainData: body, info: info), &out)
    case .database:
      if let change = try DatabaseBody(mainData: body, info: info, version: layout.version) { describe(change, &out) }
    case .relationMap: describe(try RelationMapUpdate(mainData: body), &out)
    case .replicationOrigin: describe(try ReplicationOriginBody(mainData: body, info: info), &out)
    case .logicalMessage:
      describe(try LogicalMessageBody(mainData: body, length: fragments.mainDataLength), &out)
    case .heap2 where kind == .heap2MultiInsert:
      let count = try body.u16(at: 2, field: "ntuples")
      labeled("ntuples: ", UInt64(count), &out)
      out.text(", flags: 0x")
      out.hex(UInt64(try body.u8(at: 0, field: "flags")), width: 2)
    case .heap2 where kind == .heap2NewCID:
      let change = try HeapNewCommandID(mainData: body)
      out.text("rel: ")
      out.relation(change.relation)
      labeled(", top xid: ", UInt64(change.topLevelXID.rawValue), &out)
    case .heap2, .btree, .hash, .gist, .spgist:
      let horizon = try ConflictHorizon(
        record: record.bytes, fragments: fragments, manager: manager, info: info, layout: layout)
      if let horizon { describe(horizon, hasBlocks: fragments.blockCount > 0, &out) }
    default: break
    }
  }

  @inline(__always)
  func labeled(_ label: StaticString, _ value: UInt64, _ out: inout ByteWriter) {
    out.text(label)
    out.number(value)
  }

  func flag(_ label: StaticString, _ value: Bool, _ out: inout ByteWriter) {
    out.text(label)
    out.text(value ? "true" : "false")
  }

  func list(_ label: StaticString, _ values: [TransactionID], _ out: inout ByteWriter) {
    guard !values.isEmpty else { return }
    out.text(label)
    for value in values.prefix(Self.listLimit) {
      out.byte(UInt8(ascii: " "))
      out.decimal(value.rawValue)
    }
    more(values.count, &out)
  }

  func more(_ count: Int, _ out: inout ByteWriter) {
    guard count > Self.listLimit else { return }
    out.text(" … (")
    out.decimal(count)
    out.text(" in all)")
  }
}
