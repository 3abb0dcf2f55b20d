package import ByteReading

/// A full-page image, copied out of its record as it is stored there, so that it outlives the record.
package struct FullPageImage: Sendable {
  /// Where its record begins.
  package var start: LSN
  /// Where the next record begins.
  package var end: LSN
  /// Whose page it is, and which.
  package var reference: BlockReference
  private var image: BlockImage
  private var stored: [UInt8]

  /// All of a record, in the order of its references.
  package static func all(
    of record: WALRecord, _ fragments: RecordFragments, layout: RecordLayout
  ) -> [FullPageImage] {
    guard fragments.imageLength > 0 else { return [] }
    var (images, references): ([FullPageImage], BlockReferences) = ([], fragments.blocks(layout: layout))
    while let reference = references.next(in: record.bytes) {
      guard let image = references.image(in: record.bytes, of: reference),
        let bytes = references.imageBytes(in: record.bytes, of: reference),
        let stored = try? bytes.bytes(at: 0, count: bytes.byteCount, field: "image")
      else { continue }
      images.append(
        FullPageImage(start: record.start, end: record.end, reference: reference, image: image, stored: stored))
    }
    return images
  }

  /// nil for an image that is not compressed.
  package var method: BlockImage.Method? { image.method }

  /// The page of 8192 bytes. `zstd` unpacks what needs a library, to so many bytes. Throws ``FormatError`` where the stored
  /// bytes do not make up a page.
  package func page(zstd: (RawSpan, Int) throws(FormatError) -> [UInt8]) throws(FormatError) -> [UInt8] {
    // SAFETY: the elements are plain bytes.
    try unsafe image.page(stored.span.bytes, zstd: zstd)
  }

  /// The name that pg_waldump's `--save-fullpage` gives the page's file (16 and later): timeline, LSN, tablespace, database,
  /// relation, block and fork.
  package func fileName(timeline: TimelineID) -> String {
    let halves = [start.rawValue >> 32, start.rawValue].map { UInt32(truncatingIfNeeded: $0) }
    let (locator, fork) = (reference.locator, reference.fork.map { "\($0.name)" } ?? "\(reference.forkNumber)")
    return ([timeline.rawValue] + halves).map(UInt32Hex.padded).joined(separator: "-")
      + ".\(locator.tablespace).\(locator.database).\(locator.number).\(reference.block)_\(fork)"
  }
}
