import Evidence
import PostgresFormat

/// Whether slot synchronization that is on can work with the standby's own settings (17 and later).
///
/// Follows `ValidateSlotSyncParams` in src/backend/replication/logical/slotsync.c: the worker looks at them again and again, and
/// copies nothing meanwhile. What the primary lacks, an audit of both nodes tells.
enum SynchronizationSettings {
  static let unit = RuleUnit(
    .note, .node { finding($0).map { [$0] } ?? [] },
    rules: Rule(
      .nodeSynchronization, from: .v17, .warning,
      "Slot synchronization, where it is on, has the settings of the standby that it needs."))

  private static func finding(_ node: Inspection) -> Finding? {
    guard node.role == .standby, !node.evidence.hasProblem(with: "configuration"), let settings = node.settings,
      settings.bool("sync_replication_slots") == true
    else {
      return nil
    }
    var lacking: [(fact: Fact, remedy: String)] = []
    func lacks(_ name: String, _ what: String, _ remedy: String) {
      lacking.append((Fact(what, path: settings[name]?.assignment?.path ?? "default"), remedy))
    }
    let connection = settings.text("primary_conninfo")
    if connection?.isEmpty == true {
      lacks("primary_conninfo", "primary_conninfo is not set", "set primary_conninfo, with a dbname")
    } else if let known = connection.flatMap({ try? ConnectionString($0) }), known["dbname"]?.isEmpty ?? true {
      lacks("primary_conninfo", "primary_conninfo names no database", "add dbname=… to primary_conninfo")
    }
    if settings.text("primary_slot_name")?.isEmpty == true {
      lacks(
        "primary_slot_name", "primary_slot_name is not set",
        "set primary_slot_name to a physical slot of the primary")
    }
    if settings.bool("hot_standby_feedback") == false {
      lacks("hot_standby_feedback", "hot_standby_feedback is off", "set hot_standby_feedback = on")
    }
    guard !lacking.isEmpty else { return nil }
    let remedy = lacking.map(\.remedy).joined(separator: ", ")
    return Finding(
      .nodeSynchronization,
      "sync_replication_slots is on, but no slot is synchronized: "
        + "\(lacking.map(\.fact.fact).joined(separator: ", ")).",
      facts: lacking.map(\.fact),
      remedy: "\(remedy.prefix(1).uppercased())\(remedy.dropFirst()), and reload the standby.")
  }
}
