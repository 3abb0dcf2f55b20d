import SlotSafety

/// What a script does, short enough for one cell of the table: steps that do the same are one item, with how many there are.
/// Each of them is in the script.
enum PlanFolderSummary {
  /// Characters of a cell at most, with room for the number of what is left out. An item is left out whole, never cut.
  static let limit = 200

  /// `escaped` makes the text safe where it stands, which may make it longer.
  static func text(_ steps: [Step], _ escaped: (String) -> String) -> String {
    var result = ""
    let items = items(of: steps)
    for (index, item) in items.enumerated() {
      let text = (result.isEmpty ? "" : result + "; ") + escaped(item)
      let rest = items.count - index - 1
      let isTooLong = text.count + (rest == 0 ? 0 : 24) > limit
      if isTooLong { return result.isEmpty ? count(steps.count) : result + "; and \(count(rest + 1, "more "))" }
      result = text
    }
    return result
  }

  private static func count(_ count: Int, _ more: String = "") -> String {
    "\(count) \(more)step\(count == 1 ? "" : "s")"
  }

  /// In the order of their first steps.
  private static func items(of steps: [Step]) -> [String] {
    var titles: [String] = []
    var names: [String: [String]] = [:]
    for step in steps {
      let title = "\(step.title)"
      if names[title] == nil { titles.append(title) }
      names[title, default: []] += step.slotName.map { ["\($0)"] } ?? []
    }
    return titles.map { title in
      let slots = names[title] ?? []
      return slots.isEmpty ? title : "\(list(slots)): \(title)"
    }
  }

  /// Up to two names; of more the first, and the number of the others.
  private static func list(_ names: [String]) -> String {
    let short = names.map(short)
    return names.count > 2 ? "\(short[0]) and \(names.count - 1) more" : short.joined(separator: ", ")
  }

  /// The middle goes first: names that differ differ at their ends.
  private static func short(_ name: String) -> String {
    name.count > 32 ? "\(name.prefix(15))…\(name.suffix(16))" : name
  }
}
