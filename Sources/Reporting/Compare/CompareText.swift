import Evidence
import PostgresFormat
package import SlotSafety

/// Two looks at one cluster, for a person: the two sides, how far the WAL went, then slots and settings that differ.
package enum CompareText {
  /// `verbose` also shows slots that stayed as they were.
  package static func report(_ comparison: EvidenceComparison, style: TextStyle, verbose: Bool) -> TerminalText {
    var lines = side("A", comparison.a, style) + side("B", comparison.b, style)
    switch comparison.isSameCluster {
    case true?: break
    case false?: lines.append(style.paint("Two different clusters: nothing of them can be compared.", .error))
    case nil: lines.append("Whether they are one cluster is open: the control file of one of them was not read.")
    }
    guard comparison.isSameCluster != false else { return lines.joined(separator: "\n") + "\n" }
    let ends = "WAL ends at \(text(comparison.end.a)) in A, \(text(comparison.end.b)) in B: \(moved(comparison.end))"
    lines += [""] + style.line("\(ends)")
    if let lsn = comparison.differsFrom {
      lines += style.line(
        "The WAL of A and B is different from \(lsn) on, though both are on timeline \(comparison.a.timeline?.description ?? "unknown"): one of the two was set back to an older state, or they were promoted apart. Positions past it say nothing.",
        role: .error)
    }
    if comparison.a.timeline != comparison.b.timeline {
      lines.append(
        "timeline \(comparison.a.timeline?.description ?? "unknown") in A, \(comparison.b.timeline?.description ?? "unknown") in B"
      )
    }
    lines += slots(comparison, style, verbose) + settings(comparison, style)
    if comparison.isUnchanged { lines += ["", "Nothing differs."] }
    if !comparison.open.isEmpty { lines += [""] + comparison.open.flatMap { style.line("\($0)") } }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func side(_ letter: String, _ node: NodeSummary, _ style: TextStyle) -> [TerminalText] {
    var text: TerminalText =
      "\(letter)  \(node.source): PostgreSQL \(node.version?.name ?? "of unknown version")"
    text += node.role == .unknown ? ", role unknown" : " \(node.role.rawValue)"
    if let state = node.state { text += ", \(state.name)" }
    if let time = node.gatheredAt { text += ", seen \(time)" }
    return style.line(text, role: .strong)
  }

  private static func slots(_ comparison: EvidenceComparison, _ style: TextStyle, _ verbose: Bool) -> [TerminalText] {
    let shown = comparison.slots.filter { verbose || $0.kind != .same }
    guard !shown.isEmpty else { return [] }
    var table = TextTable([
      ("slot", .left), ("what", .left), ("confirmed in A", .left), ("in B", .left), ("moved", .right),
      ("restart in A", .left), ("in B", .left), ("moved", .right), ("besides", .left),
    ])
    for slot in shown {
      let attributes = slot.attributes.map { "\($0.name): \($0.a ?? "none") → \($0.b ?? "none")" }
      table.add([
        slot.name, word(slot.kind), slot.confirmedFlush.a?.description ?? "", slot.confirmedFlush.b?.description ?? "",
        distance(slot.confirmedFlush), slot.restart.a?.description ?? "", slot.restart.b?.description ?? "",
        distance(slot.restart), attributes.joined(separator: ", "),
      ])
    }
    return ["", style.paint("Slots", .strong)] + table.lines(indent: 2, style: style)
  }

  private static func settings(_ comparison: EvidenceComparison, _ style: TextStyle) -> [TerminalText] {
    guard !comparison.settings.isEmpty else { return [] }
    var table = TextTable([("setting", .left), ("in A", .left), ("in B", .left)])
    for setting in comparison.settings {
      table.add([
        setting.name, setting.a.map(shown) ?? "(no such setting)", setting.b.map(shown) ?? "(no such setting)",
      ])
    }
    return ["", style.paint("Settings", .strong)] + table.lines(indent: 2, style: style)
  }

  private static func shown(_ value: String) -> String { value.isEmpty ? "''" : value }

  private static func word(_ kind: SlotChange.Kind) -> String {
    switch kind {
    case .same, .moved, .changed, .unreadable: kind.rawValue
    case .came: "only in B"
    case .went: "only in A"
    }
  }

  private static func text(_ lsn: LSN?) -> String { lsn?.description ?? "an unknown position" }

  private static func moved(_ change: PositionChange) -> String {
    guard let moved = change.moved else { return "how far it moved is open" }
    if moved == 0 { return "the same" }
    return "B is \(ByteCount.text(moved.magnitude)) \(moved > 0 ? "further" : "behind")"
  }

  private static func distance(_ change: PositionChange) -> String {
    guard change.a != nil, let moved = change.moved else { return "" }
    return (moved < 0 ? "-" : moved > 0 ? "+" : "") + ByteCount.text(moved.magnitude)
  }
}
