package import Evidence
package import PostgresFormat

/// Reads the positions of data pages: of a sample, or of all pages that there is time and memory for.
package struct PagePositions: Sendable {
  struct Entry: Sendable {
    var lsn: UInt64
    var file: UInt32
    var block: UInt32
  }

  /// In ascending order, each position once.
  private(set) var entries: [Entry] = []
  private(set) var paths: [String] = []
  /// Files of which pages were read.
  package var files: Int { paths.count }
  /// With a position, whatever it is.
  package private(set) var pages = 0
  /// Why not all pages were read; a clause.
  package private(set) var problem: String?
  private let blockSize: Int
  private let blocksPerSegment: Int

  /// Pages of a sample: 32 MB where a page has 8 kB.
  private static let sampleLimit = 4096
  /// Of one file of a sample, half of them at its end.
  private static let samplePerFile = 64
  /// Pages of a whole check: 128 GB.
  private static let pageLimit = 1 << 24
  /// Different positions that are kept: 64 MB.
  private static let entryLimit = 1 << 22
  private static let chunk = 64

  /// Pages of a data directory with positions past `from`. nil where the directory has no relation files, or it is not known how
  /// large their pages are, or it can only be read onwards. `progress` is told the pages so far.
  package init?(
    ofDirectory directory: DataDirectory, _ evidence: Evidence, from: LSN, whole: Bool,
    progress: (@Sendable (Int) -> Void)? = nil
  ) {
    guard !directory.storage.readsInOrder, let control = evidence.control?.value, control.checksumMatches else {
      return nil
    }
    (blockSize, blocksPerSegment) = (Int(control.blockSize), Int(control.relationSegmentBlocks))
    guard (1024...32_768).contains(blockSize), blockSize & (blockSize - 1) == 0 else { return nil }
    let listing = RelationFiles(ofDirectory: directory, limit: whole ? 5_000_000 : 20_000)
    guard !listing.files.isEmpty else { return nil }
    let limit = whole ? Self.pageLimit : Self.sampleLimit
    var read = 0
    for file in listing.files {
      guard read < limit, problem == nil else { break }
      let count = file.size / blockSize
      let half = Self.samplePerFile / 2
      let ranges = whole || count <= Self.samplePerFile ? [0..<count] : [0..<half, (count - half)..<count]
      paths.append(file.path)
      // One that is gone, or may not be read, says nothing.
      guard let open = try? directory.storage.open(directory.path + "/" + file.path) else { continue }
      for range in ranges {
        for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.chunk) {
          let count = min(Self.chunk, range.upperBound - start)
          guard let bytes = try? open.read(at: start * blockSize, count: count * blockSize) else { break }
          take(bytes, from: from, firstBlock: file.segment * blocksPerSegment + start)
          read += count
        }
      }
      progress?(read)
    }
    if whole, problem == nil, listing.isCut || read >= limit { problem = "there are more pages than are read" }
    if problem == nil, let folder = listing.unlisted { problem = "\(folder) cannot be listed" }
    settle()
  }

  private mutating func take(_ bytes: [UInt8], from: LSN, firstBlock: Int) {
    for index in 0..<(bytes.count / blockSize) {
      let start = index * blockSize
      guard let lsn = DataPageHeader.position(of: bytes[start..<(start + blockSize)], blockSize: blockSize) else {
        continue
      }
      pages += 1
      guard lsn > from else { continue }
      entries.append(
        Entry(
          lsn: lsn.rawValue, file: UInt32(paths.count - 1), block: UInt32(truncatingIfNeeded: firstBlock + index)))
    }
    guard entries.count >= Self.entryLimit else { return }
    settle()
    if entries.count >= Self.entryLimit / 2 { problem = "there are more positions than memory should hold" }
  }

  /// Each position once.
  private mutating func settle() {
    entries.sort { ($0.lsn, $0.file, $0.block) < ($1.lsn, $1.file, $1.block) }
    var last: UInt64?
    entries.removeAll { entry in
      defer { last = entry.lsn }
      return entry.lsn == last
    }
  }

  /// A page that has a position.
  func page(_ index: Int) -> PageCheck.Page {
    let entry = entries[index]
    return PageCheck.Page(path: paths[Int(entry.file)], block: Int(entry.block), lsn: LSN(entry.lsn))
  }
}
