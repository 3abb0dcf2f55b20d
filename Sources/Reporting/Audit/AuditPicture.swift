import PostgresFormat
import SlotSafety

/// The picture of an audit: both nodes' WAL on one axis of positions, the fork, and every slot with what is exposed.
enum AuditPicture {
  private static let width = 1000.0
  private static let left = 190.0
  private static let right = 30.0

  /// A place on the axis. Positions are far apart or close together: the axis runs over those that matter, evenly.
  private struct Axis {
    private let stops: [LSN]
    init(_ positions: [LSN]) { stops = Array(Set(positions.filter(\.isValid))).sorted() }
    var isEmpty: Bool { stops.isEmpty }
    var ticks: [LSN] {
      stops.count <= 7 ? stops : stride(from: 0, to: stops.count, by: (stops.count + 6) / 7).map { stops[$0] }
    }
    func x(_ lsn: LSN) -> Double {
      guard let index = stops.firstIndex(where: { $0 >= lsn }), stops.count > 1 else {
        return stops.count > 1 ? width - right : left
      }
      return left + Double(index) / Double(stops.count - 1) * (width - left - right)
    }
  }

  static func svg(_ assessment: Assessment) -> HTML {
    let slots = Array(assessment.slots.filter { $0.primary?.state != nil || $0.standby?.state != nil }.prefix(40))
    var positions = [assessment.primary?.endOfWAL, assessment.standby.endOfWAL, assessment.switchPoint].compactMap {
      $0
    }
    for slot in slots {
      for view in [slot.primary, slot.standby] {
        positions += [view?.restart.atLeast, view?.confirmedFlush.atLeast].compactMap { $0 }
      }
      positions += [slot.exposure.missed, slot.exposure.vanished].compactMap { $0 }.flatMap { [$0.from, $0.to] }
    }
    let axis = Axis(positions)
    guard !axis.isEmpty else { return "" }
    let height = 120 + Double(slots.count) * 34
    var out: HTML =
      "<svg viewBox=\"0 0 \(Int(width)) \(Int(height))\" role=\"img\" aria-label=\"Timelines and slots by position in the WAL\">\n"
    for tick in axis.ticks {
      let x = number(axis.x(tick))
      out += "<line x1=\"\(x)\" y1=\"20\" x2=\"\(x)\" y2=\"\(number(height - 24))\" style=\"stroke:var(--line)\"/>"
      out +=
        "<text class=\"faint\" x=\"\(x)\" y=\"\(number(height - 8))\" text-anchor=\"middle\">\(tick.description)</text>\n"
    }
    out += node("primary", assessment.primary, axis, y: 40, color: "--none")
    out += node("standby", assessment.standby, axis, y: 70, color: "--good")
    if let fork = assessment.switchPoint {
      let x = number(axis.x(fork))
      out +=
        "<line x1=\"\(x)\" y1=\"24\" x2=\"\(x)\" y2=\"\(number(height - 24))\" style=\"stroke:var(--fg);stroke-dasharray:4 3\"/>"
      out +=
        "<text x=\"\(x)\" y=\"16\" text-anchor=\"middle\">\(assessment.isPromoted ? "fork" : "would fork here")</text>\n"
    }
    for (index, slot) in slots.enumerated() { out += row(slot, axis, y: 104 + Double(index) * 34) }
    return out + "</svg>\n"
  }

  private static func node(_ name: String, _ node: NodeSummary?, _ axis: Axis, y: Double, color: String) -> HTML {
    guard let node, let end = node.endOfWAL else { return "" }
    let timeline = node.timeline.map { " (timeline \($0))" } ?? ""
    return "<text x=\"8\" y=\"\(number(y + 4))\">\(name)\(timeline)</text>"
      + bar(from: left, to: axis.x(end), y: y, color: color, title: "\(name): WAL to \(end)")
  }

  private static func row(_ slot: SlotAssessment, _ axis: Axis, y: Double) -> HTML {
    let name = slot.slotName.count > 24 ? slot.slotName.prefix(23) + "…" : Substring(slot.slotName)
    var out: HTML =
      "<text x=\"8\" y=\"\(number(y + 4))\" style=\"fill:var(\(slot.verdict.color))\">\(name)</text>"
    for (view, offset, title) in [(slot.primary, -6.0, "primary"), (slot.standby, 6.0, "standby")] {
      guard let view, let restart = view.restart.atLeast else { continue }
      let start = axis.x(restart)
      let end = max(view.confirmedFlush.atLeast.map(axis.x) ?? start, start + 3)
      out += bar(
        from: start, to: end, y: y + offset, color: offset < 0 ? "--none" : slot.verdict.color,
        title:
          "\(title): restart_lsn \(restart), confirmed_flush_lsn \(view.confirmedFlush.atLeast?.description ?? "none")")
    }
    for (changes, title) in [
      (slot.exposure.missed, "may be missed"), (slot.exposure.vanished, "may be missing on the new primary"),
    ] {
      guard let changes else { continue }
      let x = axis.x(changes.from)
      out +=
        "<rect x=\"\(number(x))\" y=\"\(number(y - 12))\" width=\"\(number(max(axis.x(changes.to) - x, 3)))\" height=\"24\" style=\"fill:var(--bad);opacity:.25\"><title>\(changes.sentence) \(title)</title></rect>"
    }
    return out + "\n"
  }

  private static func bar(from: Double, to: Double, y: Double, color: String, title: String) -> HTML {
    "<line x1=\"\(number(from))\" y1=\"\(number(y))\" x2=\"\(number(max(to, from + 2)))\" y2=\"\(number(y))\" style=\"stroke:var(\(color));stroke-width:7\"><title>\(title)</title></line>\n"
  }

  /// One digit after the point is finer than a screen shows.
  private static func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(abs(tenths % 10))"
  }
}

extension Verdict {
  fileprivate var color: String {
    switch self {
    case .ready: "--good"
    case .waiting, .fixable: "--warn"
    case .atRisk, .lost: "--bad"
    case .unknown: "--none"
    }
  }
}
