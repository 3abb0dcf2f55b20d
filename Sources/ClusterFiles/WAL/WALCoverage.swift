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
    /// The same of those that are there, and cannot be read: packed in another way, encrypted, damaged at their beginning.
    package var unreadable: [SegmentGap] = []
    /// Segments of which there is only a `.partial` file.
    package var partialOnly: [SegmentNumber] = []
    /// Segments of which every file ends before a segment does, with the bytes of the longest; not the last one, which may
    /// still have been written.
    package var short: [(number: SegmentNumber, bytes: UInt32)] = []
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
    fileprivate var files: [SegmentFile]
    /// How the others compare with the first; empty where nobody has looked.
    package var comparisons: [SegmentComparison] = []
    /// How each of the copies that contradict each other is by itself; empty where nobody has looked.
    package var soundness: [SegmentSoundness] = []
    /// Copies differ where both have WAL: one of them is wrong.
    package var isContradiction: Bool { firstDifference != nil }
    /// The first byte of the segment in which two copies differ; nil where none do.
    var firstDifference: Int? {
      comparisons.compactMap { if case .different(let offset) = $0 { offset } else { nil } }.min()
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
  private let inventory: WALInventory
  private let histories: [TimelineHistory]
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
    (self.geometry, self.inventory, self.histories) = (geometry, inventory, histories)
    others = Self.otherClusters(in: inventory, size: geometry.segmentSize)
    let files = inventory.files
    var start = files.startIndex
    while start < files.endIndex {
      let end = files[start...].firstIndex { $0.name != files[start].name } ?? files.endIndex
      add(files[start..<end], of: inventory)
      start = end
    }
    place(gaps(in: inventory, histories: histories))
    tellUnreadable(in: inventory)
    dropLastShort()
  }

  private static func otherClusters(in inventory: WALInventory, size: Int) -> [OtherCluster] {
    let systems = Dictionary(grouping: inventory.others, by: \.systemIdentifier).sorted { $0.key < $1.key }
    return systems.map { system in
      var runs: [SegmentRun] = []
      for name in system.value.map(\.name).sorted() {
        if let number = name.number(size: size) { runs.extend(with: number, on: name.timeline) }
      }
      return OtherCluster(systemIdentifier: system.key, runs: runs)
    }
  }

  /// What is missing on the way to each timeline that has segments, by the timeline whose segments those are.
  private func gaps(in inventory: WALInventory, histories: [TimelineHistory]) -> [TimelineID: [SegmentGap]] {
    var missing: [TimelineID: [SegmentGap]] = [:]
    let known = Dictionary(histories.map { ($0.timeline, $0) }, uniquingKeysWith: { first, _ in first })
    for timeline in timelines where !timeline.runs.isEmpty {
      let history = known[timeline.timeline] ?? TimelineHistory(timeline: timeline.timeline)
      guard let route = WALRoute(inventory, history: history) else { continue }
      for gap in route.gaps() { missing[gap.timeline, default: []].append(gap) }
    }
    return missing
  }

  private mutating func place(_ gaps: [TimelineID: [SegmentGap]]) {
    var missing = gaps
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

  /// Of the gaps those segments that have a file.
  private mutating func tellUnreadable(in inventory: WALInventory) {
    let states: Set<SegmentState> = [.packed, .foreign, .tooShort, .notRegular, .unreadable]
    for index in timelines.indices where !timelines[index].missing.isEmpty {
      let timeline = timelines[index].timeline
      let start = inventory.files.partitionPoint { $0.name.timeline >= timeline }
      var runs: [SegmentRun] = []
      for file in inventory.files[start...].prefix(while: { $0.name.timeline == timeline })
      where states.contains(file.state) {
        guard let number = file.name.number(size: geometry.segmentSize) else { continue }
        runs.extend(with: number, on: timeline)
      }
      (timelines[index].missing, timelines[index].unreadable) = Self.split(timelines[index].missing, by: runs)
    }
  }

  /// What runs leave of gaps, and what of them they have; both ascend, and neither overlap.
  private static func split(
    _ gaps: [SegmentGap], by runs: [SegmentRun]
  ) -> (outside: [SegmentGap], inside: [SegmentGap]) {
    var (outside, inside): ([SegmentGap], [SegmentGap]) = ([], [])
    var rest = runs[...]
    for var gap in gaps {
      rest = rest.drop { $0.last < gap.first }
      var isOpen = true
      for run in rest.prefix(while: { $0.first <= gap.last }) {
        if gap.first < run.first {
          outside.append(
            SegmentGap(timeline: gap.timeline, first: gap.first, last: SegmentNumber(run.first.rawValue - 1)))
        }
        let last = min(gap.last, run.last)
        inside.append(SegmentGap(timeline: gap.timeline, first: max(gap.first, run.first), last: last))
        isOpen = last < gap.last
        if isOpen { gap.first = SegmentNumber(last.rawValue + 1) }
      }
      if isOpen { outside.append(gap) }
    }
    return (outside, inside)
  }

  /// The last segment may still have been written.
  private mutating func dropLastShort() {
    let last = timelines.lastIndex { !$0.runs.isEmpty }
    for index in timelines.indices {
      let end = index == last ? timelines[index].runs.last?.last : nil
      timelines[index].short.removeAll { $0.number == end }
    }
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
    if live.allSatisfy({ $0.isShort(of: geometry.segmentSize) }), let bytes = live.compactMap(\.size).max() {
      timelines[index].short.append((number, bytes))
    }
    timelines[index].runs.extend(with: number, on: first.name.timeline)
    if live.count > 1 {
      duplicates.append(Duplicate(name: first.name, paths: live.map(inventory.path(of:)), files: live))
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

  /// Contradictory copies that are read by themselves: so many tell what is the matter.
  private static let soundnessLimit = 100

  /// Reads the segments that are there more than once, and compares each copy with the first; those that contradict each other also
  /// by themselves. `progress` is told how many have been compared.
  package mutating func compareDuplicates(progress: (Int) -> Void) {
    var contradictions = 0
    for index in duplicates.indices {
      let duplicate = duplicates[index]
      guard let number = duplicate.name.number(size: geometry.segmentSize) else { continue }
      let start = number.start(size: geometry.segmentSize)
      duplicates[index].comparisons = duplicate.paths.dropFirst().map {
        SegmentComparison.compare(
          (duplicate.paths[0], inventory.storage), ($0, inventory.storage), start: start, geometry: geometry)
      }
      if let offset = duplicates[index].firstDifference, contradictions < Self.soundnessLimit {
        contradictions += 1
        duplicates[index].soundness = duplicate.files.map {
          inventory.soundness(of: $0, histories: histories, difference: start.advanced(by: UInt64(offset)))
        }
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
    for number in liveSegments {
      if let gap = gap(from: expected, before: number) { gaps.append(gap) }
      expected = SegmentNumber(number.rawValue + 1)
    }
    if let end, end.isValid {
      let last = SegmentNumber(containing: LSN(end.rawValue - 1), size: geometry.segmentSize)
      if let gap = gap(from: expected, before: SegmentNumber(last.rawValue + 1)) { gaps.append(gap) }
    }
    return gaps
  }

  private func gap(from first: SegmentNumber?, before number: SegmentNumber) -> SegmentGap? {
    guard let first, first < number else { return nil }
    let timeline = history.timeline(of: first.start(size: geometry.segmentSize))
    return SegmentGap(timeline: timeline, first: first, last: SegmentNumber(number.rawValue - 1))
  }
}
