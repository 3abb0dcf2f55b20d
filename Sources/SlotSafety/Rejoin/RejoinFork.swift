package import PostgresFormat

/// Where the histories of two nodes part, as pg_rewind finds it (`findCommonAncestorTimeline`, src/bin/pg_rewind/pg_rewind.c).
package struct RejoinFork: Sendable, Hashable {
  /// The last timeline that both nodes wrote or replayed.
  package var timeline: TimelineID
  /// After the last record that both have; nil where neither left that timeline.
  package var lsn: LSN?

  /// How two nodes' histories stand to each other.
  package enum Relation: Sendable, Hashable {
    /// One and the same history.
    case same
    /// Both are on a timeline of the same number, of which their histories tell different things: each was promoted by itself.
    case twins(RejoinFork?)
    /// They part here.
    case forked(RejoinFork)
    /// Not even the first timeline is common.
    case strangers
  }

  /// The own timeline of each is the last of its history.
  static func relation(old: TimelineHistory, new: TimelineHistory) -> Relation {
    let (mine, others) = (entries(old), entries(new))
    let fork = find(mine, others)
    if old.timeline == new.timeline { return mine == others ? .same : .twins(fork) }
    return fork.map { .forked($0) } ?? .strangers
  }

  private struct Entry: Hashable {
    var timeline: TimelineID
    var begin: LSN
    /// nil: open.
    var end: LSN?
  }

  private static func entries(_ history: TimelineHistory) -> [Entry] {
    var begin = LSN.none
    var entries: [Entry] = []
    for ancestor in history.ancestors {
      entries.append(Entry(timeline: ancestor.timeline, begin: begin, end: ancestor.switchPoint))
      begin = ancestor.switchPoint
    }
    return entries + [Entry(timeline: history.timeline, begin: begin, end: nil)]
  }

  /// Side by side from the oldest on: an entry is common while timeline and beginning agree.
  private static func find(_ old: [Entry], _ new: [Entry]) -> RejoinFork? {
    var last: (Entry, Entry)?
    for (mine, other) in zip(old, new) {
      guard mine.timeline == other.timeline, mine.begin == other.begin else { break }
      last = (mine, other)
    }
    guard let last else { return nil }
    return RejoinFork(timeline: last.0.timeline, lsn: [last.0.end, last.1.end].compactMap { $0 }.min())
  }
}
