package import PostgresFormat
package import SlotSafety

/// The verdict as one page that needs nothing else, told from the answer on: what to do, what happened and where, every slot, what
/// was found, and what it rests on.
///
/// Every text from a file is escaped by ``HTML``; there is no script in it.
package enum AuditHTML {
  /// `assessments` in the order of ``Audit/assessments()``; `time` is when the page was made.
  package static func page(_ assessments: [Assessment], context: PageContext = PageContext(), at time: Timestamp)
    -> String
  {
    let title = assessments.first.map(AuditWords.headline) ?? "Nothing was judged"
    var body: HTML = ""
    for (index, assessment) in assessments.enumerated() {
      body += section(assessment, context, rank: index + 1, of: assessments.count)
    }
    body += context.footer(at: time)
    let name = context.cluster.map { "\($0): " } ?? ""
    return HTML.page(title: "\(name)\(title)", style: PackageResources.report_css, main: body)
  }

  private static func section(_ assessment: Assessment, _ context: PageContext, rank: Int, of count: Int) -> HTML {
    let id = count > 1 ? "-\(rank)" : ""
    let heading: HTML = rank == 1 ? "h1" : "h2"
    var html: HTML = "<section class=\"\(assessment.verdict.rawValue)\">\n"
    let candidate = count > 1 ? "Candidate \(rank) of \(count): " : context.cluster.map { "Cluster \($0)" } ?? ""
    if !candidate.isEmpty {
      html += "<p class=\"faint\">\(candidate)\(HTML.breakable(count > 1 ? assessment.standby.source : ""))</p>\n"
    }
    html += "<\(heading)>\(AuditWords.headline(assessment))</\(heading)>\n"
    for other in assessment.events where other.event != assessment.event {
      html += "<p>\(AuditWords.beside(other))</p>\n"
    }
    html += next(assessment, then: rank == 1 ? context.then : [])
    html += AuditStory(assessment, context).html
    let sorted = SlotRows.sorted(assessment.slots)
    let picture = AuditPicture(assessment, sorted)
    html += titled("Where it happened", picture.figure)
    html += titled("Slots", slots(assessment, sorted, id: id))
    html += titled("What was found", findings(assessment))
    html += titled("What the verdicts rest on", premises(assessment))
    html += titled("Settings that matter", AuditStory(assessment, context).settings)
    return html + "</section>\n"
  }

  private static func titled(_ title: HTML, _ part: HTML) -> HTML {
    part.text.isEmpty ? "" : "<h2>\(title)</h2>\n\(part)"
  }

  private static func next(_ assessment: Assessment, then: [String]) -> HTML {
    var lines: HTML = ""
    if let step = AuditWords.firstStep(assessment) { lines += "<p><b>First:</b> \(HTML.breakable(step))</p>\n" }
    if let command = then.first { lines += "<p><b>Then:</b> <code>\(HTML.breakable(command))</code></p>\n" }
    for line in then.dropFirst() { lines += "<p class=\"faint\">\(line)</p>\n" }
    return lines.text.isEmpty ? "" : "<div class=\"next\">\(lines)</div>\n"
  }

  // MARK: slots

  /// Rows that are seen at once.
  static let rowLimit = 40

  private static func slots(_ assessment: Assessment, _ slots: [SlotAssessment], id: String) -> HTML {
    let others = assessment.events.map(\.event).filter { $0 != assessment.event }
    let hasSkipped = slots.contains { $0.exposure.missed != nil }
    let hasGone = slots.contains { $0.exposure.vanished != nil }
    var table = HTMLTable(
      "The worst first",
      ["slot", "database", others.isEmpty ? "verdict" : assessment.event.rawValue] + others.map(\.rawValue) + ["why"]
        + (hasSkipped ? ["skipped, at most"] : []) + (hasGone ? ["missing on the new primary, at most"] : []))
    for (index, slot) in slots.enumerated() {
      var cells: [HTML] = [
        HTML.breakable(slot.slotName), "\(slot.databaseName ?? (slot.isLogical ? "" : "(physical)"))",
      ]
      cells.append(.badge(slot.verdict.rawValue))
      for event in others { cells.append(slot.verdict(event).map { .badge($0.rawValue) } ?? "") }
      cells.append(HTML.breakable(AuditWords.reason(slot)))
      if hasSkipped { cells.append(slot.exposure.missed.map { "<span class=\"skip\">\($0.sentence)</span>" } ?? "") }
      if hasGone { cells.append(slot.exposure.vanished.map { "<span class=\"gone\">\($0.sentence)</span>" } ?? "") }
      table.add(cells, isFolded: index >= rowLimit)
    }
    guard slots.count > rowLimit else { return table.html }
    return """
      <input type="checkbox" class="fold" id="all\(id)"><label for="all\(id)"> \(slots.count - rowLimit) more slots</label>
      \(table.html)
      """
  }

  // MARK: findings

  /// The same finding of several slots, once.
  private struct Told {
    var finding: Finding
    var slots: [String] = []
  }

  /// Places that are listed of one finding.
  private static let factLimit = 12

  private static func findings(_ assessment: Assessment) -> HTML {
    var told: [Told] = []
    var places: [String: Int] = [:]
    for finding in assessment.findings {
      let message = finding.slotName.map { finding.message.replacing($0, with: "…") } ?? finding.message
      let key = "\(finding.ruleName) \(SlotRows.withoutSizes(message)) \(finding.remedy ?? "")"
      let place = places[key] ?? told.count
      if place == told.count {
        places[key] = place
        told.append(Told(finding: finding))
      }
      if let slot = finding.slotName, !told[place].slots.contains(slot) { told[place].slots.append(slot) }
    }
    return told.map(article).joined()
  }

  private static func article(_ told: Told) -> HTML {
    let finding = told.finding
    var html: HTML =
      "<article class=\"\(finding.severity.rawValue)\"><h3>\(finding.severity.rawValue) \(finding.ids.joined(separator: " "))</h3>"
    html += "<p>\(HTML.breakable(finding.message))</p>\n"
    if let remedy = finding.remedy { html += "<p><b>What to do:</b> \(HTML.breakable(remedy))</p>\n" }
    if told.slots.count > 1 || told.slots.contains(where: { !finding.message.contains($0) }) {
      let names = told.slots.map(HTML.breakable)
      html += "<p class=\"faint\">\(names.count == 1 ? "Slot" : "\(names.count) slots"): "
      for (index, name) in names.enumerated() { html += index == 0 ? name : ", \(name)" }
      html += "</p>\n"
    }
    guard !finding.facts.isEmpty else { return html + "</article>\n" }
    html += "<details><summary>What that rests on</summary><ul>"
    for fact in finding.facts.prefix(factLimit) {
      let place = fact.offset.map { "\(fact.path) at byte \($0)" } ?? fact.path
      html +=
        "<li>\(HTML.breakable([fact.node, place].compactMap { $0 }.joined(separator: ": "))): \(HTML.breakable(fact.fact))</li>"
    }
    if finding.facts.count > factLimit { html += "<li>\(finding.facts.count - factLimit) more</li>" }
    return html + "</ul></details></article>\n"
  }

  // MARK: premises

  private static func premises(_ assessment: Assessment) -> HTML {
    var order: [(premise: SlotPremise, slots: [String])] = []
    for slot in assessment.slots {
      for one in slot.premises {
        let place = order.firstIndex {
          $0.premise.premise == one.premise && $0.premise.state == one.state && $0.premise.evidence == one.evidence
        }
        if let place { order[place].slots.append(slot.slotName) } else { order.append((one, [slot.slotName])) }
        guard order.count <= rowLimit else { return rest(order) }
      }
    }
    return rest(order)
  }

  private static func rest(_ order: [(premise: SlotPremise, slots: [String])]) -> HTML {
    var table = HTMLTable(
      "Premises: what must be so and no file can show by itself",
      ["premise", "what must be so", "state", "by", "slots"])
    for (one, slots) in order {
      let names = slots.count > 3 ? "\(slots.count) slots" : slots.joined(separator: ", ")
      table.add([
        HTML.breakable(one.premise.rawValue), HTML.breakable(one.premise.sentence), "\(one.state.rawValue)",
        HTML.breakable(one.evidence), HTML.breakable(names),
      ])
    }
    return table.html
  }
}
