import PostgresFormat

/// One rule applied to evidence: what is wrong or worth knowing, what it rests on, and what to do about it.
package struct Finding: Sendable, Hashable, Codable {
  /// How much it matters, the least first.
  package enum Severity: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
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

  /// The rule that found it.
  package let rule: RuleID
  /// The id of a damaged file's kind: `damage.wal`.
  private let kind: String?
  /// The row of the decision table that its slot is in by it: `L9`. It has a rule's id, and is part of this finding.
  package private(set) var situation: RuleID?
  /// That of its rule.
  package let severity: Severity
  /// The slot it is about; nil for a finding about the node.
  package let slotName: String?
  /// One sentence in an operator's words.
  package let message: String
  /// In the order in which they are read out; empty where the message holds them all.
  package let facts: [Fact]
  /// What to do, or what to wait for.
  package private(set) var remedy: String?

  /// The remedy is the rule's own where none is given.
  package init(_ rule: RuleID, slot: String? = nil, _ message: String, facts: [Fact] = [], remedy: String? = nil) {
    self.init(Rule.find(rule), slot: slot, message, facts: facts, remedy: remedy)
  }

  private init(_ rule: Rule, slot: String?, _ message: String, facts: [Fact], remedy: String?, kind: String? = nil) {
    (self.rule, self.kind, severity) = (rule.id, kind, rule.severity)
    (slotName, self.message, self.facts) = (slot, message, facts)
    self.remedy = remedy ?? rule.remedy
  }

  /// A damaged file: each kind has an id of its own, and some a rule of their own.
  init(damaged subject: String, _ message: String, facts: [Fact], remedy: String? = nil) {
    let id = "damage." + subject.replacing("_", with: "-")
    self.init(Rule.find(RuleID(rawValue: id) ?? .damage), slot: nil, message, facts: facts, remedy: remedy, kind: id)
  }

  /// Stable, and part of documents: `A13` of the rule `A13.open`.
  package var id: String { kind ?? rule.family }

  /// The id of the rule itself: `A13.open`.
  package var ruleName: String { kind ?? rule.rawValue }

  /// The id, and that of the situation.
  package var ids: [String] { [id] + (situation.map { [$0.rawValue] } ?? []) }

  /// In a row of the decision table, whose remedy counts unless another one is given.
  func situated(_ situation: RuleID?, remedy: String? = nil) -> Finding {
    guard let situation else { return self }
    var result = self
    (result.situation, result.remedy) = (situation, remedy ?? Rule.find(situation).remedy)
    return result
  }

  /// nil where its rule is not asked of this version; without a situation that is none there.
  func asked(of version: ServerVersion) -> Finding? {
    guard Rule.find(rule).concerns(version) else { return nil }
    guard let situation, !Rule.find(situation).concerns(version) else { return self }
    var result = self
    result.situation = nil
    return result
  }

  /// The order in which findings are told, whatever the order in which they were found.
  static func inOrder(_ a: Finding, _ b: Finding) -> Bool {
    if a.severity != b.severity { return a.severity > b.severity }
    if a.rule != b.rule { return a.rule < b.rule }
    if a.slotName != b.slotName { return a.slotName ?? "" < b.slotName ?? "" }
    return a.message != b.message ? a.message < b.message : a.details.lexicographicallyPrecedes(b.details)
  }

  /// All else by which two may differ.
  private var details: [String] {
    [kind ?? "", situation?.rawValue ?? "", remedy ?? ""] + facts.flatMap { [$0.node ?? "", $0.path, $0.fact] }
  }
}

extension [Finding] {
  /// Each once, the most severe first.
  var told: [Finding] { Set(self).sorted(by: Finding.inOrder) }
}

/// One fact that a finding rests on, with the node and the place it comes from.
package struct Fact: Sendable, Hashable, Codable {
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
