import PostgresFormat
package import SlotSafety

/// What to do for consumers that have no safe plan: the tables that may have gone apart are copied anew.
///
/// Every line is a comment. Which of the statements are right depends on the consumer, and they throw away rows: a person
/// reads them, and runs those that fit.
package enum ResynchronizationScript {
  /// nil where no consumer loses its place.
  package static func text(_ plan: Plan) -> String? {
    let slots = plan.exclusions.filter(\.announcesLoss)
    guard !slots.isEmpty else { return nil }
    let lines = head + slots.flatMap(section)
    return lines.map { $0.isEmpty ? "--" : "-- " + TerminalText.escaped($0) }.joined(separator: "\n") + "\n"
  }

  private static let head = [
    "slotscope: consumers that have to be resynchronized.",
    "All of this is commented out: nothing runs before you take the dashes away from what fits your consumer.",
  ]

  private static func section(_ slot: PlanExclusion) -> [String] {
    let name = slot.slotName
    return ["", "Slot \(name): \(slot.sentence)"] + tables(slot) + [
      "1. On the new primary\(place(slot)), make the slot anew; drop one that is there.",
      "     select pg_drop_replication_slot('\(name)');",
      "     select pg_create_logical_replication_slot('\(name)', PLUGIN);",
      "2. A consumer that is not a subscription reads those tables anew, after step 1. A subscription SUB (its "
        + "publication PUB):",
      "   On the subscriber:",
      "     alter subscription SUB disable;",
      "     alter subscription SUB connection 'host=NEW_PRIMARY …';",
      "     -- Where it may be past the fork: set it back to where the new slot begins, or it skips what comes next.",
      "     select pg_replication_origin_advance('pg_' || oid, LSN) from pg_subscription where subname = 'SUB';",
      "   On the new primary (for a publication of all tables: drop and make it anew instead):",
      "     alter publication PUB drop table TABLES;",
      "   On the subscriber:",
      "     alter subscription SUB enable;",
      "     alter subscription SUB refresh publication;",
      "     truncate TABLES;",
      "   On the new primary:",
      "     alter publication PUB add table TABLES;",
      "   On the subscriber:",
      "     alter subscription SUB refresh publication with (copy_data = true);",
    ]
  }

  private static func place(_ slot: PlanExclusion) -> String { slot.database.map { ", in database \($0)" } ?? "" }

  /// What is known of the tables, each with the statement that names it.
  private static func tables(_ slot: PlanExclusion) -> [String] {
    guard let changes = slot.changes, changes.tablesAreComplete else {
      return ["TABLES: all tables of its publications; the files do not tell which were changed."]
    }
    return ["TABLES, as these statements name them on the new primary\(place(slot)):"]
      + changes.rows.map { row in
        "     select pg_filenode_relation(\(row.relation.tablespace), \(row.relation.number));"
          + "   -- inserts \(row.inserts), updates \(row.updates), deletes \(row.deletes)"
      } + changes.truncated.map { "     select \($0)::regclass;   -- truncated" }
  }
}
