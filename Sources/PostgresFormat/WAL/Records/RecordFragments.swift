package import ByteReading

/// What the fragment headers of one record say: its page references, origin, top-level transaction and main data.
///
/// One pass over the headers, nothing allocated; the bytes themselves stay where they are. The order in a record:
///
///     header · block references · origin · top-level xid · main data's length │ images and data by block │ main data
///
/// Follows `DecodeXLogRecord` in src/backend/access/transam/xlogreader.c.
package struct RecordFragments: Sendable, Hashable {
  /// References to pages: at most 33, of which each id occurs once.
  package private(set) var blockCount = 0
  /// The reference with the lowest id.
  package private(set) var firstBlock: BlockReference?
  /// Bytes of all full-page images.
  package private(set) var imageLength = 0
  /// `xl_xid` of the top-level transaction, in a subtransaction's first record (14 and later).
  package private(set) var topLevelXID: TransactionID?
  /// The replication origin that the change came from.
  package private(set) var originID: UInt16?
  /// Where the main data begins in the record, which it always ends.
  package private(set) var mainDataOffset: Int
  /// Bytes of main data; 0 where the record has none, as a segment switch.
  package private(set) var mainDataLength = 0
  /// Where the images and data of the blocks begin.
  package private(set) var blockDataOffset: Int

  /// Reads the headers of a record of `total` bytes, its own header of 24 bytes included, final padding excluded.
  ///
  /// Of a giant record `record` may be only the beginning, as long as all headers are in it. Throws where the parts do
  /// not add up to exactly the bytes of the record.
  package init(_ record: RawSpan, total: Int, layout: RecordLayout) throws(FormatError) {
    (mainDataOffset, blockDataOffset) = (total, total)
    var offset = RecordHeader.size
    guard total >= offset, total >= record.byteCount else {
      throw FormatError(.badLength, at: 0, field: "xl_tot_len", expected: "\(record.byteCount)", found: "\(total)")
    }
    /// Bytes that the headers so far say will follow them.
    var promised = 0
    var lastLocator: RelationLocator?
    var nextID: UInt8 = 0
    while total - offset > promised {
      let id = try record.u8(at: offset, field: "fragment id")
      switch id {
      case 0...BlockReference.maximumID:
        guard id >= nextID else {
          throw FormatError(.badValue, at: offset, field: "block_id", expected: "\(nextID) or more", found: "\(id)")
        }
        let block = try BlockReference(in: record, at: &offset, layout: layout, previous: lastLocator)
        lastLocator = block.locator
        if firstBlock == nil { firstBlock = block }
        blockCount += 1
        nextID = id + 1
        imageLength += Int(block.imageLength)
        promised += Int(block.imageLength) + Int(block.dataLength)
        continue
      case 253:
        originID = try record.u16(at: offset + 1, field: "origin id")
        offset += 3
        continue
      case 252 where layout.hasTopLevelXID:
        topLevelXID = TransactionID(try record.u32(at: offset + 1, field: "top-level xid"))
        offset += 5
        continue
      case 255:
        mainDataLength = Int(try record.u8(at: offset + 1, field: "main data length"))
        offset += 2
      case 254:
        mainDataLength = Int(try record.u32(at: offset + 1, field: "main data length"))
        offset += 5
      default:
        throw FormatError(.badValue, at: offset, field: "fragment id", found: "\(id)")
      }
      promised += mainDataLength
      break
    }
    guard total - offset == promised else {
      throw FormatError(
        .badLength, at: offset, field: "record", expected: "\(promised) bytes after the headers",
        found: "\(total - offset) bytes")
    }
    blockDataOffset = offset
    mainDataOffset = total - mainDataLength
  }

  /// The main data, still in the record's memory; of a giant record what is there of it. Pass the record that these
  /// fragments were read from.
  @_lifetime(copy record)
  package func mainData(of record: RawSpan) -> RawSpan {
    record.extracting(min(mainDataOffset, record.byteCount)..<record.byteCount)
  }

  /// The block references in order. Pass the record that these fragments were read from.
  package func blocks(layout: RecordLayout) -> BlockReferences {
    BlockReferences(remaining: blockCount, layout: layout, dataOffset: blockDataOffset)
  }

  /// The reference with this id, nil where the record has none.
  package func block(id: UInt8, in record: RawSpan, layout: RecordLayout) -> BlockReference? {
    if let firstBlock, firstBlock.id == id { return firstBlock }
    var references = blocks(layout: layout)
    while let block = references.next(in: record), block.id <= id {
      if block.id == id { return block }
    }
    return nil
  }
}

extension RecordFragments {
  /// The data (not the image) of the reference with this id; nil where the record has none (`XLogRecHasBlockData`).
  @_lifetime(copy record)
  package func data(ofBlock id: UInt8, in record: RawSpan, layout: RecordLayout) -> RawSpan? {
    if let firstBlock, firstBlock.id == id {
      return firstBlock.hasData
        ? Self.data(firstBlock, at: blockDataOffset + Int(firstBlock.imageLength), in: record) : nil
    }
    var references = blocks(layout: layout)
    while let block = references.next(in: record), block.id <= id {
      guard block.id == id else { continue }
      return block.hasData ? Self.data(block, at: references.blockDataOffset, in: record) : nil
    }
    return nil
  }

  /// nil where only the beginning of a giant record is there, without it.
  @_lifetime(copy record)
  private static func data(_ block: BlockReference, at offset: Int, in record: RawSpan) -> RawSpan? {
    let end = offset + Int(block.dataLength)
    return end <= record.byteCount ? record.extracting(offset..<end) : nil
  }
}

/// Walks the block references of a record whose headers were checked before.
package struct BlockReferences: Sendable {
  private var remaining: Int
  private let layout: RecordLayout
  private var offset = RecordHeader.size
  private var previous: RelationLocator?
  private var dataOffset: Int
  /// Where the header of the reference last returned begins in the record.
  private var headerOffset = RecordHeader.size
  /// Where the data (not the image) of the reference last returned begins in the record.
  package private(set) var blockDataOffset = 0

  init(remaining: Int, layout: RecordLayout, dataOffset: Int) {
    (self.remaining, self.layout, self.dataOffset) = (remaining, layout, dataOffset)
  }

  /// The next reference, nil after the last one. Pass the same record every time.
  package mutating func next(in record: RawSpan) -> BlockReference? {
    headerOffset = offset
    guard remaining > 0,
      let block = try? BlockReference(in: record, at: &offset, layout: layout, previous: previous)
    else { return nil }
    remaining -= 1
    previous = block.locator
    blockDataOffset = dataOffset + Int(block.imageLength)
    dataOffset = blockDataOffset + Int(block.dataLength)
    return block
  }

  /// The image of the reference last returned, and its bytes; nil where it has none, or where only the beginning of a
  /// giant record is there.
  package func image(in record: RawSpan, of block: BlockReference) -> BlockImage? {
    block.hasImage ? try? BlockImage(in: record, at: headerOffset, layout: layout) : nil
  }

  /// The bytes of that image.
  @_lifetime(copy record)
  package func imageBytes(in record: RawSpan, of block: BlockReference) -> RawSpan? {
    let start = blockDataOffset - Int(block.imageLength)
    return start >= 0 && blockDataOffset <= record.byteCount ? record.extracting(start..<blockDataOffset) : nil
  }
}
