import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

/// Real segments with bytes changed, cut, moved and swapped anywhere: nothing ends the process, no record is accepted that
/// no server wrote, what precedes the damage is all there, and the place and the reason are named.
@Suite struct WALMutationTests {
  /// Up to three segments in a row: the damage, what precedes it, and what reading could go on with.
  private struct Window {
    let folder = ScratchDirectory()
    let names: ArraySlice<String>
    let source: WALSource
    let records: [WALWalkTests.Line]

    init(_ names: ArraySlice<String>, of segments: [String: [UInt8]]) async throws {
      self.names = names
      for name in names { folder.write(name, try #require(segments[name])) }
      source = try WALWalkTests.source(folder: folder)
      records = try await WALWalkTests.walk(source, jobs: 1).lines
    }
  }

  @Test(arguments: ["pg9.6-crash", "pg13-crash", "pg17-crash", "pg19-crash"], [UInt64(1), 2])
  func noWrongRecordIsAccepted(fixture: String, seed: UInt64) async throws {
    let node = try Fixtures.node(fixture, "data")
    let folder = try WALWalkTests.folder(node) { ($0, $1) }
    let whole = try WALWalkTests.source(folder: folder)
    let size = whole.route.geometry.segmentSize
    let names = FileTree.entries(of: folder.path).filter { SegmentName($0.utf8) != nil }
      .prefix(whole.route.liveSegments.count)
    var segments: [String: [UInt8]] = [:]
    for name in names { segments[name] = try FileTree.contents(of: "\(folder.path)/\(name)") }
    var random = SplitMix(state: seed)
    for _ in 0..<15 {
      // 9.6 has large segments, and so fewer of them.
      let count = min(3, names.count)
      let first = Int.random(in: 0...names.count - count, using: &random)
      let window = try await Window(names[first..<first + count], of: segments)
      #expect(window.records.count > 100)
      for round in 0..<4 {
        let victim = try #require(window.names.randomElement(using: &random))
        let number = try #require(SegmentName(victim.utf8)?.number(size: size))
        let original = try #require(segments[victim])
        var bytes = original
        let (description, offset) = Self.mutate(&bytes, with: Array(segments.values), &random)
        window.folder.write(victim, bytes)
        defer { window.folder.write(victim, original) }
        try await check(
          window, changedFrom: number.start(size: size).advanced(by: UInt64(offset)), jobs: 1 + round % 3,
          "\(node) seed \(seed): \(description) in \(victim) at \(offset)")
        await Task.yield()
      }
    }
  }

  private func check(_ window: Window, changedFrom from: LSN, jobs: Int, _ place: String) async throws {
    let (whole, known) = (window.records, Set(window.records))
    // The segment's first page decides what the file is taken for: look at the folder anew.
    guard let changed = try? WALWalkTests.source(folder: window.folder) else { return }
    let stopped = try await WALWalkTests.walk(changed, jobs: 1)
    #expect(stopped.lines.allSatisfy(known.contains), "\(place)")
    if changed.route.firstSegment == window.source.route.firstSegment {
      // All that ends before the first changed byte is found.
      let before = whole.prefix { $0.end <= from }
      let isThere = stopped.lines.prefix(before.count).elementsEqual(before)
      #expect(isThere, "\(place): \(stopped.outcome.stop)")
      let isNamed = stopped.lines == whole || stopped.outcome.stop.at >= Self.page(of: stopped.outcome.end)
      #expect(isNamed, "\(place): \(stopped.outcome.stop)")
    }
    let parallel = try await WALWalkTests.walk(changed, jobs: 3, batchSize: 1 << 17)
    let isSame = parallel.lines == stopped.lines && parallel.outcome.stop == stopped.outcome.stop
    #expect(isSame, "\(place)")
    let salvaged = try await WALWalkTests.walk(changed, jobs: jobs, salvage: true)
    #expect(salvaged.lines.allSatisfy(known.contains), "\(place)")
    #expect(salvaged.lines.count >= stopped.lines.count, "\(place)")
  }

  private static func page(of lsn: LSN) -> LSN { LSN(lsn.rawValue & ~8191) }

  /// Changes a segment, and says how and from which byte on.
  private static func mutate(
    _ bytes: inout [UInt8], with others: [[UInt8]], _ random: inout SplitMix
  ) -> (String, Int) {
    let offset = Int.random(in: 0..<bytes.count, using: &random)
    let page = offset / 8192 * 8192
    switch Int.random(in: 0..<8, using: &random) {
    case 0:
      bytes[offset] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      return ("a bit", offset)
    case 1:
      let count = min(bytes.count - offset, Int.random(in: 1...200, using: &random))
      for index in offset..<offset + count { bytes[index] = UInt8.random(in: 0...255, using: &random) }
      return ("\(count) bytes", offset)
    case 2:
      bytes.removeLast(bytes.count - offset)
      // Half a page is none.
      return ("cut", page)
    case 3:
      for index in page..<page + 8192 { bytes[index] = 0 }
      return ("a page of zeros", page)
    case 4:
      // A header field: magic, flags, timeline, address, remaining length.
      let field = page + Int.random(in: 0..<20, using: &random)
      bytes[field] = UInt8.random(in: 0...255, using: &random)
      return ("a page header", page)
    case 5:
      let other = Int.random(in: 0..<others.count, using: &random)
      bytes.replaceSubrange(page..<page + 8192, with: others[other][page..<page + 8192])
      return ("a page of another segment", page)
    case 6:
      bytes.remove(at: offset)
      return ("a byte left out", offset)
    default:
      bytes.insert(contentsOf: bytes[page..<min(page + 8192, bytes.count)], at: page)
      return ("a page twice", page)
    }
  }
}
