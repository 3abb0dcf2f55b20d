/// One thing to do on an old primary's way back, or before an upgrade, with what is typed for it.
package struct WayStep: Sendable, Hashable {
  /// Where it is done: the raw values stand in documents.
  package enum Node: String, Sendable, Hashable, CaseIterable { case old, new }
  /// What its commands are for: the raw values stand in documents.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Lines of a shell, as the user who owns the data directory.
    case shell
    /// Statements for psql.
    case sql
    /// Lines of a configuration file.
    case settings
    /// To be seen to by hand.
    case note
  }

  /// Where.
  package var node: Node
  /// How.
  package var kind: Kind
  /// A sentence: what, and why now.
  package var what: String
  /// What is typed, a line each; quoted for whoever reads it.
  package var commands: [String]

  init(_ node: Node, _ kind: Kind, _ what: String, _ commands: [String] = []) {
    (self.node, self.kind, self.what, self.commands) = (node, kind, what, commands)
  }
}
