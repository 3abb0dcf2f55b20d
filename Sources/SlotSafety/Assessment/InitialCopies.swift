import Evidence
import PostgresFormat

/// Invariant: no table of a subscription was copied at a position that the new primary never reaches.
///
/// The first copy of a table (CREATE SUBSCRIPTION, REFRESH PUBLICATION) reads the primary as it is: nothing makes it wait, and
/// the subscription's own position does not tell of it. With `S` the end of the standby's WAL, a copy made past `S` holds
/// rows that the new primary lacks; and until its `srsublsn` the table takes no changes, so that what the new primary
/// commits below it is skipped (src/backend/replication/logical/tablesync.c; worker.c, `should_apply_changes_for_rel`).
///
/// Where the standby has all of the primary's WAL, no slot on the standby is past `S`.
enum InitialCopies {
  static let unit = RuleUnit(
    .received,
    .slot(Set<Situation>.withoutCopy.union(Set<Situation>.promoted).union([.present, .copyUnreadable, .alone]), check),
    rules: Rule(
      .a13Copied, .error, "No table of the slot's subscription was copied past the standby's end.",
      "Let the standby receive the rest of the primary's WAL, or copy these tables anew after the promotion."),
    Rule(
      .a13Copies, .error, "The subscriber's files show which tables its subscription has copied, and where.",
      "Ask the subscriber's server (a connection string), or stop it cleanly."))

  private static func check(_ c: SlotCase) -> Outcome? {
    let (failover, end, name) = (c.failover, c.failover.standbyEnd, c.slot.name)
    let hasAll = failover.primaryEnd.map { $0 <= end } ?? false
    guard !hasAll, failover.event != .switchover else { return nil }
    for progress in failover.possibleProgress(of: c.slot) {
      guard let tables = progress.tables else {
        guard progress.isExact else { continue }
        return c.fails(
          .atRisk, "whether its subscription copied tables after this standby's end is open", .a13Copies,
          "The files of \(progress.source) do not show which tables its subscription has copied, and where.",
          [Fact("not known", path: "pg_subscription_rel", node: progress.source)])
      }
      let ahead = tables.filter { ($0.row.lsn ?? .none) > end || $0.row.state != "r" && $0.row.state != "i" }
      guard let first = ahead.first else { continue }
      let names = ahead.prefix(3).map(\.name).joined(separator: ", ") + (ahead.count > 3 ? ", …" : "")
      return c.fails(
        .atRisk,
        "its subscription copied \(ahead.count == 1 ? first.name : "\(ahead.count) tables") past this standby's end",
        .a13Copied,
        "The subscription of \(name) copied tables that are not in step with this standby's end at \(end): \(names). They may hold rows that the new primary lacks, and skip what it commits.",
        ahead.prefix(3).map { table in
          Fact(
            "\(table.name): srsubstate \(table.row.state), srsublsn \(table.row.lsn.map { "\($0)" } ?? "NULL")",
            path: "pg_subscription_rel", node: progress.source)
        })
    }
    return nil
  }
}
