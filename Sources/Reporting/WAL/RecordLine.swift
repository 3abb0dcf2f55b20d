import ByteReading
package import PostgresFormat

/// The line that shows one record: pg_waldump's, or a JSON object with the names of pg_walinspect.
package struct RecordLine: Sendable {
  /// pg_waldump's lines, or JSON lines.
  package enum Format: Sendable { case text, json }

  private let format: Format
  private let layout: RecordLayout
  private let names: RecordTypeNames
  private let description: RecordDescription
  private let tellsMainDataLength: Bool
  private let tellsBlockDetails: Bool

  /// The layout settles the version, and with it the names of record types. With `blockDetails` each block reference of a
  /// text has a line of its own, which tells of its image.
  package init(format: Format, layout: RecordLayout, blockDetails: Bool = false) {
    tellsBlockDetails = blockDetails
    (self.format, self.layout, names) = (format, layout, RecordTypeNames(layout.version))
    description = RecordDescription(layout: layout, insideJSON: format == .json)
    tellsMainDataLength = description.wording.tellsMainDataLength
  }

  /// Writes the line, its end included.
  package func write(
    _ record: WALRecord, _ fragments: RecordFragments, to out: inout ByteWriter
  ) {
    switch format {
    case .text: writeText(record, fragments, &out)
    case .json: writeJSON(record, fragments, &out)
    }
  }

  private func writeText(_ record: WALRecord, _ fragments: RecordFragments, _ out: inout ByteWriter) {
    let header = record.header
    let manager = ResourceManager(header.resourceManager)
    out.text("rmgr: ")
    let start = out.count
    out.manager(manager)
    out.blanks(11 - (out.count - start))
    out.text(" len (rec/tot): ")
    let length = tellsMainDataLength ? fragments.mainDataLength : Int(header.totalLength) &- fragments.imageLength
    out.decimal(UInt64(max(0, length)), width: 6)
    out.text("/")
    out.decimal(header.totalLength, width: 6)
    out.text(", tx: ")
    out.decimal(header.xid.rawValue, width: 10)
    out.text(", lsn: ")
    out.lsn(record.start)
    out.text(", prev ")
    out.lsn(header.previous)
    out.text(", desc: ")
    out.recordType(manager, info: header.info, names: names)
    // The blank stands also where nothing follows, as with pg_waldump.
    out.text(" ")
    description.write(record, fragments: fragments, to: &out)
    if tellsBlockDetails {
      writeDetails(record, fragments, &out)
    } else if let block = fragments.firstBlock, fragments.blockCount == 1 {
      writeText(block, &out)
    } else {
      var blocks = fragments.blocks(layout: layout)
      while let block = blocks.next(in: record.bytes) { writeText(block, &out) }
    }
    out.byte(UInt8(ascii: "\n"))
  }

  private func writeDetails(_ record: WALRecord, _ fragments: RecordFragments, _ out: inout ByteWriter) {
    var blocks = fragments.blocks(layout: layout)
    while let block = blocks.next(in: record.bytes) {
      out.text("\n\tblkref #")
      out.decimal(UInt32(block.id))
      out.text(": rel ")
      out.relation(block.locator)
      out.text(" fork ")
      out.fork(of: block)
      out.text(" blk ")
      out.decimal(block.block)
      guard let image = blocks.image(in: record.bytes, of: block) else { continue }
      out.text(block.imageApplies ? " (FPW); hole: offset: " : " (FPW for WAL verification); hole: offset: ")
      out.decimal(image.holeOffset)
      out.text(", length: ")
      out.decimal(image.holeLength)
      guard let method = image.method else { continue }
      out.text(", compression saved: ")
      out.decimal(image.savedBytes)
      guard description.wording.describesSPGiST else { continue }
      switch method {
      case .pglz: out.text(", method: pglz")
      case .lz4: out.text(", method: lz4")
      case .zstd: out.text(", method: zstd")
      case .unknown: out.text(", method: unknown")
      }
    }
  }

  private func writeText(_ block: BlockReference, _ out: inout ByteWriter) {
    out.text(", blkref #")
    out.decimal(UInt32(block.id))
    out.text(": rel ")
    out.relation(block.locator)
    if block.forkNumber != 0 {
      out.text(" fork ")
      out.fork(of: block)
    }
    out.text(" blk ")
    out.decimal(block.block)
    if block.hasImage { out.text(block.imageApplies ? " FPW" : " FPW for WAL verification") }
  }

  private func writeJSON(_ record: WALRecord, _ fragments: RecordFragments, _ out: inout ByteWriter) {
    let header = record.header
    let manager = ResourceManager(header.resourceManager)
    out.text("{\"start_lsn\":\"")
    out.lsn(record.start)
    out.text("\",\"end_lsn\":\"")
    out.lsn(record.end)
    out.text("\",\"prev_lsn\":\"")
    out.lsn(header.previous)
    out.text("\",\"xid\":")
    out.decimal(header.xid.rawValue)
    out.text(",\"resource_manager\":\"")
    out.manager(manager)
    out.text("\",\"record_type\":\"")
    out.recordType(manager, info: header.info, names: names)
    out.text("\",\"record_length\":")
    out.decimal(header.totalLength)
    out.text(",\"main_data_length\":")
    out.decimal(fragments.mainDataLength)
    out.text(",\"fpi_length\":")
    out.decimal(fragments.imageLength)
    out.text(",\"description\":\"")
    description.write(record, fragments: fragments, to: &out)
    out.text("\",\"block_refs\":[")
    var blocks = fragments.blocks(layout: layout)
    var isFirst = true
    while let block = blocks.next(in: record.bytes) {
      out.text(isFirst ? "{\"rel\":\"" : ",{\"rel\":\"")
      isFirst = false
      out.relation(block.locator)
      out.text("\",\"fork\":\"")
      out.fork(of: block)
      out.text("\",\"block\":")
      out.decimal(block.block)
      out.text("}")
    }
    out.text("]}\n")
  }
}
