import Evidence
import PostgresFormat

/// Invariant: what a subscription asks for is on the new primary.
///
/// A subscription names publications, and the publisher looks them up in its catalogs as they were at each change. With `S` the end of the
/// standby's WAL: one that was made past `S` is not on the new primary. Up to 17 decoding fails there for ever, from 18 on changes
/// are left out (src/backend/replication/pgoutput/pgoutput.c, `LoadPublications`). The position tells nothing of it: a
/// subscription that was altered need not have got any change since. The same goes for a table that was added past `S` and
/// not copied; one that was copied, its position shows (``InitialCopies``).
///
/// Where nobody changed catalogs of the slot's database past `S`, nothing is missing.
enum PublicationsPresent {
  static let unit = RuleUnit(
    .received,
    .slot(Set<Situation>.withoutCopy.union(Set<Situation>.promoted).union([.present, .copyUnreadable]), check),
    rules: Rule(
      .a13Publications, from: .v10, .error,
      "The publications of the slot's subscription are on the standby, where the primary changed catalogs that it lacks.",
      "Let the standby receive the rest of the primary's WAL; or make the publication on the new primary before anything is written."
    ))

  private static func check(_ c: SlotCase) -> Outcome? {
    let (failover, from) = (c.failover, c.failover.standbyEnd)
    guard failover.event == .crash, failover.primaryEnd != nil || failover.primary.isRunning == false else {
      return nil
    }
    if let to = failover.primaryEnd {
      guard failover.changes.mayChangeCatalogs(of: c.slot.database, from: from, to: to) else { return nil }
    }
    for progress in failover.possibleProgress(of: c.slot) {
      guard let missing = missing(progress, c) else { continue }
      return c.fails(
        .atRisk, "whether the new primary has all that its subscription asks for is open", .a13Publications,
        "The primary changed catalogs past this standby's end at \(from), and the subscription of \(c.slot.name) asks for what this standby may lack: \(missing).",
        [failover.standbyEndFact, Fact(missing, path: "pg_subscription", node: progress.source)])
    }
    return nil
  }

  /// What a subscription asks for and the standby's catalogs do not show.
  private static func missing(_ progress: SubscriberProgress, _ c: SlotCase) -> String? {
    guard let asked = progress.publications else { return "its publications are not known" }
    let there = (c.failover.standby.publications ?? []).filter { $0.database == c.slot.database }.map(\.name)
    if let name = asked.first(where: { !there.contains($0) }) { return "publication \(name)" }
    return progress.tables?.first { $0.row.state == "r" && $0.row.lsn == nil }.map { "table \($0.name), not copied" }
  }
}

extension WALKnowledge {
  /// Whether a commit that begins in `from ..< to` may have changed catalogs of a database.
  fileprivate func mayChangeCatalogs(of database: OID, from: LSN, to: LSN) -> Bool {
    let (parts, isComplete) = pieces(from: from, to: to)
    return !isComplete
      || parts.contains { part in
        part.stretch.activity.databases.contains { one in
          guard one.concerns(database) else { return false }
          return one.earlier.contains { $0.last >= part.from }
            || one.commits(from: part.from, to: part.to).contains { $0.changesCatalogs || !$0.relationsComplete }
        }
      }
  }
}
