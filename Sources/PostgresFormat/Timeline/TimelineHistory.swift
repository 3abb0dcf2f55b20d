/// The ancestry of one timeline: what `TTTTTTTT.history` says, oldest first, and the timeline itself.
///
/// An entry's timeline ends at its switch point, exclusive; a position equal to a switch point belongs to the child.
/// Follows src/backend/access/transam/timeline.c.
package struct TimelineHistory: Sendable, Hashable, Codable {
  /// One line of the file (`TimeLineHistoryEntry`): a timeline and where it was left.
  package struct Entry: Sendable, Hashable, Codable {
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

  /// The timeline that the byte at `lsn` belongs to (`tliOfPointInHistory`).
  package func timeline(of lsn: LSN) -> TimelineID {
    var begin = LSN.none
    for entry in ancestors {
      if lsn >= begin && lsn < entry.switchPoint { return entry.timeline }
      begin = entry.switchPoint
    }
    return timeline
  }

  /// Where `ancestor` ends in this history: nil for the timeline itself and for one that is not part of it.
  package func switchPoint(of ancestor: TimelineID) -> LSN? {
    ancestors.first { $0.timeline == ancestor }?.switchPoint
  }

  /// Whether this history goes through `other`, or ends with it.
  package func contains(_ other: TimelineID) -> Bool {
    other == timeline || ancestors.contains { $0.timeline == other }
  }
}
