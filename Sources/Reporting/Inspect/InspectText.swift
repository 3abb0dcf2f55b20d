package import SlotSafety
import Evidence
import PostgresFormat

/// `inspect` for a person: what the node is, what is wrong, its slots, timelines, WAL and settings, in this order and on
/// one screen for an ordinary node.
package enum InspectText {
  /// `verbose` shows every finding with its facts.
  package static func report(
    _ node: Inspection, style: TextStyle, verbose: Bool, order: SlotOrder = SlotOrder()
  ) -> TerminalText {
    var lines = heading(node, style: style)
    lines += ["", style.paint(FindingText.summary(node.findings), .strong)]
    lines += FindingText.lines(node.findings, style: style, verbose: verbose)
    lines += section("Slots", slots(node, order, style: style), style: style)
    lines += section("Timelines", timelines(node, style: style), style: style)
    lines += section("WAL", wal(node).flatMap { style.line($0, indent: 2) }, style: style)
    lines += section(
      "What is retained and pinned, and for whom",
      AccountText.lines(node, style: style) + RetentionText.lines(node, style: style)
        + AccountText.rows(node, style: style), style: style)
    lines += section("Settings", SettingsText.lines(node.evidence, style: style), style: style)
    return lines.joined(separator: "\n") + "\n"
  }

  private static func section(_ title: TerminalText, _ body: [TerminalText], style: TextStyle) -> [TerminalText] {
    body.isEmpty ? [] : ["", style.paint(title, .strong)] + body
  }

  /// Of a node that is neither primary nor standby.
  private static func purpose(_ node: Inspection) -> TerminalText {
    let files = node.evidence.startFiles
    if files.recoverySignal { return "to be recovered (recovery.signal)" }
    return files.recoveryConf ? "to be recovered (recovery.conf)" : "role unknown"
  }

  private static func heading(_ node: Inspection, style: TextStyle) -> [TerminalText] {
    let control = node.evidence.control?.value
    var first: TerminalText = "PostgreSQL \(node.evidence.version?.name ?? "of unknown version")"
    if control?.isIvorySQL == true { first += " (IvorySQL)" }
    first += node.role == .unknown ? ", \(purpose(node))" : " \(node.role.rawValue)"
    first += ", \(control?.state?.name ?? "state unknown")"
    switch node.running {
    case true?: first += ", running"
    case false?: first += ", not running"
    case nil: first += ", running or not: postmaster.pid is of another host or cannot be checked"
    }
    if let timeline = node.timeline { first += ", timeline \(timeline)" }
    let system: TerminalText = control.map { "  (system \($0.systemIdentifier))" } ?? ""
    var lines =
      style.line(first, role: .strong) + style.line("\(node.evidence.origin.source)\(system)")
    switch node.startup.wouldStart {
    case true?: lines.append("It would start.")
    case false?: lines.append(style.paint("It would not start.", .error))
    case nil where node.running == true: break
    case nil:
      let reason: TerminalText = node.startup.message.map { ": \($0)" } ?? "."
      lines += style.line("Whether it would start is open" + reason)
    }
    if let server = node.evidence.server {
      let time = node.evidence.origin.gatheredAt.map { " at \($0)" } ?? ""
      lines += style.line("Positions are those of its memory\(time), as \(server.asked.role) may see them.")
    } else if node.running == true {
      lines.append("Positions are as of the server's last write; in memory it is further on.")
    }
    return lines
  }

  private static func slots(_ node: Inspection, _ order: SlotOrder, style: TextStyle) -> [TerminalText] {
    guard !node.slots.isEmpty else {
      return [node.evidence.isBaseBackup ? "  none: a base backup has none, whatever its server had" : "  none"]
    }
    let rows = order.rows(node.slots)
    let readers = rows.map { slot in
      slot.subscriptions(in: node).map { "\($0.subscription) at \($0.lsn.isValid ? "\($0.lsn)" : "no position")" }
        .joined(separator: ", ")
    }
    let namesReaders = readers.contains { !$0.isEmpty }
    var table = TextTable(
      [
        ("slot", .left), ("type", .left), ("database", .left), ("restart", .left), ("confirmed", .left),
        ("needs WAL from", .left), ("here", .left), ("retains", .right), ("fate", .left),
      ] + (namesReaders ? [("read by", .left)] : []))
    for (slot, readers) in zip(rows, readers) {
      let state = slot.evidence.state
      let (fate, role) = fate(slot)
      table.add(
        [
          slot.name,
          state.map { $0.isLogical ? "logical" : "physical" } ?? "?",
          state?.isLogical == true ? slot.databaseName ?? "oid \(state?.database ?? .none)" : "",
          state?.restartLSN.nonZero?.description ?? "",
          state?.confirmedFlush.nonZero?.description ?? "",
          slot.requiredWAL?.firstSegment.text ?? "",
          slot.requiredWAL.map { $0.present ? "yes" : "no" } ?? "",
          slot.requiredWAL?.retainedBytes.map(ByteCount.text) ?? "",
          fate,
        ] + (namesReaders ? [readers] : []), styles: [8: role])
    }
    let left = node.slots.count - rows.count
    return table.lines(indent: 2, style: style)
      + (left > 0 ? ["  " + style.paint("\(left) more without --slots", .faint)] : [])
  }

  private static func fate(_ slot: SlotInspection) -> (String, TextStyle.Role) {
    switch slot.fate {
    case .fine: ("fine", .good)
    case .lost(let cause): ("lost: \(cause.rawValue)", .error)
    case .vanishes: ("removed at restart", .warning)
    case .damaged: ("unreadable", .error)
    case .walMissing: ("its WAL is gone", .error)
    case .beyondEnd: ("past the end of WAL", .error)
    case .unfinished: ("never finished", .error)
    case .lostNext: ("lost at the next checkpoint", .error)
    case .lostByReplay: ("lost by replay", .error)
    case .cannotDecode: ("cannot be decoded", .error)
    case .skips(let until?): ("would skip changes until \(until)", .error)
    case .skips(nil): ("would skip changes", .error)
    }
  }

  private static func timelines(_ node: Inspection, style: TextStyle) -> [TerminalText] {
    guard let current = node.timeline else { return [] }
    let history = node.evidence.history(of: current)
    guard !history.ancestors.isEmpty else { return ["  \(current), without ancestors"] }
    var table = TextTable([("timeline", .right), ("ends at", .left), ("reason", .left)])
    for entry in history.ancestors {
      table.add([entry.timeline.description, entry.switchPoint.description, entry.reason])
    }
    table.add([current.description, "", "the node's own"])
    return table.lines(indent: 2, style: style)
  }

  /// Without indent.
  private static func wal(_ node: Inspection) -> [TerminalText] {
    let wal = node.evidence.wal
    guard let path = wal.path else {
      guard let end = wal.end else { return ["none was found"] }
      return ["ends at \(end.lsn) on timeline \(end.timeline): \(end.stop.reason.sentence)"]
    }
    var lines: [TerminalText] = []
    let count = wal.live.reduce(0) { $0 &+ $1.count }
    var what: TerminalText = "\(path): \(count) live segment\(count == 1 ? "" : "s")"
    if let size = wal.segmentSize {
      what += " of \(ByteCount.text(UInt64(size)))"
      if let timeline = node.timeline, let first = wal.live.min(by: { $0.first < $1.first }) {
        let oldest = SegmentName(timeline: first.timeline, number: first.first, size: size)
        what += ", from \(oldest)"
        if let last = wal.live.last(where: { $0.timeline == timeline }) {
          what += " to \(SegmentName(timeline: timeline, number: last.last, size: size))"
        }
      }
    }
    lines.append(what)
    let spare = [
      (wal.recycledCount, "recycled"), (wal.preallocatedCount, "preallocated"), (wal.partial.count, "partial"),
    ]
    .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    if !spare.isEmpty { lines.append("besides \(spare.joined(separator: ", "))") }
    if let end = wal.end {
      lines.append("ends at \(end.lsn) on timeline \(end.timeline): \(end.stop.reason.sentence)")
      if end.afterCrash != end.lsn, node.role == .primary {
        lines.append(
          "a record broke off there: a start after the crash goes on at \(end.afterCrash), a promotion at \(end.lsn)")
      }
    } else {
      lines.append("where it ends could not be found")
    }
    if wal.gaps.isEmpty, count > 0, node.evidence.server == nil, !node.findings.contains(where: { $0.rule == .walGap })
    {
      lines.append("no gaps")
    }
    if let ready = wal.archiveReadyCount {
      let gone = wal.archiveQueue?.orphanCount ?? 0
      let which =
        gone == 0 ? "" : gone >= ready ? ", which \(ready == 1 ? "is" : "are") not here" : ", \(gone) of them not here"
      if ready > 0 { lines.append("\(ready) segment\(ready == 1 ? " waits" : "s wait") for the archiver\(which)") }
    } else {
      lines.append("how many segments wait for the archiver is not known")
    }
    return lines
  }
}
