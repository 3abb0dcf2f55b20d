import Evidence
import PostgresFormat

/// Invariant: the standby's data pages were written by the WAL that both nodes have.
///
/// A page carries the position just past the record that changed it last. WAL that was read without a break has every record of its
/// range; a position in it that ends none was written by a record that is not there any more: the primary was set back to a
/// snapshot and wrote its WAL anew, its WAL was reset (pg_resetwal), or a node was made to follow a history that is not its
/// own. No slot shows it, and replay passes over pages that look newer than its records.
enum PagesOfHistory {
  static let unit = RuleUnit(
    .nodes, .everySlot(check), .notes(looked),
    rules: Rule(
      .a44, .error,
      "Every data page of the standby that was looked at was written by a record of the WAL that is there.",
      "Do not promote it: make the standby anew from a base backup."),
    Rule(
      .a44Pages, .info, "How many data pages of the standby were held against WAL.",
      "Nothing to do; --check-pages looks at all of them."))

  private static func check(_ failover: Failover) -> Outcome? {
    finding(failover).map { .fails(.atRisk, "data pages of this standby were written by another history", $0) }
  }

  /// nil where no page that was looked at is of another history.
  static func finding(_ failover: Failover) -> Finding? {
    guard let witness = failover.pages?.witnesses.first(where: { $0.foreign > 0 }) else { return nil }
    let count = witness.foreign == 1 ? "a position" : "\(witness.foreign) positions"
    return Finding(
      .a44,
      "Data pages of this standby were written by another history: \(count) of \(witness.positions) between \(witness.from) and \(witness.to) end no record of the \(witness.node)'s WAL.",
      facts: witness.examples.map {
        Fact("block \($0.block) was changed by a record that ends at \($0.lsn)", path: $0.path, node: "standby")
      })
  }

  private static func looked(_ failover: Failover) -> [Finding] {
    guard let check = failover.pages, !check.witnesses.isEmpty,
      check.witnesses.allSatisfy({ $0.foreign == 0 })
    else { return [] }
    let most = check.witnesses.map(\.positions).max() ?? 0
    return [
      Finding(
        .a44Pages,
        "\(check.isWhole ? "" : "A sample of ")\(check.pages) data pages of this standby\(check.problem.map { " (\($0))" } ?? ""): \(most) of their positions lie in WAL that is there, and each ends a record.",
        facts: check.witnesses.map {
          Fact("records from \($0.from) to \($0.to)", path: "pg_wal", node: $0.node)
        })
    ]
  }
}
