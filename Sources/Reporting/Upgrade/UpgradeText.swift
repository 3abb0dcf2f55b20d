import Evidence
import PostgresFormat
package import SlotSafety

/// What pg_upgrade would say, for a person: the answer, its checks in order, slots, what to do first.
package enum UpgradeText {
  /// `verbose` adds every finding with its facts.
  package static func report(_ upgrade: Upgrade, style: TextStyle, verbose: Bool) -> TerminalText {
    let c = upgrade.question
    var lines = [style.paint(headline(upgrade), role(upgrade))]
    let from = c.old.version?.name ?? "of unknown version"
    lines += style.line("\(c.old.origin.source): PostgreSQL \(from) to \(c.to.name)")
    if let message = upgrade.message { lines += style.line("pg_upgrade says: \(message)") }
    if !upgrade.checks.isEmpty {
      lines += ["", style.paint("Checks, in pg_upgrade's order (the first that fails hides the others)", .strong)]
      for check in upgrade.checks {
        let word = check.passes.map { $0 ? "ok" : "fails" } ?? "open"
        lines += style.line("\(words(check.kind)): \(word)\(detail(check, c))", indent: 2)
        for line in check.report.prefix(20) { lines += style.line("\(line)", indent: 6) }
      }
    }
    if !upgrade.slots.isEmpty {
      var table = TextTable([
        ("slot", .left), ("database", .left), ("plugin", .left), ("read", .left), ("first unread record", .left),
      ])
      for slot in upgrade.slots {
        table.add([
          slot.name, slot.database ?? "unknown", slot.plugin, read(slot, c),
          slot.firstUnread.map { "\($0.lsn) \($0.kind.rawValue)" } ?? "",
        ])
      }
      lines += ["", style.paint("Logical slots", .strong)] + table.lines(indent: 2, style: style)
    }
    let findings = FindingText.lines(upgrade.findings, style: style, verbose: verbose)
    lines += WayStepOutput.lines("What to do, in order", upgrade.steps, style: style) {
      $0 == .old ? "old cluster" : "new cluster"
    }
    if !findings.isEmpty { lines += ["", style.paint("Findings", .strong)] + findings }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func headline(_ upgrade: Upgrade) -> TerminalText {
    switch upgrade.passes {
    case true?:
      upgrade.findings.contains { $0.rule == .upgradeSlotsDropped }
        ? "SLOTS ARE DROPPED: pg_upgrade does not look at them"
        : "READY: pg_upgrade takes slots and subscriptions as they are"
    case false?: "REFUSED: pg_upgrade would stop"
    case nil: "OPEN: what pg_upgrade would say cannot be told"
    }
  }

  private static func role(_ upgrade: Upgrade) -> TextStyle.Role {
    switch upgrade.findings.map(\.severity).max() {
    case .error?: .error
    case .warning?: .warning
    case .info?, nil: .good
    }
  }

  private static func words(_ kind: Upgrade.Check.Kind) -> TerminalText {
    switch kind {
    case .stopped: "old cluster shut down cleanly"
    case .prepared: "no prepared transactions"
    case .slots: "logical slots valid and read to the end"
    case .subscriptions: "subscriptions with origins, tables in state i or r"
    case .libraries: "output plugins are installed"
    case .newSlots: "new cluster takes the slots"
    case .newOrigins: "new cluster has room for the origins"
    }
  }

  private static func detail(_ check: Upgrade.Check, _ c: UpgradeCase) -> TerminalText {
    if check.kind == .libraries, check.passes == true, c.installedPlugins == nil {
      return ", if PostgreSQL's own are there (--libraries tells)"
    }
    return (check.message ?? check.open).map { "; \($0)" } ?? ""
  }

  private static func read(_ slot: UpgradeSlot, _ c: UpgradeCase) -> String {
    if let caughtUp = slot.caughtUp { return caughtUp ? "to the end" : "not to the end" }
    if slot.open != nil { return "open" }
    return slot.message == nil ? "nobody asks: dropped" : "invalid"
  }
}
