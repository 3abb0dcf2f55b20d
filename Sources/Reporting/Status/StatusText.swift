import PostgresFormat
package import SlotSafety

/// A cluster on one screen: the answer, what is wrong, the nodes, the slots, the next thing to type.
package enum StatusText {
  /// What of it is shown, and how.
  package struct Options: Sendable {
    /// All alerts and all slots.
    package var verbose = false
    /// The slots that have a row.
    package var slots = SlotFilter.all
    /// Only slots that would not survive both events.
    package var onlyOpen = false
    /// Their order.
    package var order = Order.worst
    /// Lines of the screen; nil: as many as it takes.
    package var rows: Int?
    /// Everything, the worst first.
    package init() {}
  }

  /// The order of slots.
  package enum Order: String, Sendable, CaseIterable { case worst, retained, lag, name }

  /// `then` are the lines after the first step.
  package static func report(
    _ status: ClusterStatus, then: [String] = [], style: TextStyle, options: Options = Options()
  ) -> TerminalText {
    let name = status.name.map { "\($0): " } ?? ""
    var lines = style.line("\(name)\(StatusWords.headline(status))", role: status.verdict.role)
    if let best = status.best {
      for other in best.events where other.event != best.event {
        lines += style.line("\(AuditWords.beside(other))", role: other.verdict.role)
      }
    }
    var alerts = self.alerts(status, style: style, options: options)
    // On a screen with an end the nodes and the slots are to be seen, too.
    if let rows = options.rows, alerts.count > max(3, rows / 3) {
      alerts = Array(alerts.prefix(max(3, rows / 3) - 1)) + ["  …"]
    }
    if !alerts.isEmpty { lines += [""] + alerts }
    lines += [""] + nodes(status, style: style)
    let slots = self.slots(status, style: style, options: options)
    if !slots.isEmpty { lines += [""] + slots }
    if let step = status.best.flatMap(AuditWords.firstStep) { lines += [""] + style.step("\(step)") }
    if let command = then.first { lines.append("Then:  \(command)") }
    if let rows = options.rows, lines.count > rows { lines = Array(lines.prefix(max(1, rows - 1))) + ["…"] }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func alerts(_ status: ClusterStatus, style: TextStyle, options: Options) -> [TerminalText] {
    let told = folded(status.alerts.filter { $0.severity > .info || options.verbose })
    let shown = told.prefix(options.verbose ? .max : 5)
    var lines: [TerminalText] = []
    for alert in shown {
      let subjects = alert.subjects.isEmpty ? "" : "\(list(alert.subjects, options)): "
      lines += style.warning(alert.severity, "\(subjects)\(alert.message)")
      guard let remedy = alert.remedy, options.verbose || alert.severity == .error else { continue }
      lines += style.hint("\(remedy)")
    }
    if told.count > shown.count {
      lines.append("  " + style.paint("\(told.count - shown.count) more with -v", .faint))
    }
    return lines
  }

  /// One sentence, and all that it is true of.
  private struct ToldAlert {
    var severity: Finding.Severity
    var message: String
    var remedy: String?
    /// `db1`, `slot orders`: nodes and slots that the sentence does not name itself.
    var subjects: [String]
  }

  /// The same sentence once, in the order of the first of each.
  private static func folded(_ alerts: [ClusterStatus.Alert]) -> [ToldAlert] {
    struct Sentence: Hashable {
      var severity: Finding.Severity
      var message: String
    }
    var order: [ToldAlert] = []
    var places: [Sentence: Int] = [:]
    for alert in alerts {
      let slot = alert.slotName.flatMap { alert.message.contains($0) ? nil : "slot \($0)" }
      let subject = [alert.node, slot].compactMap { $0 }.joined(separator: ": ")
      let key = Sentence(severity: alert.severity, message: alert.message)
      let place = places[key] ?? order.count
      if place == order.count {
        places[key] = place
        order.append(
          ToldAlert(severity: alert.severity, message: alert.message, remedy: alert.remedy, subjects: []))
      }
      if order[place].remedy == nil { order[place].remedy = alert.remedy }
      if !subject.isEmpty, !order[place].subjects.contains(subject) { order[place].subjects.append(subject) }
    }
    return order
  }

  private static func list(_ subjects: [String], _ options: Options) -> String {
    guard subjects.count > 4, !options.verbose else { return subjects.joined(separator: ", ") }
    return "\(subjects.prefix(3).joined(separator: ", ")) and \(subjects.count - 3) more"
  }

  private static func nodes(_ status: ClusterStatus, style: TextStyle) -> [TerminalText] {
    var table = TextTable([
      ("node", .left), ("role", .left), ("timeline", .right), ("WAL to", .left), ("not received", .right),
      ("not replayed", .right), ("lag", .right), ("state", .left), ("from", .left),
    ])
    for node in status.nodes {
      let roleName = StatusWords.role(node.role)?.replacing("_", with: " ") ?? "unread"
      let timeline = node.summary?.timeline?.description ?? ""
      let missing = node.lagBytes.map { ByteCount.text($0) } ?? ""
      let waiting = node.replayLagBytes.map { ByteCount.text($0) } ?? ""
      let lag = node.lagMicroseconds.map { StatusWords.duration($0) } ?? ""
      var cells: [String] = [node.name, roleName, timeline, node.position?.description ?? ""]
      cells += [missing, waiting, lag, state(node), node.upstream ?? ""]
      table.add(cells, styles: [1: role(node)])
    }
    return table.lines(indent: 0, style: style)
  }

  private static func role(_ node: ClusterStatus.Node) -> TextStyle.Role {
    switch node.role {
    case .primary?: .strong
    case .standby?: .good
    case .formerPrimary?: .warning
    case .apart?, nil: .error
    }
  }

  private static func state(_ node: ClusterStatus.Node) -> String {
    guard let summary = node.summary else { return "" }
    switch summary.isRunning {
    case true?: return "running"
    case false?: return summary.state?.name ?? "stopped"
    case nil: return summary.state?.name ?? ""
    }
  }

  private static func slots(_ status: ClusterStatus, style: TextStyle, options: Options) -> [TerminalText] {
    guard !status.slots.isEmpty else { return [] }
    let selected = status.slots.filter {
      options.slots.selects(name: $0.name, plugin: $0.plugin ?? "") && (!options.onlyOpen || isOpen($0))
    }
    let events = FailoverEvent.allCases.filter { event in status.best?.events.contains { $0.event == event } == true }
    var table = TextTable(
      [
        ("slot", .left), ("database", .left), ("consumer", .left), ("not confirmed", .right), ("retains", .right),
        ("synchronized on", .left),
      ] + events.map { ($0.rawValue, .left) } + [("why", .left)])
    // Where lines are few, the whole sentence is a key away.
    table.cutsLastColumn = options.rows != nil && !options.verbose
    let limit = options.verbose ? Int.max : 20
    let sorted = sorted(selected, options.order)
    for slot in sorted.prefix(limit) {
      let assessment = slot.assessment
      var styles: [Int: TextStyle.Role] = [:]
      for (index, event) in events.enumerated() { styles[6 + index] = assessment?.verdict(event)?.role }
      let lag = slot.lagBytes.map { ByteCount.text($0) } ?? ""
      let retained = slot.retainedBytes.map { ByteCount.text($0) } ?? ""
      let database = slot.isLogical ? slot.database ?? "" : "(physical)"
      var cells: [String] = [slot.name, database, consumer(slot), lag, retained]
      cells.append(slot.synchronizedOn.joined(separator: ", "))
      for event in events { cells.append(assessment?.verdict(event)?.rawValue ?? "") }
      cells.append(assessment.map { AuditWords.reason($0) } ?? "")
      table.add(cells, styles: styles)
    }
    var lines = table.lines(indent: 0, style: style)
    if sorted.count > limit { lines.append(style.paint("\(sorted.count - limit) more with -v", .faint)) }
    let left = status.slots.count - selected.count
    if left > 0 { lines.append(style.paint("\(left) slot\(left == 1 ? " is" : "s are") not shown", .faint)) }
    return lines
  }

  private static func isOpen(_ slot: ClusterStatus.Slot) -> Bool {
    guard let assessment = slot.assessment else { return true }
    return assessment.verdict != .ready || assessment.events.contains { $0.verdict != .ready }
  }

  private static func consumer(_ slot: ClusterStatus.Slot) -> String {
    if let status = slot.walStatus, status == "lost" || status == "unreserved" { return status }
    return slot.isActive.map { $0 ? "connected" : "away" } ?? ""
  }

  private static func sorted(_ slots: [ClusterStatus.Slot], _ order: Order) -> [ClusterStatus.Slot] {
    switch order {
    case .worst: slots
    case .name: slots.sorted { $0.name < $1.name }
    case .retained: slots.sorted { ($0.retainedBytes ?? 0, $1.name) > ($1.retainedBytes ?? 0, $0.name) }
    case .lag: slots.sorted { ($0.lagBytes ?? 0, $1.name) > ($1.lagBytes ?? 0, $0.name) }
    }
  }
}
