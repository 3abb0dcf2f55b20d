package import Evidence
import PostgresFormat

/// Where valid WAL ends, for a person and for a program.
package enum WALEndReport {
  /// `damages` are what was passed over on the way.
  package static func text(_ end: WALEnd, damages: [WalkSummary.Damage] = [], style: TextStyle) -> TerminalText {
    var lines = [style.paint("WAL ends at \(end.lsn) on timeline \(end.timeline)", .strong)]
    func add(_ label: TerminalText, _ text: TerminalText) {
      lines.append("  " + label + .blanks(max(1, 14 - label.width)) + text)
    }
    func addSentence(_ label: TerminalText, _ text: TerminalText) {
      let parts = TextStyle.wrapped(text, width: style.width, indent: 16)
      for (index, part) in parts.enumerated() { add(index == 0 ? label : "", part) }
    }
    add("last record", end.lastRecord.map { "\($0)" } ?? "none was found")
    add("read from", "\(end.walkedFrom), \(ByteCount.text(end.lsn.bytes(since: end.walkedFrom)))")
    addSentence("ended by", "\(WALStopText.sentence(end.stop))")
    for damage in damages {
      addSentence("passed over", "\(damage.stop.at) to \(damage.resumedAt): \(WALStopText.sentence(damage.stop))")
    }
    if let path = end.path { add("file", end.offset.map { "\(path), byte \($0)" } ?? "\(path)") }
    if let again = end.validAgainFrom {
      lines.append(
        "  " + style.paint("Valid WAL follows at \(again): this is damage, or remains of an earlier crash.", .warning))
    }
    if let trace = end.traceBehind {
      lines.append(
        "  "
          + style.paint(
            "Something was written at \(trace), after this end: it is damage rather than the end.", .warning))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// `slotscope.wal-end/1`; without an end where there is no WAL.
  package static func json(_ end: WALEnd?, damages: [WalkSummary.Damage] = []) -> JSONValue {
    [
      "schema": "slotscope.wal-end/1",
      "end_lsn": .text(end?.lsn),
      "timeline_id": .number(end?.timeline.rawValue),
      "last_record_lsn": .text(end?.lastRecord),
      "start_lsn": .text(end?.walkedFrom),
      "stop": end.map { WALStopText.json($0.stop) } ?? .null,
      "path": .text(end?.path),
      "offset": .number(end?.offset),
      "valid_again_lsn": .text(end?.validAgainFrom),
      "trace_behind_lsn": .text(end?.traceBehind),
      "damages": .list(damages, WalkSummary.json),
    ]
  }
}
