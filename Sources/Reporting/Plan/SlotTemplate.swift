import PostgresFormat
import SlotSafety

/// Steps of one kind for several slots, which a script writes once and goes through in a loop.
///
/// Where a step's texts have the slot's name, its plugin or its consumer's position, the template has a mark in their place.
/// Steps whose templates are the same differ in nothing else, so the loop does exactly what each of them does: in its turn the
/// variable `slot` has those very values.
struct SlotTemplate {
  /// What the loop knows of a slot: each column with its mark and its type.
  enum Column: String, CaseIterable {
    case name, plugin, confirmed
    /// Private-use characters, which no statement of a plan has.
    var mark: Character {
      switch self {
      case .name: "\u{F8F0}"
      case .plugin: "\u{F8F1}"
      case .confirmed: "\u{F8F2}"
      }
    }
    var type: String { self == .confirmed ? "pg_lsn" : "name" }
    /// As it stands in a comment.
    var word: String { self == .confirmed ? "LSN" : rawValue.uppercased() }
  }

  /// The step with marks, with those of its checks alone that are about its slot.
  let step: Step
  /// The other checks: they are about the server, and need to be asked once.
  let common: CommonChecks

  /// nil for a step that cannot be asked about in a loop: it needs to be told something, yields something, or stands alone.
  init?(_ step: Step, _ slot: PlannedSlot?) {
    guard let slot, step.slotName == slot.name, step.execution == .block || step.execution == .replication,
      !step.reloads, step.inputs.isEmpty,
      step.output == nil
    else { return nil }
    var result = step
    result.id = String(step.id.prefix { $0 != "." })
    result.slotName = nil
    result.slotEffect = nil
    result.title = Self.marked(words: step.title, slot)
    result.preconditions = step.preconditions.map { Self.marked($0, slot) }
    result.prospects = step.prospects.map { Self.marked($0, slot) }
    result.requirements = step.requirements.map { Self.marked($0, slot) }
    common = CommonChecks(takenFrom: &result)
    result.postconditions = step.postconditions.map { Self.marked($0, slot) }
    result.proof = step.proof.map { Self.marked($0, slot) }
    result.isDone = Self.marked(sql: step.isDone, slot)
    result.sql = step.sql.map { Self.marked(sql: $0, slot) }
    result.undo = step.undo.map { Self.marked(sql: $0, slot) }
    result.timeoutMessage = step.timeoutMessage.map { Self.marked(words: $0, slot) }
    self.step = result
  }

  // MARK: Marks

  private static func marked(_ check: PlanCheck, _ slot: PlannedSlot) -> PlanCheck {
    if check.isAboutAll { return check }
    var result = check
    result.expects = marked(words: check.expects, slot)
    result.hint = check.hint.map { marked(words: $0, slot) }
    result.condition = marked(sql: check.condition, slot)
    result.found = marked(sql: check.found, slot)
    result.nudges = check.nudges.map { marked(sql: $0, slot) }
    return result
  }

  /// Whole literals alone: a quote before or after would belong to a longer one.
  private static func marked(sql: String, _ slot: PlannedSlot) -> String {
    var text = replacing("'\(slot.confirmedFlush)'::pg_lsn", .confirmed, in: sql) { $0 == "'" }
    text = replacing(slot.name.literal, .name, in: text) { $0 == "'" }
    return replacing(slot.plugin.literal, .plugin, in: text) { $0 == "'" }
  }

  /// Whole words alone.
  private static func marked(words: String, _ slot: PlannedSlot) -> String {
    func isPart(_ character: Character) -> Bool { character.isLetter || character.isNumber || character == "_" }
    var text = replacing(slot.confirmedFlush.description, .confirmed, in: words, unlessBeside: isPart)
    text = replacing(slot.name.description, .name, in: text, unlessBeside: isPart)
    return replacing(slot.plugin.description, .plugin, in: text, unlessBeside: isPart)
  }

  private static func replacing(
    _ wanted: String, _ column: Column, in text: String, unlessBeside isPart: (Character) -> Bool
  ) -> String {
    var result = ""
    var rest = text[...]
    while let range = rest.firstRange(of: wanted) {
      let before = range.lowerBound > text.startIndex ? text[text.index(before: range.lowerBound)] : nil
      let after = range.upperBound < text.endIndex ? text[range.upperBound] : nil
      result += rest[..<range.lowerBound]
      if [before, after].compactMap({ $0 }).contains(where: isPart) {
        result += wanted
      } else {
        result.append(column.mark)
      }
      rest = rest[range.upperBound...]
    }
    return result + rest
  }

  // MARK: As text

  /// SQL in which the loop's variable stands for the marks.
  static func sql(_ text: String) -> String { replacingMarks(in: text) { "slot.\($0.rawValue)" } }

  /// Text for people, not of any slot.
  static func words(_ text: String) -> String { replacingMarks(in: text, with: \.word) }

  /// A text for people as SQL: a literal, or `format()` where it speaks of the loop's slot.
  static func message(_ text: String) throws(QuotingError) -> String {
    let columns = text.compactMap { character in Column.allCases.first { $0.mark == character } }
    if columns.isEmpty { return try SQLText.literal(TerminalText.ascii(text)) }
    let escaped = TerminalText.replacing("%", with: "%%", in: text)
    var format = ""
    for character in escaped {
      format += Column.allCases.contains { $0.mark == character } ? "%s" : TerminalText.ascii(String(character))
    }
    let arguments = columns.map { "slot.\($0.rawValue)" }.joined(separator: ", ")
    return "format(\(try SQLText.literal(format)), \(arguments))"
  }

  private static func replacingMarks(in text: String, with replacement: (Column) -> String) -> String {
    var result = ""
    for character in text {
      if let column = Column.allCases.first(where: { $0.mark == character }) {
        result += replacement(column)
      } else {
        result.append(character)
      }
    }
    return result
  }

  // MARK: Lists

  /// A slot as a row of a list in JSON: nothing in it needs to be escaped.
  static func row(_ slot: PlannedSlot) -> String {
    "{\"name\": \"\(slot.name)\", \"plugin\": \"\(slot.plugin)\", \"confirmed\": \"\(slot.confirmedFlush)\"}"
  }

  /// PL/pgSQL lines around those that are done for each slot of the list in `slotscope.slots`.
  static func loop(_ body: [String], after before: [String] = []) -> [String] {
    let columns = Column.allCases.map { "\($0.rawValue) \($0.type)" }.joined(separator: ", ")
    return [
      "declare slot record; begin"
    ] + before + [
      "  for slot in select * from json_to_recordset(current_setting('slotscope.slots')::json) as (\(columns)) loop"
    ] + body.map { "  " + $0 } + ["  end loop;", "end"]
  }
}

/// Checks of the steps of a loop that speak of no slot.
struct CommonChecks {
  var prospects: [PlanCheck]
  var preconditions: [PlanCheck]
  var requirements: [PlanCheck]

  /// Takes them out of a step with marks.
  init(takenFrom step: inout Step) {
    func isCommon(_ check: PlanCheck) -> Bool {
      let texts = [check.expects, check.condition, check.found, check.hint ?? ""] + check.nudges
      return !texts.contains { text in SlotTemplate.Column.allCases.contains { text.contains($0.mark) } }
    }
    prospects = step.prospects.filter(isCommon)
    preconditions = step.preconditions.filter(isCommon)
    requirements = step.requirements.filter(isCommon)
    step.prospects.removeAll(where: isCommon)
    step.preconditions.removeAll(where: isCommon)
    step.requirements.removeAll(where: isCommon)
  }

  /// Adds what another step of the loop has in addition.
  mutating func add(_ other: CommonChecks) {
    prospects += other.prospects.filter { !prospects.contains($0) }
    preconditions += other.preconditions.filter { !preconditions.contains($0) }
    requirements += other.requirements.filter { !requirements.contains($0) }
  }
}
