/// One rule applied to evidence: what is wrong or worth knowing, what it rests on, and what to do about it.
package struct Finding: Sendable, Hashable {
  /// How much it matters, the least first.
  package enum Severity: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Worth knowing; nothing to do.
    case info
    /// Something may go wrong, or cannot be told.
    case warning
    /// Something is wrong.
    case error
    private var rank: Int {
      switch self {
      case .info: 0
      case .warning: 1
      case .error: 2
      }
    }
    /// By how much it matters.
    package static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }
  }

  /// Stable: `slot.lost`, `wal.gap`. Part of the documents.
  package var id: String
  /// Its own: the rule's usual one is in ``AuditRule``.
  package var severity: Severity
  /// The slot it is about; nil for a finding about the node.
  package var slotName: String?
  /// One sentence in an operator's words.
  package var message: String
  /// In the order in which they are read out; empty where the message holds them all.
  package var facts: [Fact]
  /// What to do, or what to wait for.
  package var remedy: String?

  /// `id` is part of documents and scripts: one that was given out does not change.
  package init(
    _ id: String, _ severity: Severity, slot: String? = nil, _ message: String, facts: [Fact] = [],
    remedy: String? = nil
  ) {
    (self.id, self.severity, self.slotName) = (id, severity, slot)
    (self.message, self.facts, self.remedy) = (message, facts, remedy)
  }
}

/// One fact that a finding rests on, with the node and the place it comes from.
package struct Fact: Sendable, Hashable {
  /// `primary`, `standby`, `subscriber`; nil where only one node is looked at.
  package var node: String?
  /// From the node's directory on, or the server's view.
  package var path: String
  /// Bytes from the start of the file, where the fact has such a place.
  package var offset: Int?
  /// What stands there, in words.
  package var fact: String

  /// Names are shown as they are in the file; each output escapes them.
  package init(_ fact: String, path: String, offset: Int? = nil, node: String? = nil) {
    (self.fact, self.path, self.offset, self.node) = (fact, path, offset, node)
  }
}
