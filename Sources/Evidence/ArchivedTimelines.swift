package import PostgresFormat

/// The timeline histories of an archive, from which a recovery takes what its own folder lacks.
package struct ArchivedTimelines: Sendable, Hashable {
  /// The archive's folder, as it was given.
  package var path: String
  /// In the order of their timelines, with their whole paths.
  package var histories: [Located<TimelineHistory>] = []
  /// An archive without histories.
  package init(path: String) { self.path = path }
}
