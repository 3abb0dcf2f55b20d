import Evidence
import PostgresFormat
import SlotSafety

/// Who the nodes are, what happened when, and with which settings: what a reader has to know before the slots.
struct AuditStory {
  private let assessment: Assessment
  private let primary: Evidence?
  private let standby: Evidence?

  init(_ assessment: Assessment, _ context: PageContext) {
    self.assessment = assessment
    primary = assessment.primary.flatMap { context.nodes[$0.source] }
    standby = context.nodes[assessment.standby.source]
  }

  private var names: (primary: String, standby: String) {
    assessment.isPromoted ? ("old primary", "new primary") : ("primary", "standby")
  }

  /// The nodes, and the events in the order of their times.
  var html: HTML { "<h2>What happened</h2>\n\(nodes)\(events)" }

  private var nodes: HTML {
    let system = assessment.standby.systemIdentifier.map { " of system \($0)" } ?? ""
    var table = HTMLTable(
      "The nodes\(system)", ["node", "source", "version", "state", "timeline", "WAL to", "evidence gathered"])
    for (name, node) in [(names.primary, assessment.primary), (names.standby, assessment.standby)] {
      guard let node else { continue }
      table.add([
        "\(name)", HTML.breakable(node.source), "\(node.version?.name ?? "")", "\(node.state?.name ?? "")",
        "\(node.timeline?.description ?? "")", "\(node.endOfWAL?.description ?? "")",
        node.gatheredAt.map(HTML.time) ?? "",
      ])
    }
    return table.html
  }

  private var events: HTML {
    var events: [(time: Timestamp, words: String)] = []
    for (name, evidence) in [(names.primary, primary), (names.standby, standby)] {
      guard let evidence else { continue }
      if let last = evidence.wal.end?.lastTime {
        events.append((last.time, "The last time in the WAL of the \(name), at \(last.lsn)"))
      } else if let last = evidence.server?.positions.lastReplayedCommit {
        events.append((last, "The last commit that the \(name) replayed"))
      }
      if let time = evidence.origin.gatheredAt { events.append((time, "Evidence of the \(name) was gathered")) }
    }
    events.sort { $0.time < $1.time }
    var html: HTML = ""
    for event in events { html += "<li>\(HTML.time(event.time)): \(event.words)</li>\n" }
    if let fork = assessment.switchPoint {
      let verb = assessment.isPromoted ? "began" : "would begin"
      html += "<li>The new timeline \(verb) at \(fork)"
      if let end = assessment.primary?.endOfWAL, end > fork {
        html +=
          ", <span class=\"gone\">\(ByteCount.text(end.bytes(since: fork)))</span> before the end of the primary's WAL"
      }
      html += "</li>\n"
    }
    return html.text.isEmpty ? "" : "<ol>\n\(html)</ol>\n"
  }

  // MARK: settings

  /// Those that decide whether slots survive.
  private static let settings = [
    "wal_level", "sync_replication_slots", "synchronized_standby_slots", "hot_standby_feedback", "primary_slot_name",
    "primary_conninfo", "max_slot_wal_keep_size", "idle_replication_slot_timeout", "max_replication_slots",
    "recovery_min_apply_delay", "recovery_target_timeline", "pg_failover_slots.synchronize_slot_names",
    "pg_failover_slots.standby_slot_names",
  ]

  /// As each node has them, with the place that gives them.
  var settings: HTML {
    let nodes = [(names.primary, primary), (names.standby, standby)].compactMap { name, evidence in
      evidence.flatMap { evidence in
        evidence.version.map { (name: name, settings: EffectiveSettings(evidence.settings, version: $0)) }
      }
    }
    guard !nodes.isEmpty else { return "" }
    var table = HTMLTable("Where nothing gives a setting, it has its default", ["setting"] + nodes.map(\.name))
    for setting in Self.settings {
      let values = nodes.map { $0.settings[setting] }
      guard values.contains(where: { $0 != nil }) else { continue }
      table.add(
        ["\(setting)"]
          + values.map { value -> HTML in
            guard let value else { return "" }
            let text: HTML = value.text.isEmpty ? "(empty)" : HTML.breakable(value.text)
            guard let given = value.assignment else { return "\(text) <span class=\"faint\">default</span>" }
            let place = given.line > 0 ? "\(given.path):\(given.line)" : given.path
            return "\(text) <span class=\"faint\">\(HTML.breakable(place))</span>"
          })
    }
    return table.html
  }
}
