import PostgresFormat
import SlotSafety

/// The picture of an audit: the primary's WAL, the branch that the promotion makes or made, and the slots that matter most, on one
/// axis. Places are in percent and texts in pixels, so that it can be read at any width.
struct AuditPicture {
  private let assessment: Assessment
  private let slots: [SlotAssessment]
  private let axis: WALAxis

  /// Slots that are drawn; all are in the table.
  static let limit = 40
  private static let (firstRow, rowHeight) = (150, 40)

  /// `slots` with the worst first.
  init(_ assessment: Assessment, _ slots: [SlotAssessment]) {
    self.assessment = assessment
    self.slots = Array(slots.filter { $0.primary?.state != nil || $0.standby?.state != nil }.prefix(Self.limit))
    var positions = [assessment.primary?.endOfWAL, assessment.standby.endOfWAL, assessment.switchPoint].compactMap {
      $0
    }
    for slot in self.slots {
      for view in [slot.primary, slot.standby] {
        positions += [view?.restart.atLeast, view?.confirmedFlush.atLeast].compactMap { $0 }
      }
      positions += [slot.exposure.missed, slot.exposure.vanished].compactMap { $0 }.flatMap { [$0.from, $0.to] }
    }
    axis = WALAxis(positions)
  }

  /// The picture with its legend; nothing without a position.
  var figure: HTML {
    guard !axis.stops.isEmpty else { return "" }
    let bottom = Self.firstRow + slots.count * Self.rowHeight
    var out: HTML =
      "<figure><svg height=\"\(bottom + 26)\" role=\"img\" aria-label=\"\(summary)\">\n"
    out += breaks(bottom) + nodes(bottom)
    for (index, slot) in slots.enumerated() { out += row(slot, y: Self.firstRow + index * Self.rowHeight) }
    return out + ticks(bottom) + "</svg>\n<figcaption>\(legend)</figcaption></figure>\n"
  }

  /// For whoever cannot see it.
  private var summary: String {
    var parts = ["Positions in the WAL."]
    if let end = assessment.primary?.endOfWAL { parts.append("The primary's WAL ends at \(end).") }
    if let fork = assessment.switchPoint {
      parts.append("The new timeline \(assessment.isPromoted ? "begins" : "would begin") at \(fork).")
    }
    let skipped = slots.count { $0.exposure.missed != nil }
    let gone = slots.count { $0.exposure.vanished != nil }
    parts.append("Of \(slots.count) slots \(skipped) may skip changes and \(gone) may hold some that are missing.")
    return parts.joined(separator: " ")
  }

  // MARK: nodes

  private func nodes(_ bottom: Int) -> HTML {
    var out: HTML = ""
    let fork = assessment.switchPoint
    if let primary = assessment.primary, let end = primary.endOfWAL {
      let shared = fork.map { min($0, end) } ?? end
      out += line("o", axis.place(axis.stops.first ?? end), axis.place(shared), y: 44)
      if let fork, fork < end { out += line("g", axis.place(fork), axis.place(end), y: 44) }
      out += dot(axis.place(end), y: 44)
      let name = assessment.isPromoted ? "old primary" : "primary"
      out += text("\(name)\(timeline(primary)), WAL to \(end)", 0, y: 30, anchor: "start")
    }
    guard let fork else { return out }
    let from = axis.place(fork)
    out += "<line class=\"b\" x1=\"\(number(from))%\" y1=\"50\" x2=\"\(number(from))%\" y2=\"\(bottom)\"/>"
    let end = assessment.isPromoted ? max(assessment.standby.endOfWAL ?? fork, fork) : fork
    let bend = min(from + 2.5, 98.5)
    let to = max(axis.place(end), min(bend + 1, 99))
    out += "<line class=\"s\" x1=\"\(number(from))%\" y1=\"44\" x2=\"\(number(bend))%\" y2=\"92\"/>"
    out += line("s", bend, to, y: 92) + dot(to, y: 92)
    let name = assessment.isPromoted ? "new primary" : "standby"
    let verb = assessment.isPromoted ? "left" : "would leave"
    out += text("\(name)\(timeline(assessment.standby)), \(verb) at \(fork)", 0, y: 118, anchor: "start")
    return out
  }

  private func timeline(_ node: NodeSummary) -> String { node.timeline.map { " on timeline \($0)" } ?? "" }

  // MARK: slots

  private func row(_ slot: SlotAssessment, y: Int) -> HTML {
    var out: HTML = "<g>"
    // A phone has room for so much.
    let name = slot.slotName.count > 36 ? slot.slotName.prefix(35) + "…" : Substring(slot.slotName)
    out += text("\(name): \(slot.verdict.rawValue)", 0, y: y + 12, anchor: "start")
    for (changes, style) in [(slot.exposure.missed, "m"), (slot.exposure.vanished, "v")] {
      guard let changes else { continue }
      let from = axis.place(changes.from)
      out += line(style, from, max(axis.place(changes.to), from + 0.6), y: y + 25)
    }
    for (view, offset) in [(slot.primary, 21), (slot.standby, 29)] {
      guard let view, let restart = view.restart.atLeast else { continue }
      let start = axis.place(restart)
      let confirmed = view.confirmedFlush.atLeast
      out += line("k", start, max(confirmed.map(axis.place) ?? start, start + 0.4), y: y + offset)
      if let confirmed { out += dot(axis.place(confirmed), y: y + offset, radius: 4) }
    }
    return out + "</g>\n"
  }

  // MARK: axis

  private func breaks(_ bottom: Int) -> HTML {
    var out: HTML = ""
    for (index, gap) in axis.breaks.enumerated() {
      let middle = (axis.place(gap.from) + axis.place(gap.to)) / 2
      for x in [middle - 0.4, middle + 0.4] {
        out +=
          "<line class=\"z\" x1=\"\(number(x))%\" y1=\"\(bottom + 4)\" x2=\"\(number(x + 0.6))%\" y2=\"34\"/>"
      }
      // Within the picture, and on a narrow one not over each other.
      let anchor = middle < 25 ? "start" : middle > 75 ? "end" : "middle"
      let words = "\(ByteCount.text(gap.to.bytes(since: gap.from))) left out"
      out += text(words, max(middle - 2, 0), y: 12, anchor: anchor, style: index == 0 ? "f" : "f minor")
    }
    return out
  }

  private func ticks(_ bottom: Int) -> HTML {
    var out: HTML = "<line class=\"l\" x1=\"0\" y1=\"\(bottom)\" x2=\"100%\" y2=\"\(bottom)\"/>"
    guard let first = axis.stops.first, let last = axis.stops.last else { return out }
    out += text("\(first)", 0, y: bottom + 18, anchor: "start", style: "f")
    guard last != first else { return out }
    out += text("\(last)", 100, y: bottom + 18, anchor: "end", style: "f")
    if let fork = assessment.switchPoint, (25...75).contains(axis.place(fork)) {
      out += text("\(fork)", axis.place(fork), y: bottom + 18, anchor: "middle", style: "f minor")
    }
    return out
  }

  private var legend: HTML {
    func swatch(_ drawing: HTML, _ words: HTML) -> HTML {
      "<li><svg aria-hidden=\"true\">\(drawing)</svg>\(words)</li>"
    }
    var out: HTML = "<ul>"
    out += swatch(
      "<line class=\"k\" x1=\"0\" x2=\"100%\" y1=\"6\" y2=\"6\"/><circle class=\"d\" cx=\"22\" cy=\"6\" r=\"4\"/>",
      "slot, from restart_lsn to confirmed_flush_lsn: above on the primary, below on the standby")
    out += swatch(
      "<line class=\"m\" x1=\"0\" x2=\"100%\" y1=\"6\" y2=\"6\"/>",
      "<span class=\"skip\">skipped</span>: its consumer may never get it")
    out += swatch(
      "<line class=\"v\" x1=\"0\" x2=\"100%\" y1=\"6\" y2=\"6\"/>",
      "<span class=\"gone\">missing on the new primary</span>: its consumer may have it")
    out += swatch(
      "<line class=\"g\" x1=\"0\" x2=\"100%\" y1=\"6\" y2=\"6\"/>",
      "on the \(assessment.isPromoted ? "old " : "")primary only")
    out += swatch("<line class=\"s\" x1=\"0\" x2=\"100%\" y1=\"6\" y2=\"6\"/>", "the branch of the promotion")
    if !axis.breaks.isEmpty {
      out += swatch(
        "<line class=\"z\" x1=\"6\" x2=\"9\" y1=\"12\" y2=\"0\"/><line class=\"z\" x1=\"12\" x2=\"15\" y1=\"12\" y2=\"0\"/>",
        "WAL that is left out; all else has one scale")
    }
    out += "</ul>"
    let hidden = assessment.slots.count - slots.count
    if hidden > 0 { out += "<p>\(hidden) of \(assessment.slots.count) slots are in the table alone.</p>" }
    return out
  }

  // MARK: pieces

  private func line(_ style: String, _ from: Double, _ to: Double, y: Int) -> HTML {
    "<line class=\"\(style)\" x1=\"\(number(from))%\" y1=\"\(y)\" x2=\"\(number(max(to, from)))%\" y2=\"\(y)\"/>"
  }

  private func dot(_ place: Double, y: Int, radius: Int = 5) -> HTML {
    "<circle class=\"d\" cx=\"\(number(place))%\" cy=\"\(y)\" r=\"\(radius)\"/>"
  }

  private func text(_ words: String, _ place: Double, y: Int, anchor: String, style: String? = nil) -> HTML {
    let kind: HTML = style.map { "class=\"\($0)\" " } ?? ""
    return "<text \(kind)x=\"\(number(place))%\" y=\"\(y)\" text-anchor=\"\(anchor)\">\(words)</text>\n"
  }

  /// One digit after the point is finer than a screen shows.
  private func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(abs(tenths % 10))"
  }
}
