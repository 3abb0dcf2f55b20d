package import SlotSafety
import Evidence
import PostgresFormat

/// How the old primary comes back, for a person: the answer, why, what pg_rewind would say, what is lost, slots, steps.
package enum RejoinText {
  /// `verbose` adds every finding with its facts, and all slots.
  package static func report(_ rejoin: Rejoin, style: TextStyle, verbose: Bool) -> TerminalText {
    var lines = [style.paint(headline(rejoin), rejoin.way.role)]
    lines += style.line("\(rejoin.reason)")
    lines += facts(rejoin, style)
    lines += slots(rejoin, style, verbose)
    lines += settings(rejoin, style)
    lines += managers(rejoin, style, verbose)
    lines += WayStepOutput.lines("Steps", rejoin.steps, style: style) { $0 == .old ? "old primary" : "new primary" }
    let shown = verbose ? rejoin.findings : rejoin.findings.filter { $0.rule != .rejoinOpen }
    let findings = FindingText.lines(shown, style: style, verbose: verbose)
    if !findings.isEmpty { lines += ["", style.paint("Findings", .strong)] + findings }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func headline(_ rejoin: Rejoin) -> TerminalText {
    switch rejoin.way {
    case .follow: "FOLLOW: the old primary can come back as a standby, as it is"
    case .rewind:
      rejoin.rewind.possible == true
        ? "REWIND: the old primary comes back by pg_rewind"
        : "REWIND: the old primary comes back by pg_rewind, after the steps before it"
    case .rebuild: "REBUILD: only a new base backup brings the old primary back"
    case .open: "OPEN: how the old primary comes back cannot be told"
    }
  }

  private static func facts(_ rejoin: Rejoin, _ style: TextStyle) -> [TerminalText] {
    var rows: [(TerminalText, String)] = []
    if let fork = rejoin.fork?.lsn, let timeline = rejoin.fork?.timeline {
      rows.append(("fork", "timeline \(timeline) was left at \(fork)"))
    }
    if let end = rejoin.oldEnd { rows.append(("old WAL ends", "\(end)")) }
    if let lost = rejoin.lost, lost.bytes ?? 0 > 0 {
      let count =
        "\(lost.isComplete ? "" : "at least ")\(lost.transactions) committed transaction\(lost.transactions == 1 ? "" : "s")"
      rows.append(("thrown away", "\(count), \(ByteCount.text(lost.bytes ?? 0)) of WAL (slotscope ledger lists them)"))
    }
    for (index, line) in rejoin.rewind.output.enumerated() { rows.append((index == 0 ? "pg_rewind says" : "", line)) }
    if let message = rejoin.rewind.startMessage { rows.append(("then the server", message)) }
    if !rejoin.rewind.missing.isEmpty {
      for segment in rejoin.rewind.missing.prefix(12) {
        let place =
          rejoin.rewind.removedFirst.contains(segment)
          ? "there now, removed by pg_rewind's own crash recovery"
          : rejoin.rewind.places[segment].map { "missing; \($0.sentence)" } ?? "missing"
        rows.append(("segment", "\(segment.text): \(place)"))
      }
      let more = rejoin.rewind.missing.count - 12
      if more > 0 { rows.append(("", "and \(more) more")) }
    }
    guard !rows.isEmpty else { return [] }
    let width = rows.map { $0.0.width }.max() ?? 0
    return [""]
      + rows.flatMap { title, text in style.line(title.padded(to: width + 2) + "\(text)", indent: 2) }
  }

  private static func slots(_ rejoin: Rejoin, _ style: TextStyle, _ verbose: Bool) -> [TerminalText] {
    let shown = rejoin.slots.filter { verbose || $0.effect != .none }
    guard !shown.isEmpty else { return [] }
    var table = TextTable([
      ("slot", .left), ("type", .left), ("what it does", .left), ("retains WAL from", .left), ("pins rows of", .left),
    ])
    for slot in shown {
      table.add([
        slot.name, slot.state.map { $0.isLogical ? "logical" : "physical" } ?? "unreadable", words(slot.effect),
        slot.retainsFrom?.description ?? "", slot.pinsRowsOf.map { "\($0)" } ?? "",
      ])
    }
    return ["", style.paint("Slots of the old primary", .strong)] + table.lines(indent: 2, style: style)
  }

  private static func words(_ effect: RejoinSlot.Effect) -> String {
    switch effect {
    case .blocksSynchronization: "stops slot synchronization: drop it"
    case .pins: "stays for ever: drop it"
    case .takenOver: "taken over by synchronization"
    case .removed: "gone afterwards"
    case .none: "nothing"
    case .unknown: "could not be read"
    }
  }

  private static func settings(_ rejoin: Rejoin, _ style: TextStyle) -> [TerminalText] {
    guard !rejoin.settings.isEmpty else { return [] }
    var table = TextTable([("setting", .left), ("node", .left), ("now", .left), ("has to be", .left), ("from", .left)])
    for setting in rejoin.settings {
      let place = setting.path.map { path in path + (setting.line.map { ":\($0)" } ?? "") } ?? "default"
      table.add([
        setting.name, setting.node == .old ? "returned" : "new primary", setting.value.map(quoted) ?? "unknown",
        quoted(setting.wanted), place,
      ])
    }
    return ["", style.paint("Settings", .strong)] + table.lines(indent: 2, style: style)
  }

  private static func quoted(_ value: String) -> String { value.isEmpty ? "''" : value }

  /// What was recognized; with `verbose` all, as nothing in the files names some of them.
  private static func managers(_ rejoin: Rejoin, _ style: TextStyle, _ verbose: Bool) -> [TerminalText] {
    let shown = rejoin.managers.filter { verbose || $0.recognizedBy != nil }
    guard rejoin.way != .open else { return [] }
    guard !shown.isEmpty else {
      return [""] + style.line("No HA manager is named in the files; with -v stands what each does by itself.")
    }
    return shown.flatMap { manager -> [TerminalText] in
      let reason = manager.recognizedBy.map { ", named by \($0)" } ?? ""
      return ["", style.paint("\(manager.manager.title)\(reason)", .strong)]
        + manager.does.flatMap { style.line("does: \($0)", indent: 2) }
        + manager.doesNot.flatMap { style.line("does not: \($0)", indent: 2) }
    }
  }
}

extension Rejoin.Way {
  fileprivate var role: TextStyle.Role {
    switch self {
    case .follow: .good
    case .rewind, .open: .warning
    case .rebuild: .error
    }
  }
}
