import Evidence
import PostgresFormat

/// Invariant: what a subscription asks for is on the new primary.
///
/// A subscription names publications, and the publisher looks them up in its catalogs as they were at each change. With `S` the end of the
/// standby's WAL: one that was made past `S` is not on the new primary. Up to 17 decoding fails there for ever, from 18 on changes
/// are left out (src/backend/replication/pgoutput/pgoutput.c, `LoadPublications`). The position tells nothing of it: a
/// subscription that was altered need not have got any change since. The same goes for a table that was added past `S` and
/// not copied; one that was copied, its position shows (``InitialCopies``). And a publication that was altered past `S` (tables,
/// row filters, operations) is on the new primary as it was before, whoever reads it.
///
/// Where nobody changed catalogs of the slot's database past `S`, nothing is missing.
enum PublicationsPresent {
  static let unit = RuleUnit(
    .received,
    .slot(Set<Situation>.withoutCopy.union(Set<Situation>.promoted).union([.present, .copyUnreadable]), check),
    rules: Rule(
      .a13Publications, from: .v10, .error,
      "What the slot's consumer reads is published on the standby alike, where the primary changed catalogs that it lacks.",
      "Let the standby receive the rest of the primary's WAL; or make or alter the publication on the new primary before anything is written."
    ))

  private static func check(_ c: SlotCase) -> Outcome? {
    let (failover, from) = (c.failover, c.failover.standbyEnd)
    guard failover.event == .crash else { return nil }
    let isDown = failover.primaryEnd != nil || failover.primary.isRunning == false
    // What was captured while it ran says nothing of later; one that is asked now says it itself.
    guard isDown || !failover.primaryIsPresent && failover.standby.publications != nil else { return nil }
    if let to = failover.primaryEnd {
      guard failover.changes.hasCommit(of: c.slot.database, from: from, to: to, where: \.mayChangeCatalogs) else {
        return nil
      }
      if c.slot.plugin == "pgoutput",
        failover.changes.hasCommit(
          of: c.slot.database, from: from, to: to, orUnread: false, where: \.mayChangePublications)
      {
        return fails(
          c, "whether the new primary publishes what its consumer reads",
          "The primary may have changed what is published past this standby's end at \(from).")
      }
    }
    for progress in failover.possibleProgress(of: c.slot) {
      guard let missing = missing(progress, c, isDown: isDown) else { continue }
      let past = isDown ? "The primary changed catalogs past this standby's end at \(from), and the" : "The"
      return fails(
        c, "whether the new primary has all that its subscription asks for",
        "\(past) subscription of \(c.slot.name) asks for what this standby may lack: \(missing).",
        Fact(missing, path: "pg_subscription", node: progress.source))
    }
    return nil
  }

  private static func fails(_ c: SlotCase, _ open: String, _ sentence: String, _ fact: Fact? = nil) -> Outcome {
    let lacking = c.failover.primaryEnd.map { c.failover.receive(to: $0) } ?? "Give the primary as it is now"
    return c.fails(
      .atRisk, "\(open) is open", .a13Publications, sentence,
      [c.failover.standbyEndFact] + (fact.map { [$0] } ?? []),
      "\(lacking); or make or alter the publication on the new primary before anything is written.")
  }

  /// What a subscription asks for and the standby's catalogs do not show. Of a primary that may have gone on, no more than that
  /// a publication is not there: nothing else shows that anything was changed.
  private static func missing(_ progress: SubscriberProgress, _ c: SlotCase, isDown: Bool) -> String? {
    guard let asked = progress.publications else { return isDown ? "its publications are not known" : nil }
    let there = (c.failover.standby.publications ?? []).filter { $0.database == c.slot.database }.map(\.name)
    if let name = asked.first(where: { !there.contains($0) }) { return "publication \(name)" }
    guard isDown else { return nil }
    return progress.tables?.first { $0.row.state == "r" && $0.row.lsn == nil }.map { "table \($0.name), not copied" }
  }
}

extension WALKnowledge {
  /// Whether a commit that begins in `from ..< to` in a database is such a one, or may be: older ones are only counted. `orUnread`: also
  /// where part of that WAL was not read.
  fileprivate func hasCommit(
    of database: OID, from: LSN, to: LSN, orUnread: Bool = true, where holds: (CommitEvent) -> Bool
  ) -> Bool {
    let (parts, isComplete) = pieces(from: from, to: to)
    return !isComplete && orUnread
      || parts.contains { part in
        part.stretch.activity.databases.contains { one in
          guard one.concerns(database) else { return false }
          return one.earlier.contains { $0.last >= part.from }
            || one.commits(from: part.from, to: part.to).contains(where: holds)
        }
      }
  }
}

extension CommitEvent {
  fileprivate var mayChangeCatalogs: Bool { changesCatalogs || !relationsComplete }
  fileprivate var mayChangePublications: Bool { changesPublications ?? (changesCatalogs && !relationsComplete) }
}
