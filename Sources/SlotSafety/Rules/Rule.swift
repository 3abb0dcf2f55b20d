package import PostgresFormat

/// What an operator who meets an id in a finding is told of it, by `slotscope rules` and in findings. Its check stands beside it,
/// in its ``RuleUnit``.
package struct Rule: Sendable, Hashable {
  /// What findings are named by.
  package let id: RuleID
  /// The first version that it concerns.
  package let first: ServerVersion
  /// The last one; nil where newer versions are concerned too.
  package let last: ServerVersion?
  /// Of all of its findings.
  package let severity: Finding.Severity
  /// What it asks, in one sentence.
  package let question: String
  /// What to do where it speaks; nil: nothing, or what the finding says.
  package let remedy: String?

  init(
    _ id: RuleID, from first: ServerVersion = .oldest, until last: ServerVersion? = nil, _ severity: Finding.Severity,
    _ question: String, _ remedy: String? = nil
  ) {
    (self.id, self.first, self.last, self.severity) = (id, first, last, severity)
    (self.question, self.remedy) = (question, remedy)
  }

  /// `10 to 15`, `16 and later`, `all`.
  package var versions: String {
    guard let last else { return first == .oldest ? "all" : "\(first) and later" }
    return first == last ? first.name : "\(first) to \(last)"
  }

  /// All of them, in the order of their ids.
  package static let all: [Rule] = RuleRegistry.all.units.flatMap { $0.rules }.sorted { $0.id < $1.id }

  /// Every id has a rule.
  package static func find(_ id: RuleID) -> Rule {
    guard let rule = byID[id] else { preconditionFailure("every id has a rule") }
    return rule
  }

  /// The rule of this id in any case; nil for an id that there is not. What is damaged has an id of its own kind each.
  package static func find(text: String) -> Rule? {
    let text = text.lowercased()
    return byText[text] ?? (text.hasPrefix("damage.") ? find(.damage) : nil)
  }

  /// The rules that have this one's id in documents, this one among them.
  package var family: [Rule] { Self.all.filter { $0.id.family == id.family } }

  /// Whether it is asked of this version.
  func concerns(_ version: ServerVersion) -> Bool { first <= version && version <= last ?? version }

  private static let byText = Dictionary(all.map { ($0.id.rawValue.lowercased(), $0) }) { first, _ in first }
  private static let byID = Dictionary(all.map { ($0.id, $0) }) { first, _ in first }
}
