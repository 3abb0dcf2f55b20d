package import PostgresFormat

/// The timeline histories of an archive, from which a recovery takes what its own folder lacks.
package struct ArchivedTimelines: Sendable, Hashable {
  /// The archive's folder, as it was given.
  package var path: String
  /// In the order of their timelines, with their whole paths.
  package var histories: [Located<TimelineHistory>] = []
  /// Segments from the one on in which the node's replay begins, a thousand at most, by the first pages of files: they are of its
  /// cluster. Empty without a node.
  package var segments: [SegmentRun] = []
  /// Of a file that the archiver has still to copy, taken first: what the archive has under its name; nil where it has nothing.
  package var waiting: Copy?

  /// A file in an archive beside the node's own of that name.
  package struct Copy: Sendable, Hashable {
    /// The archived file's whole path.
    package var path: String
    /// How it stands to the node's own.
    package var likeness: Likeness
    /// Where they hold something else and are segments: how each is by itself.
    package var soundness: Soundness?
    /// Both as they are.
    package init(path: String, likeness: Likeness) { (self.path, self.likeness) = (path, likeness) }
  }

  /// How two copies of a segment are, each by itself.
  package struct Soundness: Sendable, Hashable {
    /// The archived one.
    package var archived: SegmentSoundness
    /// The node's own.
    package var own: SegmentSoundness
    /// Both as they are.
    package init(archived: SegmentSoundness, own: SegmentSoundness) { (self.archived, self.own) = (archived, own) }
  }

  /// How an archived file stands to the node's own of that name.
  package enum Likeness: Sendable, Hashable {
    /// They hold the same.
    case same
    /// What it holds is the same, and it ends earlier: its copying was interrupted.
    case incomplete
    /// It holds something else.
    case different
  }

  /// An archive without histories.
  package init(path: String) { self.path = path }
}

extension Evidence {
  /// The first archive beside the node with files of all segments from one position to another, on the timelines of a history; nil
  /// where there is none, or the size of segments is not known.
  package func archive(with first: LSN, to last: LSN? = nil, in history: TimelineHistory) -> ArchivedTimelines? {
    guard let size = wal.segmentSize, size > 0 else { return nil }
    let (from, to) = (
      SegmentNumber(containing: first, size: size), SegmentNumber(containing: last ?? first, size: size)
    )
    return archives.first { archive in
      var next = from.rawValue
      for run in archive.segments.filter({ history.contains($0.timeline) }).sorted(by: { $0.first < $1.first }) {
        guard run.first.rawValue <= next else { break }
        if run.last.rawValue >= next { next = run.last.rawValue + 1 }
        if next > to.rawValue { return true }
      }
      return false
    }
  }
}
