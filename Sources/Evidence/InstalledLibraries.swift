package import PostgresFormat

/// What a folder has of the libraries that a server loads (`pg_config --pkglibdir`).
package struct InstalledLibraries: Sendable, Hashable {
  /// One of them.
  package enum State: Sendable, Hashable {
    case missing
    /// The file, and for which major it was built; nil where it does not tell, or cannot be read.
    case there(path: String, builtFor: ServerVersion?)
  }

  /// By the names that were looked for.
  package var states: [String: State]

  /// By name.
  package init(_ states: [String: State]) { self.states = states }
}
