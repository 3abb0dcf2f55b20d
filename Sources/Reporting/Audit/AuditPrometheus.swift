package import PostgresFormat
package import SlotSafety

/// The answer as gauges: for each thing judged one series a verdict, 1 for the one that holds.
package enum AuditPrometheus {
  /// The page's text. `isUp`: every source could be read. `time` is when the audit ran.
  package static func metrics(
    _ assessments: [Assessment], isUp: Bool = true, labels: [MetricsPage.Label] = [], at time: Timestamp
  ) -> String {
    var page = MetricsPage(isUp: isUp, common: labels, question: "audit", at: time)
    verdicts(
      &page,
      assessments.flatMap { one in
        let standby = MetricsPage.Label("standby", one.standby.source)
        return one.events.map { ([standby, .init("event", $0.event.rawValue)], $0.verdict) }
      })
    let slots = assessments.flatMap { one in
      one.slots.filter(\.counts).map { slot in
        (
          labels: [
            MetricsPage.Label("standby", one.standby.source), .init("slot_name", slot.slotName),
            .init("database", slot.databaseName ?? ""),
          ], slot: slot
        )
      }
    }
    page.states(
      "slotscope_slot_verdict", "What a promotion means for a slot: 1 for the verdict that holds.", "verdict",
      all: allVerdicts,
      of: slots.flatMap { one in
        one.slot.events.map { (one.labels + [.init("event", $0.event.rawValue)], $0.verdict) }
      })
    page.family(
      "slotscope_slot_premise", "What a slot's verdict rests on and no file shows by itself, and how well it is known.",
      slots.flatMap { one in
        one.slot.premises.map {
          .init(one.labels + [.init("premise", $0.premise.rawValue), .init("state", $0.state.rawValue)], 1)
        }
      })
    page.family(
      "slotscope_slot_missed_bytes", "WAL with changes that a consumer may miss, in bytes.",
      slots.map { .init($0.labels, $0.slot.exposure.missed?.bytes ?? 0) })
    page.family(
      "slotscope_slot_vanished_bytes", "WAL with changes that a consumer may hold and the standby lacks, in bytes.",
      slots.map { .init($0.labels, $0.slot.exposure.vanished?.bytes ?? 0) })
    return page.text
  }

  /// Where nothing could be asked: down, and no verdict on any of these standbys.
  package static func failure(standbys: [String], labels: [MetricsPage.Label] = [], at time: Timestamp) -> String {
    var page = MetricsPage(isUp: false, common: labels, question: "audit", at: time)
    verdicts(
      &page,
      standbys.flatMap { standby in
        FailoverEvent.allCases.map { ([.init("standby", standby), .init("event", $0.rawValue)], .unknown) }
      })
    return page.text
  }

  private static func verdicts(_ page: inout MetricsPage, _ standbys: [(labels: [MetricsPage.Label], state: Verdict)]) {
    page.states(
      "slotscope_audit_verdict", "Whether this standby may be promoted: 1 for the verdict that holds.", "verdict",
      all: allVerdicts, of: standbys)
  }

  private static let allVerdicts = Verdict.allCases.map { (state: $0, word: $0.rawValue) }
}
