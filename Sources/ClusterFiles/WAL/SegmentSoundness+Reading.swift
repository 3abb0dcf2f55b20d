import ByteReading
package import Evidence
package import PostgresFormat

extension WALInventory {
  /// How one of several copies of a segment is by itself, read after the segment before it and up to the end of its last record;
  /// `difference` is the first byte in which it and another copy differ.
  package func soundness(
    of file: SegmentFile, histories: [TimelineHistory], difference: LSN
  ) -> SegmentSoundness {
    guard let size = geometry?.segmentSize, let number = file.name.number(size: size) else { return .unknown }
    let history =
      histories.first { $0.timeline == file.name.timeline } ?? TimelineHistory(timeline: file.name.timeline)
    var alone = self
    alone.files = (history.ancestors.map(\.timeline) + [history.timeline]).flatMap { timeline in
      [number.rawValue &- 1, number.rawValue, number.rawValue &+ 1].flatMap { place in
        copies(of: SegmentName(timeline: timeline, number: SegmentNumber(place), size: size))
          .filter { place != number.rawValue || $0 == file }
      }
    }
    alone.sort()
    guard let route = WALRoute(alone, history: history) else { return .unknown }
    return route.soundness(of: number, difference: difference)
  }
}

extension SegmentSoundness {
  /// Of a node's own copy of a segment; nil where it has none.
  static func own(of node: NodeFiles, _ name: SegmentName, difference: LSN) -> SegmentSoundness? {
    guard let inventory = WALRoute(node.evidence, directory: node.directory)?.inventory,
      let file = inventory.copies(of: name).first(where: { !$0.isPartial })
    else { return nil }
    return inventory.soundness(of: file, histories: node.evidence.timelines.map(\.value), difference: difference)
  }
}

extension WALRoute {
  fileprivate func soundness(of number: SegmentNumber, difference: LSN) -> SegmentSoundness {
    let size = geometry.segmentSize
    let start = number.start(size: size)
    let segment = start..<start.advanced(by: UInt64(size))
    if number.rawValue > 0 {
      let before = SegmentNumber(number.rawValue - 1)
      if choice(for: before) != nil,
        let found = soundness(of: segment, from: before.start(size: size), difference: difference)
      {
        return found
      }
    }
    return soundness(of: segment, from: segment.lowerBound, difference: difference) ?? .unknown
  }

  /// nil where reading stops before the segment, and not for its sake.
  private func soundness(of segment: Range<LSN>, from begin: LSN, difference: LSN) -> SegmentSoundness? {
    var walker = RecordWalker(geometry: geometry, firstRecordFrom: begin)
    walker.stopBefore = segment.upperBound
    var reader = WALReader(self)
    var sink = NoSink()
    while reader.fill(for: &walker), walker.consume(reader.pages, sink: &sink) {}
    guard let stop = reader.stop(of: walker) else { return .unknown }
    // What comes before the first record that was found begin belongs to one that nobody has summed.
    let isRead = walker.firstRecord.map { $0 <= difference } ?? false
    if stop.at < segment.lowerBound {
      // A record that reaches into the segment is summed with the rest that is there.
      let read = walker.nextPage.advanced(by: UInt64(WALGeometry.pageSize))
      return walker.nextPage >= segment.lowerBound && difference < read ? .damaged(stop) : nil
    }
    if stop.reason == .limit { return isRead ? .whole : .unknown }
    if stop.at >= segment.upperBound { return isRead && difference < stop.record ?? stop.at ? .whole : .unknown }
    if stop.reason == .unreadable {
      guard case .file(let error)? = reader.problem?.cause, case .unpacking = error.reason else { return .unknown }
      return .damaged(stop)
    }
    let follows = NextValidRecord(route: self, bound: segment.upperBound)
      .search(after: stop, timeline: walker.highestTimeline)
    return stop.reason.isOrdinaryEnd && follows == nil ? .ends(at: walker.end) : .damaged(stop)
  }
}
