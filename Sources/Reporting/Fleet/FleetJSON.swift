import ByteReading
import PostgresFormat
import SlotSafety

/// The lines of `slotscope.fleet/1`: one a cluster, and a last one that says that it is the last. What was written is read back, to be
/// merged; whoever wrote it may have been anybody.
package enum FleetJSON {
  private static let schema = "slotscope.fleet/1"

  /// With line ends.
  package static func lines(_ report: FleetReport) -> String {
    (report.rows.map(row) + [end(report)]).map { $0.serialized(pretty: false) + "\n" }.joined()
  }

  private static func row(_ row: FleetRow) -> JSONValue {
    [
      "schema": .string(schema), "cluster": .string(row.cluster), "at": .text(row.at),
      "verdict": .string(row.verdict.rawValue), "crash": .text(row.crash?.rawValue),
      "switchover": .text(row.switchover?.rawValue), "headline": .string(row.headline), "primary": .text(row.primary),
      "candidate": .text(row.candidate), "nodes": .number(row.nodes), "unread_nodes": .number(row.unreadNodes),
      "slots": .number(row.slots), "ready_slots": .number(row.readySlots), "errors": .number(row.errors),
      "lag_bytes": .number(row.lagBytes), "retained_bytes": .number(row.retainedBytes),
      "age_seconds": .number(row.ageSeconds),
    ]
  }

  private static func end(_ report: FleetReport) -> JSONValue {
    [
      "schema": .string(schema), "end": true, "clusters": .number(report.rows.count),
      "verdict": .string(report.verdict.rawValue), "shard": .text(report.shard?.text),
      "verdicts": .object(
        Verdict.allCases.map { JSONValue.Member(name: $0.rawValue, value: .number(report.count($0))) }),
      "gaps": .list(report.gaps) { .string($0) },
    ]
  }

  /// What one file says. Throws a clause that goes on from the file's name.
  package struct ReadError: Error, Sendable {
    /// `line 3 is no row of a fleet`.
    package var message: String
  }

  /// Rows of one file; more are refused.
  static let rowLimit = 100_000
  /// Bytes of a name or a headline: more have been put there by somebody else.
  static let textLimit = 64 << 10

  /// Each run that the file has, one after the other, as files are put together: its rows, its shard, and what it found missing
  /// itself. One without its last line was cut off, and says so.
  package static func read(_ bytes: [UInt8]) throws(ReadError) -> [FleetReport] {
    var runs: [FleetReport] = []
    var rows: [FleetRow] = []
    var reader = JSONReader(bytes)
    var (number, total) = (0, 0)
    while true {
      number += 1
      let node: JSONNode?
      do throws(FormatError) { node = try reader.next() } catch {
        throw ReadError(message: "value \(number) is no JSON, or is cut off")
      }
      guard let node else {
        guard !rows.isEmpty || runs.isEmpty else { return runs }
        var report = FleetReport(rows)
        report.gaps = ["a run was cut off: its last line is missing"]
        return runs + [report]
      }
      guard node["schema"]?.string == schema else { throw ReadError(message: "value \(number) is no row of a fleet") }
      guard node["end"] == .bool(true) else {
        guard let row = row(node), total < rowLimit else {
          throw ReadError(message: "value \(number) is a damaged row of a fleet")
        }
        rows.append(row)
        total += 1
        continue
      }
      runs.append(try run(node, rows, number))
      rows = []
    }
  }

  /// What the last line of a run makes of its rows.
  private static func run(_ end: JSONNode, _ rows: [FleetRow], _ number: Int) throws(ReadError) -> FleetReport {
    guard integer(end["clusters"]) == Int64(rows.count) else {
      throw ReadError(message: "it has \(rows.count) clusters, and the last line of that run says other")
    }
    // What is missing would be taken for there, were a gap or a part left out that cannot be read.
    guard case .array(let gaps)? = end["gaps"], gaps.allSatisfy({ ($0.string?.utf8.count ?? .max) <= textLimit }) else {
      throw ReadError(message: "value \(number) does not say what is missing")
    }
    var shard: FleetReport.Shard?
    if let part = end["shard"], part != .null {
      shard = part.string.flatMap(FleetReport.Shard.init)
      guard let shard, rows.allSatisfy({ shard.has($0.cluster) }) else {
        throw ReadError(message: "value \(number) names a part to which its clusters do not fall")
      }
    }
    var report = FleetReport(rows, shard: shard)
    report.gaps = gaps.prefix(100).compactMap(\.string)
    return report
  }

  private static func row(_ node: JSONNode) -> FleetRow? {
    guard let cluster = node["cluster"]?.string, let verdict = verdict(node["verdict"]),
      let at = node["at"]?.string.flatMap({ Timestamp($0) }), let headline = node["headline"]?.string
    else { return nil }
    func count(_ name: String) -> Int? { integer(node[name]).flatMap { $0 >= 0 ? Int(exactly: $0) : nil } }
    guard let nodes = count("nodes"), let unread = count("unread_nodes"), let slots = count("slots"),
      let ready = count("ready_slots"), let errors = count("errors"), unread <= nodes, ready <= slots
    else { return nil }
    // Nothing is ready of which nothing was read.
    guard verdict != .ready || (nodes > 0 && unread == 0) else { return nil }
    var row = FleetRow(cluster: cluster, at: at, failure: headline)
    (row.verdict, row.crash, row.switchover) = (verdict, self.verdict(node["crash"]), self.verdict(node["switchover"]))
    (row.primary, row.candidate) = (node["primary"]?.string, node["candidate"]?.string)
    (row.nodes, row.unreadNodes, row.slots, row.readySlots, row.errors) = (nodes, unread, slots, ready, errors)
    row.lagBytes = count("lag_bytes").map { UInt64($0) }
    row.retainedBytes = count("retained_bytes").map { UInt64($0) }
    row.ageSeconds = count("age_seconds").map { Int64($0) }
    let texts = [cluster, headline, row.primary ?? "", row.candidate ?? ""]
    return texts.allSatisfy { $0.utf8.count <= textLimit } ? row : nil
  }

  private static func verdict(_ node: JSONNode?) -> Verdict? { node?.string.flatMap(Verdict.init) }

  private static func integer(_ node: JSONNode?) -> Int64? {
    guard case .number(let digits)? = node else { return nil }
    return Int64(digits)
  }
}
