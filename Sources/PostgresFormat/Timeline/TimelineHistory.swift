/// The ancestry of one timeline: what `TTTTTTTT.history` says, oldest first, and the timeline itself.
///
/// An entry's timeline ends at its switch point, exclusive; a position equal to a switch point belongs to the child.
/// Follows src/backend/access/transam/timeline.c.
package struct TimelineHistory: Sendable, Hashable {
  /// One line of the file (`TimeLineHistoryEntry`): a timeline and where it was left.
  package struct Entry: Sendable, Hashable {
    /// The timeline that was left (`tli`).
    package var timeline: TimelineID
    /// Where `timeline` ends and the next entry begins.
    package var switchPoint: LSN
    /// Free text of the server.
    package var reason: String
    /// The parts of a line; none of them is checked.
    package init(timeline: TimelineID, switchPoint: LSN, reason: String) {
      self.timeline = timeline
      self.switchPoint = switchPoint
      self.reason = reason
    }
  }

  /// The timeline whose history this is: that of the file's name.
  package var timeline: TimelineID
  /// The lines of the file, oldest first; the last is the parent. Empty for timeline 1.
  package var ancestors: [Entry]

  /// Without ancestors it is timeline 1, or one whose history file is missing, which the server treats the same.
  package init(timeline: TimelineID, ancestors: [Entry] = []) {
    self.timeline = timeline
    self.ancestors = ancestors
  }

  /// The positions that one timeline of the history owns.
  package struct Span: Sendable, Hashable {
    /// An ancestor, or the timeline itself.
    package var timeline: TimelineID
    /// The first of them.
    package var begin: LSN
    /// After the last one; nil for the timeline itself, which goes on.
    package var end: LSN?
  }

  /// Who owns what, ascending and without a break, as a server searches: the newest timeline first. Recovery to a point before a
  /// switch point, in the same segment, leaves switch points that go backwards, and timelines between them that own nothing.
  package var spans: [Span] {
    var spans = [Span(timeline: timeline, begin: ancestors.last?.switchPoint ?? .none, end: nil)]
    for (index, entry) in ancestors.enumerated().reversed() {
      let begin = index > 0 ? ancestors[index - 1].switchPoint : .none
      let end = min(entry.switchPoint, spans[spans.count - 1].begin)
      if begin < end { spans.append(Span(timeline: entry.timeline, begin: begin, end: end)) }
    }
    return spans.reversed()
  }

  /// The timeline that the byte at `lsn` belongs to (`tliOfPointInHistory`).
  package func timeline(of lsn: LSN) -> TimelineID {
    spans.last { $0.begin <= lsn && ($0.end.map { lsn < $0 } ?? true) }?.timeline ?? timeline
  }

  /// Where `ancestor` ends in this history: nil for the timeline itself and for one that is not part of it. Where switch points
  /// go backwards, nothing from a later one on is the ancestor's.
  package func switchPoint(of ancestor: TimelineID) -> LSN? {
    guard let index = ancestors.firstIndex(where: { $0.timeline == ancestor }) else { return nil }
    return ancestors[index...].map(\.switchPoint).min()
  }

  /// Whether this history goes through `other`, or ends with it.
  package func contains(_ other: TimelineID) -> Bool {
    other == timeline || ancestors.contains { $0.timeline == other }
  }
}
