import Evidence
package import PostgresFormat

/// Which file to read for each segment when a timeline is followed back through its ancestors, or when reading stays on one.
///
/// A segment that holds a switch point exists on both timelines; the newer one's copy has everything up to the switch and
/// what follows it, while the older one's may go on with WAL that is not part of the history. So the newest timeline of the
/// history that has the segment gives it, and of an ancestor's file nothing after its switch point counts.
package struct WALRoute: Sendable {
  /// The files it chooses from.
  package let inventory: WALInventory
  /// The inventory's, settled.
  package let geometry: WALGeometry
  /// Its own timeline last; its ancestors and their switch points before.
  package let history: TimelineHistory

  /// Where one timeline is part of the history; newest first.
  private struct Span {
    var timeline: TimelineID
    var first: SegmentNumber
    /// The last segment with bytes of it, and the position after its last byte. nil for the newest.
    var end: (segment: SegmentNumber, position: LSN)?
  }
  private let spans: [Span]

  /// The file that gives a segment, and how far it counts.
  package struct Choice: Sendable, Hashable {
    /// The first of the segment's copies, in the order in which they are tried.
    package var file: SegmentFile
    /// Of an ancestor's file nothing from here on belongs to the history.
    package var end: LSN?
  }

  /// Follows the history. Its ancestors are left out where reading should stay on one timeline: pass
  /// `TimelineHistory(timeline:)` then. nil where the geometry is not settled.
  package init?(_ inventory: WALInventory, history: TimelineHistory) {
    guard let geometry = inventory.geometry else { return nil }
    (self.inventory, self.geometry, self.history) = (inventory, geometry, history)
    let size = geometry.segmentSize
    let spans = history.spans.map { span in
      Span(
        timeline: span.timeline, first: SegmentNumber(containing: span.begin, size: size),
        end: span.end.map { end in
          // A span is never empty, so that there is a last byte.
          (segment: SegmentNumber(containing: LSN(end.rawValue - 1), size: size), position: end)
        })
    }
    self.spans = spans.reversed()
  }

  /// The file for a segment; nil where no timeline of the history has one.
  package func choice(for number: SegmentNumber) -> Choice? {
    var lastResort: Choice?
    for span in spans where span.first <= number && span.end.map({ number <= $0.segment }) ?? true {
      let name = SegmentName(timeline: span.timeline, number: number, size: geometry.segmentSize)
      let end = span.end.flatMap { $0.segment == number ? $0.position : nil }
      for file in inventory.copies(of: name) {
        let choice = Choice(file: file, end: end)
        if file.state.mayBeLive && !file.isPartial { return choice }
        if lastResort.map({ !$0.file.state.mayBeLive && file.state.mayBeLive }) ?? true { lastResort = choice }
      }
    }
    return lastResort
  }

  /// The lowest segment that any timeline of the history has and that is live.
  package var firstSegment: SegmentNumber? { liveSegments.first }

  /// The segments of the history that have a live file, ascending.
  package var liveSegments: [SegmentNumber] {
    var numbers: [SegmentNumber] = []
    for span in spans {
      let start = inventory.files.partitionPoint { $0.name.timeline >= span.timeline }
      for file in inventory.files[start...] {
        guard file.name.timeline == span.timeline else { break }
        guard let number = file.name.number(size: geometry.segmentSize), file.state.mayBeLive, number >= span.first,
          span.end.map({ number <= $0.segment }) ?? true
        else { continue }
        numbers.append(number)
      }
    }
    numbers.sort()
    var unique: [SegmentNumber] = []
    for number in numbers where number != unique.last { unique.append(number) }
    return unique
  }
}
