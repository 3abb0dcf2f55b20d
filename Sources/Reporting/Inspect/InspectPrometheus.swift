import Evidence
package import PostgresFormat
package import SlotSafety

/// One node as gauges: its WAL, and for each slot what it retains and how far it is from being lost.
package enum InspectPrometheus {
  /// The page's text. `isUp`: all that the answer rests on could be read. `time` is when it was.
  package static func metrics(
    _ node: Inspection, isUp: Bool, labels: [MetricsPage.Label] = [], at time: Timestamp
  ) -> String {
    let evidence = node.evidence
    let source = [MetricsPage.Label("node", evidence.origin.source)]
    var page = MetricsPage(isUp: isUp, common: labels, question: "inspect", at: time)
    page.family(
      "slotscope_node_info", "Who the node is; always 1.",
      [
        .init(
          source + [
            .init("version", evidence.version?.name ?? ""), .init("role", node.role.rawValue),
            .init("system_identifier", evidence.control.map { String($0.value.systemIdentifier) } ?? ""),
            .init("timeline_id", node.timeline?.description ?? ""),
          ], 1)
      ])
    page.family(
      "slotscope_node_would_start", "Whether the server would start with these files: 1, or 0.",
      node.startup.wouldStart.map { [.init(source, $0)] } ?? [])
    page.family(
      "slotscope_findings", "What was found, by severity.",
      Finding.Severity.allCases.map { severity in
        .init(
          source + [.init("severity", severity.rawValue)], node.findings.count { $0.severity == severity })
      })
    wal(&page, evidence, source)
    slots(&page, node, source)
    return page.text
  }

  /// Where nothing could be read.
  package static func failure(labels: [MetricsPage.Label] = [], at time: Timestamp) -> String {
    MetricsPage(isUp: false, common: labels, question: "inspect", at: time).text
  }

  private static func wal(_ page: inout MetricsPage, _ evidence: Evidence, _ source: [MetricsPage.Label]) {
    let wal = evidence.wal
    page.family(
      "slotscope_wal_end_bytes", "Where valid WAL ends, in bytes from 0/0.",
      wal.end.map { [.init(source, $0.lsn.rawValue)] } ?? [])
    guard wal.path != nil else { return }
    page.family(
      "slotscope_wal_size_bytes", "All segments in the WAL folder, in bytes.", [.init(source, wal.totalBytes)])
    page.family(
      "slotscope_wal_missing_segments", "Segments that are missing between others.",
      [.init(source, wal.gaps.reduce(0) { $0 &+ $1.count })])
    guard evidence.server == nil else { return }
    page.family(
      "slotscope_wal_archive_ready_segments", "Segments that wait for the archiver.",
      wal.archiveReadyCount.map { [.init(source, $0)] } ?? [])
  }

  private static func slots(_ page: inout MetricsPage, _ node: Inspection, _ source: [MetricsPage.Label]) {
    let slots = SlotGauges.all(node).map { slot in
      (labels: source + [MetricsPage.Label("slot_name", slot.name), .init("database", slot.database)], gauges: slot)
    }
    page.family("slotscope_slots", "Slots of the node.", [.init(source, slots.count)])
    page.family("slotscope_slots_lost", "Slots that are lost.", [.init(source, slots.count(where: \.gauges.isLost))])
    page.family(
      "slotscope_slot_retained_bytes", "WAL from the slot's restart_lsn to the end, in bytes.",
      slots.compactMap { slot in slot.gauges.retained.map { .init(slot.labels, $0) } })
    page.family(
      "slotscope_slot_until_lost_bytes",
      "WAL that can be written until a checkpoint may invalidate the slot, in bytes; no series without a limit.",
      slots.compactMap { slot in slot.gauges.untilLost.map { .init(slot.labels, $0) } })
    page.family(
      "slotscope_slot_lost_next", "Whether the next checkpoint invalidates the slot: 1, or 0.",
      slots.map { .init($0.labels, $0.gauges.isLostNext) })
    page.states(
      "slotscope_slot_fate", "What becomes of the slot: 1 for the fate that holds.", "fate",
      all: SlotGauges.fates.map { (state: $0, word: $0) }, of: slots.map { ($0.labels, $0.gauges.fate) })
    page.family(
      "slotscope_slot_active", "Whether a process uses the slot: 1, or 0. Of a running server only.",
      slots.indices.compactMap { index in
        node.slots[index].evidence.activity?.isActive.map { .init(slots[index].labels, $0) }
      })
    page.family(
      "slotscope_slot_spill_bytes", "Files left from decoding large transactions, in bytes.",
      slots.indices.compactMap { index in
        let slot = node.slots[index].evidence
        return slot.activity == nil && slot.state?.isLogical == true ? .init(slots[index].labels, slot.spillBytes) : nil
      })
  }
}
