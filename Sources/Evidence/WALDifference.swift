package import PostgresFormat

/// Two nodes that are on one timeline, and have different WAL in it.
package struct WALDifference: Sendable, Hashable {
  /// What the operator named, of both nodes.
  package var sources: [String]
  /// The one that both take for their own.
  package var timeline: TimelineID
  /// The first byte that differs, as far as segments were compared.
  package var from: LSN
  /// How the segment with that byte is in each of them by itself, in the order of ``sources``; empty where nobody has looked.
  package var soundness: [SegmentSoundness] = []
  /// Both nodes' sources, in the order in which they were given.
  package init(sources: [String], timeline: TimelineID, from: LSN) {
    (self.sources, self.timeline, self.from) = (sources, timeline, from)
  }
}
