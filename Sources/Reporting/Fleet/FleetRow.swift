package import PostgresFormat
package import SlotSafety

/// One cluster among many, in a row: what is needed to see which one to look at first.
package struct FleetRow: Sendable, Hashable {
  /// By its definition, or the folder of its evidence.
  package var cluster: String
  /// When it was asked.
  package var at: Timestamp
  /// Of the cluster.
  package var verdict: Verdict
  /// For each event that is left; nil where it cannot happen any more, or nothing was judged.
  package var crash: Verdict?
  /// As above.
  package var switchover: Verdict?
  /// The answer in a line; why, where the cluster could not be asked at all.
  package var headline: String
  /// The node that is the primary; nil where none is, or several are.
  package var primary: String?
  /// The standby that would take over best.
  package var candidate: String?
  /// All nodes, and those of them that could not be read.
  package var nodes: Int
  /// As above.
  package var unreadNodes: Int
  /// Slots of the primary that count, and those of them that are ready.
  package var slots: Int
  /// As above.
  package var readySlots: Int
  /// Errors among the alerts.
  package var errors: Int
  /// Bytes that the standby that is least far has not received; nil where that is not known.
  package var lagBytes: UInt64?
  /// Bytes that the slot that retains most retains; nil where that is not known.
  package var retainedBytes: UInt64?
  /// Seconds since the oldest evidence of its nodes was gathered; nil where that is not known.
  package var ageSeconds: Int64?

  /// What its status comes to.
  package init(_ status: ClusterStatus, cluster: String, at time: Timestamp) {
    (self.cluster, at, verdict) = (cluster, time, status.verdict)
    headline = StatusWords.headline(status)
    let events = status.best?.events ?? []
    crash = events.first { $0.event == .crash }?.verdict
    switchover = events.first { $0.event == .switchover }?.verdict
    let primaries = status.nodes.filter { $0.role == .primary }
    primary = primaries.count == 1 ? primaries.first?.name : nil
    candidate = status.candidate
    nodes = status.nodes.count
    unreadNodes = status.nodes.count { $0.summary == nil }
    let counted = status.slots.filter { $0.assessment?.counts ?? true }
    (slots, readySlots) = (counted.count, counted.count { $0.assessment?.verdict == .ready })
    errors = status.alerts.count { $0.severity == .error }
    lagBytes = status.nodes.compactMap(\.lagBytes).min()
    retainedBytes = status.slots.compactMap(\.retainedBytes).max()
    let oldest = status.nodes.compactMap { $0.summary?.gatheredAt }.min()
    ageSeconds = oldest.map { max(0, time.microseconds(since: $0) / 1_000_000) }
  }

  /// A cluster that could not be asked, and why.
  package init(cluster: String, at time: Timestamp, failure: String) {
    (self.cluster, at, verdict, headline) = (cluster, time, .unknown, failure)
    (nodes, unreadNodes, slots, readySlots, errors) = (0, 0, 0, 0, 1)
  }

  /// As it is at a later time: its evidence has grown older.
  package func aged(to time: Timestamp) -> FleetRow {
    var row = self
    let passed = max(0, time.microseconds(since: at) / 1_000_000)
    row.ageSeconds = ageSeconds.map { $0.addingReportingOverflow(passed) }.map { $0.overflow ? .max : $0.partialValue }
    return row
  }

  /// Whether its evidence was gathered more seconds ago, or nobody knows when. Never without a limit.
  package func isOlder(than seconds: Int64?) -> Bool {
    guard let seconds, verdict != .unknown else { return false }
    return (ageSeconds ?? .max) > seconds
  }

  /// As it is where what it says was so once.
  package func withoutAnswer(age: Int64?) -> FleetRow {
    var row = self
    (row.verdict, row.crash, row.switchover) = (.unknown, nil, nil)
    let age = age.map { "its evidence is \(StatusWords.duration(seconds: $0)) old" }
    row.headline = "UNKNOWN: \(age ?? "nothing says how old its evidence is"); it was \(headline)"
    return row
  }

  /// The worst first, and by name among as bad ones.
  package static func inOrder(_ a: FleetRow, _ b: FleetRow) -> Bool {
    if a.verdict != b.verdict { return a.verdict > b.verdict }
    if a.errors != b.errors { return a.errors > b.errors }
    return a.cluster < b.cluster
  }
}

/// All rows of one run, or of several that were merged.
package struct FleetReport: Sendable {
  /// A part of the fleet: those clusters whose names fall to it.
  package struct Shard: Sendable, Hashable {
    /// From 1 to `count`.
    package var number: Int
    /// From 1 to 10,000.
    package var count: Int

    /// `3/16`.
    package init?(_ text: String) {
      let parts = text.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count == 2, let number = Int(parts[0]), let count = Int(parts[1]), (1...10_000).contains(count),
        (1...count).contains(number)
      else { return nil }
      (self.number, self.count) = (number, count)
    }

    /// Whether a cluster falls to it: by its name alone, so that clusters that are added move no others.
    package func has(_ cluster: String) -> Bool {
      // FNV-1a.
      let hash = cluster.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
      return Int(hash % UInt64(count)) == number - 1
    }

    /// As it is given.
    package var text: String { "\(number)/\(count)" }
  }

  /// The worst first.
  package private(set) var rows: [FleetRow]
  /// nil: the whole fleet.
  package var shard: Shard?
  /// What makes it less than whole: sentences.
  package var gaps: [String] = []

  /// Rows in any order.
  package init(_ rows: [FleetRow], shard: Shard? = nil) {
    (self.rows, self.shard) = (rows.sorted(by: FleetRow.inOrder), shard)
  }

  /// The worst of all; unknown where nothing was asked, or something is missing.
  package var verdict: Verdict { gaps.isEmpty ? rows.first?.verdict ?? .unknown : .unknown }

  /// How many have a verdict.
  package func count(_ verdict: Verdict) -> Int { rows.count { $0.verdict == verdict } }
}
