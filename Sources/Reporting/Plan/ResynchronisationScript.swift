import PostgresFormat
package import SlotSafety

/// What to do for consumers that have no safe plan: the tables that may have gone apart are copied anew.
///
/// Every line is a comment. Which of the statements are right depends on the consumer, and they throw away rows: a person
/// reads them, and runs those that fit.
package enum ResynchronizationScript {
  /// nil where no consumer loses its place.
  package static func text(_ plan: Plan) throws(QuotingError) -> String? {
    var slots: [ScriptText] = []
    for slot in plan.exclusions where slot.announcesLoss {
      let place = slot.database.map { ", in database \($0)" } ?? ""
      slots += try Template.lines(
        PackageResources.resynchronize_slot_sql,
        [
          "name": "\(remark: slot.slotName)", "sentence": "\(remark: slot.sentence)", "place": "\(remark: place)",
          "tables": tables(slot, place).joined(),
        ])
    }
    if slots.isEmpty { return nil }
    return try Template.lines(PackageResources.resynchronize_sql, ["slots": slots.joined()]).joined().description + "\n"
  }

  /// What is known of the tables, each with the statement that names it.
  private static func tables(_ slot: PlanExclusion, _ place: String) -> [ScriptText] {
    guard let changes = slot.changes, changes.tablesAreComplete else {
      return ["-- TABLES: all tables of its publications; the files do not tell which were changed."]
    }
    return ["-- TABLES, as these statements name them on the new primary\(remark: place):"]
      + changes.rows.map { row in
        let relation = "\(row.relation.tablespace), \(row.relation.number)"
        let counts = "inserts \(row.inserts), updates \(row.updates), deletes \(row.deletes)"
        return "--      select pg_filenode_relation(\(remark: relation));   -- \(remark: counts)"
      } + changes.truncated.map { "--      select \($0)::regclass;   -- truncated" }
  }
}
