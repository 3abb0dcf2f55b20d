import Evidence
import PostgresFormat

/// Invariant: no subscription leaves out a transaction of the new primary that it was to leave out of the old one.
///
/// ALTER SUBSCRIPTION … SKIP names a transaction by the end of its commit. With `S` the end of the standby's WAL, one past `S`
/// is not on the new primary; another one that ends there is, and is left out without a word but in the subscriber's log
/// (src/backend/replication/logical/worker.c, `maybe_start_skipping_changes`; 15 and later).
///
/// Where the standby has all of the primary's WAL, no transaction is past `S`.
enum SkippedTransactions {
  static let unit = RuleUnit(
    .received,
    .slot(Set<Situation>.withoutCopy.union(Set<Situation>.promoted).union([.present, .copyUnreadable, .alone]), check),
    rules: Rule(
      .a13Skipped, .error,
      "The slot's subscription is to skip no transaction that the new primary does not have.",
      "Before the subscriber reads from the new primary: ALTER SUBSCRIPTION … SKIP (lsn = NONE)."))

  private static func check(_ c: SlotCase) -> Outcome? {
    let (failover, end, name) = (c.failover, c.failover.standbyEnd, c.slot.name)
    guard !failover.standbyHasAll, failover.event != .switchover else { return nil }
    for progress in failover.possibleProgress(of: c.slot) {
      func fails(_ headline: String, _ message: String, _ fact: String, _ hint: String? = nil) -> Outcome {
        c.fails(
          .atRisk, headline, .a13Skipped, message, [Fact(fact, path: "pg_subscription", node: progress.source)], hint)
      }
      guard let skip = progress.skipLSN else {
        guard progress.isExact else { continue }
        return fails(
          "whether its subscription is to skip a transaction after this standby's end is open",
          "The files of \(progress.source) do not show whether the subscription of \(name) is to skip a transaction.",
          "subskiplsn not known", "Ask the subscriber's server (a connection string), or stop it cleanly.")
      }
      guard skip > end else { continue }
      return fails(
        "its subscription is to skip a transaction past this standby's end",
        "The subscription of \(name) is to skip the transaction that ends at \(skip), which the new primary does not have: it would skip another one that ends there.",
        "subskiplsn \(skip)")
    }
    return nil
  }
}
