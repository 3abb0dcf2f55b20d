package import Evidence
package import PostgresFormat

/// Which segments there are, over all timelines, folders and archives at once: what is there, what is missing between, and
/// what is there twice.
package struct WALCoverage: Sendable {
  /// The segments of one timeline.
  package struct Timeline: Sendable {
    /// The first 8 digits of its segments' names.
    package var timeline: TimelineID
    /// Segments with live WAL, `.partial` ones and those of compressed files included.
    package var runs: [SegmentRun] = []
    /// Segments in ``runs``, copies counted once.
    package var segmentCount = 0
    /// Missing ones between the lowest and the highest that this timeline's history has anywhere.
    package var missing: [SegmentGap] = []
    /// Segments of which there is only a `.partial` file.
    package var partialOnly: [SegmentNumber] = []
    /// Files that the server renamed for later use; they hold no WAL of their position.
    package var recycledCount = 0
    /// Files that are all zeros.
    package var preallocatedCount = 0
    /// Files in large archives, of which only the names were read: they count as live.
    package var unprobedCount = 0
  }

  /// A segment of which there are several files that may hold WAL.
  package struct Duplicate: Sendable {
    /// What all of them have for a name, suffixes aside.
    package var name: SegmentName
    /// In the order in which a route would take them.
    package var paths: [String]
    /// How the others compare with the first; empty where nobody has looked.
    package var comparisons: [SegmentComparison] = []
    /// Copies differ where both have WAL: one of them is wrong.
    package var isContradiction: Bool {
      comparisons.contains { if case .different = $0 { true } else { false } }
    }
  }

  /// What is of another cluster, and no part of the rest.
  package struct OtherCluster: Sendable {
    /// From the first pages of its segments.
    package var systemIdentifier: UInt64
    /// By timeline and number.
    package var runs: [SegmentRun]
  }

  /// Version and segment size that all of the segments share.
  package let geometry: WALGeometry
  private let storage: any ClusterStorage
  /// Ascending.
  package private(set) var timelines: [Timeline] = []
  /// In the order of their system identifiers.
  package private(set) var others: [OtherCluster] = []
  /// In the order of their names.
  package private(set) var duplicates: [Duplicate] = []
  /// Segments in the gaps of all timelines together.
  package var missingCount: UInt64 {
    timelines.flatMap(\.missing).reduce(0) { $0 &+ $1.count }
  }

  /// Takes stock; reads no file. nil where the geometry is not settled.
  package init?(_ inventory: WALInventory, histories: [TimelineHistory]) {
    guard let geometry = inventory.geometry else { return nil }
    (self.geometry, storage) = (geometry, inventory.storage)
    others = Dictionary(grouping: inventory.others, by: \.systemIdentifier).sorted { $0.key < $1.key }.map { system in
      var runs: [SegmentRun] = []
      for name in system.value.map(\.name).sorted() {
        if let number = name.number(size: geometry.segmentSize) { runs.extend(with: number, on: name.timeline) }
      }
      return OtherCluster(systemIdentifier: system.key, runs: runs)
    }
    var start = inventory.files.startIndex
    while start < inventory.files.endIndex {
      let name = inventory.files[start].name
      var end = start
      while end < inventory.files.endIndex, inventory.files[end].name == name { end += 1 }
      add(inventory.files[start..<end], of: inventory)
      start = end
    }
    var missing: [TimelineID: [SegmentGap]] = [:]
    let known = Dictionary(histories.map { ($0.timeline, $0) }, uniquingKeysWith: { first, _ in first })
    for index in timelines.indices where !timelines[index].runs.isEmpty {
      let timeline = timelines[index].timeline
      let history = known[timeline] ?? TimelineHistory(timeline: timeline)
      guard let route = WALRoute(inventory, history: history) else { continue }
      for gap in route.gaps() { missing[gap.timeline, default: []].append(gap) }
    }
    for index in timelines.indices {
      if let gaps = missing.removeValue(forKey: timelines[index].timeline) {
        timelines[index].missing = Self.merged(gaps)
      }
    }
    // What is left is of timelines of which there is no file.
    for (timeline, gaps) in missing {
      timelines.append(Timeline(timeline: timeline, missing: Self.merged(gaps)))
    }
    timelines.sort { $0.timeline < $1.timeline }
  }

  private mutating func add(_ copies: ArraySlice<SegmentFile>, of inventory: WALInventory) {
    guard let first = copies.first else { return }
    if timelines.last?.timeline != first.name.timeline { timelines.append(Timeline(timeline: first.name.timeline)) }
    let index = timelines.count - 1
    timelines[index].recycledCount += copies.count { $0.state == .recycled }
    timelines[index].preallocatedCount += copies.count { $0.state == .preallocated }
    timelines[index].unprobedCount += copies.count { $0.state == .unprobed }
    let live = copies.filter(\.state.mayBeLive)
    guard !live.isEmpty, let number = first.name.number(size: geometry.segmentSize) else { return }
    timelines[index].segmentCount += 1
    if live.allSatisfy(\.isPartial) { timelines[index].partialOnly.append(number) }
    timelines[index].runs.extend(with: number, on: first.name.timeline)
    if live.count > 1 {
      duplicates.append(Duplicate(name: first.name, paths: live.map(inventory.path(of:))))
    }
  }

  /// Gaps found on several routes, as one list.
  private static func merged(_ gaps: [SegmentGap]) -> [SegmentGap] {
    var merged: [SegmentGap] = []
    for gap in gaps.sorted(by: { $0.first < $1.first }) {
      if let last = merged.last, gap.first.rawValue <= last.last.rawValue + 1 {
        merged[merged.count - 1].last = max(last.last, gap.last)
      } else {
        merged.append(gap)
      }
    }
    return merged
  }

  /// Leaves out all other timelines.
  package mutating func keep(timeline: TimelineID) {
    timelines.removeAll { $0.timeline != timeline }
    duplicates.removeAll { $0.name.timeline != timeline }
  }

  /// Reads the segments that are there more than once, and compares each copy with the first. `progress` is told how many
  /// have been compared.
  package mutating func compareDuplicates(progress: (Int) -> Void) {
    for index in duplicates.indices {
      let duplicate = duplicates[index]
      guard let number = duplicate.name.number(size: geometry.segmentSize) else { continue }
      let start = number.start(size: geometry.segmentSize)
      duplicates[index].comparisons = duplicate.paths.dropFirst().map {
        SegmentComparison.compare(
          (duplicate.paths[0], storage), ($0, storage), start: start, geometry: geometry)
      }
      progress(index + 1)
    }
  }
}

extension WALRoute {
  /// The segments that no timeline of the history has, between the lowest and the highest that one has. `end` is where WAL
  /// ends: the segment with its last byte must be there, too.
  func gaps(upTo end: LSN? = nil) -> [SegmentGap] {
    var gaps: [SegmentGap] = []
    var expected: SegmentNumber?
    let size = geometry.segmentSize
    func close(before number: SegmentNumber) {
      guard let first = expected, first < number else { return }
      let timeline = history.timeline(of: first.start(size: size))
      gaps.append(SegmentGap(timeline: timeline, first: first, last: SegmentNumber(number.rawValue - 1)))
    }
    for number in liveSegments {
      close(before: number)
      expected = SegmentNumber(number.rawValue + 1)
    }
    if let end, end.isValid {
      let last = SegmentNumber(containing: LSN(end.rawValue - 1), size: size)
      close(before: SegmentNumber(last.rawValue + 1))
    }
    return gaps
  }
}
