package import Evidence
import PostgresFormat

/// Which slots a plan is about: a list of conditions, of which one must hold.
///
/// Reads like `pg_failover_slots.synchronize_slot_names`: `name:x`, `name_like:x%`, `plugin:x`, separated by commas; a
/// word without a key is a name, or with `*` or `?` in it a pattern as shells have them; an empty list selects nothing.
package struct SlotFilter: Sendable, Hashable {
  /// One condition on a slot.
  package enum Condition: Sendable, Hashable {
    /// The whole name.
    case name(String)
    /// As SQL's LIKE has it: `%` any text, `_` any character, a backslash takes the next character as it is.
    case nameLike(String)
    /// The whole name of the output plugin.
    case plugin(String)
  }

  /// A key that there is not, or a key without a value.
  package struct SyntaxError: Error, Sendable, Hashable {
    /// As it was given, without blanks around it.
    package var word: String
  }

  /// One that holds is enough; none holds where there are none.
  package var conditions: [Condition]

  /// What a plan is about where the operator says nothing.
  package static let all = SlotFilter(conditions: [.nameLike("%")])

  /// Takes values that the text form cannot have, such as one with a comma.
  package init(conditions: [Condition]) { self.conditions = conditions }

  /// Throws ``SyntaxError`` for a key that there is not, and for a key without a value.
  package init(_ text: String) throws(SyntaxError) {
    conditions = []
    for part in text.split(separator: ",") {
      let word = Self.trimmed(part)
      if word.isEmpty { continue }
      let pieces = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      let value = Self.trimmed(pieces[pieces.count - 1])
      guard !value.isEmpty else { throw SyntaxError(word: word) }
      switch pieces.count == 1 ? "name" : Self.trimmed(pieces[0]) {
      case "name" where value.contains { $0 == "*" || $0 == "?" }: conditions.append(.nameLike(Self.like(value)))
      case "name": conditions.append(.name(value))
      case "name_like": conditions.append(.nameLike(value))
      case "plugin": conditions.append(.plugin(value))
      default: throw SyntaxError(word: word)
      }
    }
  }

  /// A shell's pattern as one of LIKE: no slot has `*` or `?` in its name.
  private static func like(_ pattern: String) -> String {
    pattern.map { letter in
      switch letter {
      case "*": "%"
      case "?": "_"
      case "%", "_", "\\": "\\\(letter)"
      default: String(letter)
      }
    }.joined()
  }

  /// In time that grows with the lengths of name and pattern, whatever the pattern.
  package func selects(name: String, plugin: String) -> Bool {
    conditions.contains { condition in
      switch condition {
      case .name(let wanted): name == wanted
      case .nameLike(let pattern): Self.isLike(Array(name.unicodeScalars), Array(pattern.unicodeScalars))
      case .plugin(let wanted): plugin == wanted
      }
    }
  }

  /// What is wrong with it beside these slots: names that none of them has, or nothing that fits at all. A misspelled name would
  /// else be one for which nothing is to be done.
  package func misfit(among slots: [SlotEvidence]) -> String? {
    misfit(among: slots.map { (name: $0.state?.name ?? $0.directory, plugin: $0.state?.plugin ?? "") })
  }

  /// The same of the slots that an answer is about: the primary's, and those that the standby alone has and something is said of.
  package func misfit(among assessment: Assessment) -> String? {
    misfit(
      among: assessment.slots.map { ($0.slotName, $0.plugin ?? "") }
        + assessment.findings.compactMap { finding in finding.slotName.map { ($0, "") } })
  }

  /// The same of slots by their names and plugins.
  package func misfit(among slots: [(name: String, plugin: String)]) -> String? {
    guard self != .all else { return nil }
    let names = Set(slots.map(\.name))
    let missing = conditions.compactMap { condition in
      if case .name(let name) = condition, !names.contains(name) { name } else { nil }
    }
    if !missing.isEmpty { return "there is no slot \(missing.joined(separator: ", "))" }
    let fits = slots.contains { selects(name: $0.name, plugin: $0.plugin) }
    return fits ? nil : "no slot fits --slots"
  }

  /// Whether a name matches a pattern, in time that grows with the product of their lengths at most.
  private static func isLike(_ name: [Unicode.Scalar], _ pattern: [Unicode.Scalar]) -> Bool {
    // `reached[i]`: the first i scalars of the name match the pattern so far.
    var reached = [Bool](repeating: false, count: name.count + 1)
    reached[0] = true
    var at = 0
    while at < pattern.count {
      var next = [Bool](repeating: false, count: name.count + 1)
      switch pattern[at] {
      case "%":
        var any = false
        for i in reached.indices {
          any = any || reached[i]
          next[i] = any
        }
      case let scalar:
        let isEscaped = scalar == "\\" && at + 1 < pattern.count
        if isEscaped { at += 1 }
        for i in name.indices where reached[i] {
          next[i + 1] = scalar == "_" || name[i] == pattern[at]
        }
      }
      reached = next
      at += 1
    }
    return reached[name.count]
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    let blanks: Set<Character> = [" ", "\t", "\n", "\r"]
    var part = Substring(text)
    while let first = part.first, blanks.contains(first) { part.removeFirst() }
    while let last = part.last, blanks.contains(last) { part.removeLast() }
    return String(part)
  }
}
