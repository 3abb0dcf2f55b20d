package import ByteReading
package import PostgresFormat

/// Where full-page images of WAL are saved as pages, one file each, named as by pg_waldump's `--save-fullpage`: a folder that
/// was new or empty, and belongs to no cluster.
package struct FullPageFolder {
  /// Files that were written.
  package private(set) var count = 0
  private let folder: OpenFolder

  /// Makes the folder where there is none.
  package init(_ path: String) throws(OutputFolder.WriteError) {
    folder = try OutputFolder(path) { _, _ in false }.openEmpty()
  }

  /// Why an image was not saved.
  package enum SaveError: Error, Sendable {
    /// What is stored of it does not make up a page.
    case damaged(name: String, FormatError)
    /// It needs a library that is not on this machine.
    case noLibrary(name: String)
    /// The operating system refused to write the file.
    case notWritten(FileError)
  }

  /// Writes the page of each image. `route` is the one that the records were read by: it tells the timeline.
  package mutating func save(_ images: [FullPageImage], route: WALRoute) throws(SaveError) {
    for image in images {
      // pg_waldump names the segment that the end of the record was read from.
      let segment = SegmentNumber(containing: LSN(image.end.rawValue &- 1), size: route.geometry.segmentSize)
      let timeline = route.choice(for: segment)?.file.name.timeline ?? route.history.timeline
      let name = image.fileName(timeline: timeline)
      guard image.method != .zstd || ZstandardDecoder() != nil else { throw .noLibrary(name: name) }
      let page: [UInt8]
      do throws(FormatError) { page = try image.page(zstd: Self.unpacked) } catch { throw .damaged(name: name, error) }
      do throws(FileError) { try folder.makeFile(name, page, permissions: 0o600, isSynced: false) } catch {
        throw .notWritten(error)
      }
      count += 1
    }
  }

  /// Zstandard's bytes, which come to `count`.
  private static func unpacked(_ stored: RawSpan, count: Int) throws(FormatError) -> [UInt8] {
    guard let decoder = ZstandardDecoder() else {
      throw FormatError(.badValue, at: 0, field: "image", expected: "memory to unpack it")
    }
    // One byte more shows what is too long.
    var page = [UInt8](repeating: 0, count: count + 1)
    // SAFETY: the decoder reads and writes within the two buffers.
    let step = unsafe stored.withUnsafeBytes { input in
      unsafe page.withUnsafeMutableBytes { output in unsafe decoder.decode(input, into: output) }
    }
    switch step.end {
    case .damage(let reason): throw FormatError(.badValue, at: step.consumed, field: "image", found: reason)
    case nil: throw FormatError(.badLength, at: step.consumed, field: "image", expected: "a whole frame")
    case .frame: return Array(page.prefix(step.produced))
    }
  }
}
