package import PostgresFormat

/// The timeline histories of an archive, from which a recovery takes what its own folder lacks.
package struct ArchivedTimelines: Sendable, Hashable {
  /// The archive's folder, as it was given.
  package var path: String
  /// In the order of their timelines, with their whole paths.
  package var histories: [Located<TimelineHistory>] = []
  /// Of a file that the archiver has still to copy, taken first: what the archive has under its name; nil where it has nothing.
  package var waiting: Copy?

  /// A file in an archive beside the node's own of that name.
  package struct Copy: Sendable, Hashable {
    /// The archived file's whole path.
    package var path: String
    /// How it stands to the node's own.
    package var likeness: Likeness
    /// Both as they are.
    package init(path: String, likeness: Likeness) { (self.path, self.likeness) = (path, likeness) }
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
