import Glibc
package import PostgresFormat

/// Whether two copies of one segment hold the same WAL, as far as both of them hold any.
package enum SegmentComparison: Sendable, Hashable {
  case same
  /// One of them ends earlier (it was still being written when it was copied); up to there they are the same.
  case oneIsShorter
  /// Both hold WAL here, and it differs: the first such byte of the segment.
  case different(at: Int)
  case unreadable(FileError)

  private static let blockSize = 256 << 10

  /// Reads both, block by block, until they differ.
  package static func compare(
    _ first: (path: String, storage: any ClusterStorage), _ second: (path: String, storage: any ClusterStorage),
    start: LSN, geometry: WALGeometry
  ) -> SegmentComparison {
    do throws(FileError) {
      var one = try SegmentReader(path: first.path, in: first.storage)
      var other = try SegmentReader(path: second.path, in: second.storage)
      var oneBlock = [UInt8](repeating: 0, count: blockSize)
      var otherBlock = oneBlock
      var offset = 0
      while offset < geometry.segmentSize {
        let oneCount = try one.fill(&oneBlock, from: offset)
        let otherCount = try other.fill(&otherBlock, from: offset)
        let common = min(oneCount, otherCount)
        if let page = firstDifferentPage(oneBlock, otherBlock, count: common) {
          let address = start.advanced(by: UInt64(offset + page))
          let end = min(page + WALGeometry.pageSize, common)
          let (a, b) = (oneBlock[page..<end], otherBlock[page..<end])
          let common = zip(a, b).prefix { $0 == $1 }.count
          // What was never written has nothing after it.
          let isShorter =
            switch shorter(a, b, from: common, address, geometry) {
            case .neither: false
            case .first: try !goesOn(&one, after: offset + page, start, geometry)
            case .second: try !goesOn(&other, after: offset + page, start, geometry)
            }
          return isShorter ? .oneIsShorter : .different(at: offset + page + common)
        }
        if oneCount != otherCount { return .oneIsShorter }
        if common == 0 { break }
        offset += common
      }
      return .same
    } catch {
      return .unreadable(error)
    }
  }

  /// Where the first page begins that differs; nil where none does.
  private static func firstDifferentPage(_ a: [UInt8], _ b: [UInt8], count: Int) -> Int? {
    // SAFETY: both arrays have at least `count` bytes.
    let isSame = unsafe a.withUnsafeBytes { a in
      unsafe b.withUnsafeBytes { b in
        guard let first = a.baseAddress, let second = b.baseAddress else { return true }
        return unsafe memcmp(first, second, count) == 0
      }
    }
    if isSame { return nil }
    let pages = stride(from: 0, to: count, by: WALGeometry.pageSize)
    return pages.first { page in
      let end = min(page + WALGeometry.pageSize, count)
      return a[page..<end] != b[page..<end]
    }
  }

  private enum Shorter { case first, second, neither }

  /// Two pages differ. A page that is not at its own address, or has nothing from the first difference on, was never
  /// written (to its end).
  private static func shorter(
    _ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>, from common: Int, _ address: LSN, _ geometry: WALGeometry
  ) -> Shorter {
    func ends(_ page: ArraySlice<UInt8>) -> Bool {
      !isOwn(page, address, geometry) || page.dropFirst(common).allSatisfy { $0 == 0 }
    }
    return ends(a) ? .first : ends(b) ? .second : .neither
  }

  private static func isOwn(_ page: ArraySlice<UInt8>, _ address: LSN, _ geometry: WALGeometry) -> Bool {
    // SAFETY: the array's elements are plain bytes.
    guard let header = try? PageHeader(unsafe Array(page.prefix(PageHeader.longSize)).span.bytes) else { return false }
    return header.objection(at: address, geometry: geometry) == nil
  }

  /// Whether a page after the one at `offset` is that of its position.
  private static func goesOn(
    _ reader: inout SegmentReader, after offset: Int, _ start: LSN, _ geometry: WALGeometry
  ) throws(FileError) -> Bool {
    var page = [UInt8](repeating: 0, count: PageHeader.longSize)
    for place in stride(from: offset + WALGeometry.pageSize, to: geometry.segmentSize, by: WALGeometry.pageSize) {
      guard try reader.fill(&page, from: place) == page.count else { return false }
      if isOwn(page[...], start.advanced(by: UInt64(place)), geometry) { return true }
    }
    return false
  }
}
