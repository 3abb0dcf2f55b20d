import Evidence
import PostgresFormat

/// Invariant: no table of a subscription was copied at a position that the new primary never reaches.
///
/// The first copy of a table (CREATE SUBSCRIPTION, REFRESH PUBLICATION) reads the primary as it is: nothing makes it wait, and
/// the subscription's own position does not tell of it. With `S` the end of the standby's WAL, a copy made past `S` holds
/// rows that the new primary lacks; and until its `srsublsn` the table takes no changes, so that what the new primary
/// commits below it is skipped (src/backend/replication/logical/tablesync.c; worker.c, `should_apply_changes_for_rel`).
///
/// A table without a copy (`copy_data = false`) has no such position, and its rows may have come from a dump or a backup of the primary,
/// later than `S` as well: that is a premise (``Premise/rowsNotLater``), where the primary committed something past `S`.
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
      "Ask the subscriber's server (a connection string), or stop it cleanly."),
    Rule(
      .a13NotCopied, .error,
      "Tables that the slot's subscription took over without a copy began with no rows that this standby lacks.",
      "Let the standby receive the rest of the primary's WAL."))

  private static func check(_ c: SlotCase) -> Outcome? {
    let (failover, end, name) = (c.failover, c.failover.standbyEnd, c.slot.name)
    guard !failover.standbyHasAll, failover.event != .switchover else { return nil }
    for progress in failover.possibleProgress(of: c.slot) {
      guard let tables = progress.tables else {
        guard progress.isExact else { continue }
        return c.fails(
          .atRisk, "whether its subscription copied tables after this standby's end is open", .a13Copies,
          "The files of \(progress.source) do not show which tables its subscription has copied, and where.",
          [Fact("not known", path: "pg_subscription_rel", node: progress.source)])
      }
      let ahead = tables.filter { ($0.row.lsn ?? .none) > end || $0.row.state != "r" && $0.row.state != "i" }
      guard let first = ahead.first else {
        if let outcome = notCopied(c, tables, progress) { return outcome }
        continue
      }
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

  /// Of a position that bounds nothing its own rule tells.
  private static func notCopied(
    _ c: SlotCase, _ tables: [SubscribedTables.Table], _ progress: SubscriberProgress
  ) -> Outcome? {
    let (failover, end, name) = (c.failover, c.failover.standbyEnd, c.slot.name)
    let without = tables.filter { $0.row.state == "r" && $0.row.lsn == nil }
    guard let first = without.first, progress.isExact else { return nil }
    let lacking = failover.primaryEnd.map { c.changes(from: end, to: $0) }
    guard lacking?.isEmpty != true else { return nil }
    let premise = SlotPremise.asked(
      .rowsNotLater, in: failover, "no position tells when the first rows of \(first.name) came")
    guard premise.state == .open else { return Outcome(premises: [premise]) }
    let word = "--assume \(Premise.rowsNotLater.rawValue)"
    var outcome = c.fails(
      .atRisk, "tables that its subscription did not copy may have begun with rows that this standby lacks",
      .a13NotCopied,
      "The subscription of \(name) took over \(without.count == 1 ? first.name : "\(without.count) tables") without a copy: rows that were brought there from a later state of the primary than this standby's end at \(end) would be missing on the new primary.",
      without.prefix(3).map {
        Fact("\($0.name): srsubstate r, srsublsn NULL", path: "pg_subscription_rel", node: progress.source)
      },
      "If these tables began empty, or with a dump or backup from before the first change that this standby lacks, ask again with \(word)\(failover.primaryEnd.map { "; else \(lowercase(failover.receive(to: $0)))" } ?? "")."
    )
    outcome.premises = [premise]
    return outcome
  }

  private static func lowercase(_ sentence: String) -> String { sentence.prefix(1).lowercased() + sentence.dropFirst() }
}
