import Evidence
import PostgresFormat
package import SlotSafety

/// One node for a monitoring system, in one line: what is wrong, the slots that it concerns, how much WAL each retains.
package enum InspectNagios {
  /// `state` is the one that the exit code says. Performance data: slots, those lost and those that the next checkpoint
  /// invalidates, WAL; then for each slot, beginning with the one that retains most, the bytes that it retains (critical where
  /// `max_slot_wal_keep_size` ends) and that are left until it is lost. Of slots that are not `selected` there are the counts alone.
  package static func line(
    _ node: Inspection, state: PluginLine.State, selected: SlotFilter = .all
  ) -> String {
    let slots = SlotGauges.all(node)
    let plugins = Dictionary(node.slots.map { ($0.name, $0.evidence.state?.plugin ?? "") }) { first, _ in first }
    let shown = slots.filter { selected.selects(name: $0.name, plugin: plugins[$0.name] ?? "") }
    let troubled = shown.filter { $0.trouble != nil }.sorted {
      ($1.isLost ? 1 : 0, $0.name) < ($0.isLost ? 1 : 0, $1.name)
    }
    let lost = slots.count(where: \.isLost)
    let lostNext = slots.count { !$0.isLost && $0.isLostNext }
    var parts = selected.misfit(among: node.evidence.slots).map { [$0] } ?? []
    let all = "\(slots.count) slot\(slots.count == 1 ? "" : "s")"
    if lost > 0 { parts.append("\(lost) of \(all) lost") }
    if lostNext > 0 { parts.append("the next checkpoint invalidates \(lostNext) of \(all)") }
    if !troubled.isEmpty { parts.append(PluginLine.list(troubled.map { ($0.name, $0.trouble ?? "") })) }
    // A finding about a slot that is named already says nothing new, one about a slot that is not selected is not asked for.
    let silent = Set(troubled.map(\.name)).union(Set(slots.map(\.name)).subtracting(shown.map(\.name)))
    if let finding = node.findings.first(where: { $0.severity > .info && !($0.slotName.map(silent.contains) ?? false) })
    {
      parts.append(finding.message)
    }
    if parts.isEmpty {
      let most = slots.compactMap(\.retained).max()
      parts.append(
        all + (most.map { ", at most \(ByteCount.text($0)) of WAL retained" } ?? ""))
    }
    var line = PluginLine(state, parts.joined(separator: "; "))
    line.data = [
      PluginLine.Measure("slots", UInt64(slots.count)),
      PluginLine.Measure("slots_lost", UInt64(lost), critical: 0),
      PluginLine.Measure("slots_lost_next", UInt64(lostNext), critical: 0),
      PluginLine.Measure("wal_size", node.evidence.wal.totalBytes, "B"),
    ]
    if let end = node.evidence.wal.end?.lsn { line.data.append(PluginLine.Measure("wal_end", end.rawValue, "B")) }
    for slot in shown.sorted(by: { ($1.retained ?? 0, $0.name) < ($0.retained ?? 0, $1.name) }) {
      let limit = slot.untilLost.flatMap { left in slot.retained.map { $0.addingReportingOverflow(left).partialValue } }
      if let retained = slot.retained {
        line.data.append(PluginLine.Measure(slot.name + "_retained", retained, "B", critical: limit))
      }
      if let left = slot.untilLost { line.data.append(PluginLine.Measure(slot.name + "_until_lost", left, "B")) }
    }
    return line.line
  }
}
