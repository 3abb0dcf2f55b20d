import ByteReading
package import PostgresFormat

/// What a record says beyond its type: one line, word for word as pg_waldump of the same major describes it.
///
/// Two things differ on purpose: times are told in UTC, as pg_waldump tells them where TZ is UTC; and what could steer a
/// terminal is escaped. A description ends after ``lengthLimit`` bytes, where pg_waldump goes on.
package struct RecordDescription: Sendable {
  /// Bytes of one description, beyond which lists and payloads are cut and say so.
  package static let lengthLimit = 4 << 20

  let layout: RecordLayout
  let wording: RecordWording
  /// Whether the line becomes part of a JSON string.
  let insideJSON: Bool

  /// `insideJSON`: what is written goes between the quotes of a JSON string.
  package init(layout: RecordLayout, insideJSON: Bool) {
    (self.layout, self.insideJSON) = (layout, insideJSON)
    wording = RecordWording(layout.version)
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
    let header = record.header
    let kind = RecordKind(header)
    switch ResourceManager(header.resourceManager) {
    case .heap: try describeHeap(body, kind, &out)
    case .heap2: try describeHeap2(record, body, fragments, &out)
    case .btree: try describeBtree(record, body, fragments, &out)
    case .transaction: try describeTransaction(body, header.info, fragments, &out)
    case .xlog: try describe(XLOGBody(mainData: body, info: header.info, version: layout.version), &out)
    case .standby: try describeStandby(body, kind, &out)
    case .storage: try describe(StorageBody(mainData: body, info: header.info), &out)
    case .gin: try describeGin(record, body, fragments, &out)
    case .hash: try describeHash(body, kind, &out)
    case .gist: try describeGist(body, kind, &out)
    case .spgist: try describeSPGist(body, kind, &out)
    case .brin: try describeBrin(body, header.info, &out)
    case .sequence:
      out.text("rel ")
      out.relation(try RelationLocator(in: body, at: 0))
    case .database: try describeDatabase(body, header.info, &out)
    case .tablespace: try describeTablespace(body, kind, &out)
    case .multiXact: try describeMultiXact(body, kind, &out)
    case .commitLog: try describeCommitLog(body, kind, &out)
    case .commitTimestamp: try describeCommitTimestamp(body, kind, &out)
    case .relationMap: describe(try RelationMapUpdate(mainData: body), &out)
    case .replicationOrigin: describe(try ReplicationOriginBody(mainData: body, info: header.info), &out)
    case .generic: try describeGeneric(body, &out)
    case .logicalMessage: try describeMessage(body, length: fragments.mainDataLength, &out)
    default: break
    }
  }

  // MARK: Terms

  @inline(__always)
  func labeled(_ label: StaticString, _ value: UInt64, _ out: inout ByteWriter) {
    out.text(label)
    out.number(value)
  }

  @inline(__always)
  func labeled(_ label: StaticString, _ value: UInt32, _ out: inout ByteWriter) {
    labeled(label, UInt64(value), &out)
  }

  @inline(__always)
  func labeled(_ label: StaticString, _ value: UInt16, _ out: inout ByteWriter) {
    labeled(label, UInt64(value), &out)
  }

  func signed(_ label: StaticString, _ value: Int, _ out: inout ByteWriter) {
    out.text(label)
    out.decimal(value)
  }

  /// `T` or `F`.
  func letter(_ label: StaticString, _ value: Bool, _ out: inout ByteWriter) {
    out.text(label)
    out.text(value ? "T" : "F")
  }

  @inline(__always)
  func flags(_ label: StaticString, _ value: UInt8, _ out: inout ByteWriter) {
    out.text(label)
    out.hex(UInt64(value), width: 2)
  }

  /// A full transaction ID as `epoch:xid`.
  func fullXID(_ label: StaticString, _ value: UInt64, _ out: inout ByteWriter) {
    labeled(label, value >> 32, &out)
    labeled(":", value & 0xFFFF_FFFF, &out)
  }

  /// As this major writes it within a description.
  func lsn(_ label: StaticString, _ value: LSN, _ out: inout ByteWriter) {
    out.text(label)
    if wording.padsLSNs { return out.lsn(value) }
    out.hex(value.rawValue >> 32)
    out.text("/")
    out.hex(value.rawValue & 0xFFFF_FFFF)
  }

  /// Text of a record's, harmless for a terminal, and for the string that it is put in.
  func name(_ value: String, _ out: inout ByteWriter) {
    for byte in TerminalText.escaped(value).utf8 {
      if insideJSON && (byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")) { out.text("\\") }
      out.byte(byte)
    }
  }

  func quote(_ out: inout ByteWriter) { out.text(insideJSON ? "\\\"" : "\"") }

  /// Whether a list that began at `start` is to be cut. Says so.
  func isCut(_ start: Int, _ count: Int, _ out: inout ByteWriter) -> Bool {
    guard out.count - start > Self.lengthLimit else { return false }
    out.text(" … (")
    out.decimal(count)
    out.text(" in all)")
    return true
  }

  /// ` [1, 2]`, of numbers of 16 bits from `offset` on, which moves after them.
  func offsets(
    _ label: StaticString, _ count: Int, in data: RawSpan, at offset: inout Int, _ out: inout ByteWriter
  ) throws(FormatError) {
    out.text(label)
    try data.require(2 * count, at: offset, field: "offsets")
    out.text(" [")
    for index in 0..<count {
      if index > 0 { out.text(", ") }
      out.decimal(UInt32(try data.u16(at: offset, field: "offsets")))
      offset += 2
    }
    out.text("]")
  }
}
