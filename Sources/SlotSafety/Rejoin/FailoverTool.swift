import Evidence
import PostgresFormat

/// What brings nodes back by itself where it is in use. By the sources of Patroni 4.1.4, repmgr 5.5.0 and pg_auto_failover 2.3.
package enum FailoverTool: String, Sendable, Hashable, CaseIterable {
  // The raw values stand in documents.
  case patroni, repmgr
  case pgAutoFailover = "pg_auto_failover"

  /// As its makers write it.
  package var title: String { self == .patroni ? "Patroni" : rawValue }

  /// What it does in one case and what it does not.
  package struct Account: Sendable, Hashable {
    /// Which.
    package var manager: FailoverTool
    /// The file, setting or slot that names it; nil where nothing does.
    package var recognizedBy: String?
    /// Clauses with a verb, by itself or when it is told to.
    package var does: [String]
    /// What is left to the operator.
    package var doesNot: [String]
  }

  static func accounts(of r: Rejoin) -> [Account] {
    allCases.map { manager in
      let (does, doesNot) =
        switch manager {
        case .patroni: patroni(r)
        case .repmgr: repmgr(r)
        case .pgAutoFailover: pgAutoFailover(r)
        }
      return Account(
        manager: manager, recognizedBy: [r.question.old, r.question.new].lazy.compactMap(manager.trace).first,
        does: does, doesNot: doesNot)
    }
  }

  /// What its slots are called: then come the node's name or number.
  private var slotPrefix: String? {
    switch self {
    case .patroni: nil
    case .repmgr: "repmgr_slot_"
    case .pgAutoFailover: "pgautofailover_standby_"
    }
  }

  /// What names it in a node's files.
  private func trace(in evidence: Evidence) -> String? {
    let file: String? =
      switch self {
      case .patroni: "postgresql.base.conf"
      case .repmgr: nil
      case .pgAutoFailover: "postgresql-auto-failover.conf"
      }
    if let file, let path = evidence.settings.assignments.map(\.path).first(where: { $0.hasSuffix(file) }) {
      return path
    }
    if self == .repmgr, let version = evidence.version {
      let settings = EffectiveSettings(evidence.settings, version: version)
      let libraries = IdentifierList.paths(settings.text("shared_preload_libraries") ?? "") ?? []
      if libraries.contains("repmgr") { return "shared_preload_libraries" }
    }
    guard let prefix = slotPrefix else { return nil }
    return evidence.slots.compactMap(\.state).first { $0.name.hasPrefix(prefix) }.map { "slot \($0.name)" }
  }

  /// patroni/postgresql/rewind.py, slots.py, and recover() of ha.py.
  private static func patroni(_ r: Rejoin) -> ([String], [String]) {
    var does = [
      "where use_pg_rewind is on: finishes crash recovery keeping all WAL, waits for the new primary's checkpoint, and runs pg_rewind if the end is not the fork",
      "writes primary_conninfo, primary_slot_name and standby.signal, and makes the node's physical slot on the new primary",
      "drops slots that its configuration names nowhere, but not while it is paused, nor those of ignore_slots",
    ]
    var doesNot = [
      "take a new base backup where pg_rewind fails, unless remove_data_directory_on_rewind_failure or remove_data_directory_on_diverged_timelines is set; then it removes the directory, and what is thrown away with it",
      "see that two nodes were promoted to one timeline: it takes them for one history",
    ]
    if r.version.has(.slotSynchronization) {
      does.append(
        "since 4.1: leaves logical slots with failover to the server; 4.1.4 drops those that are not synchronized on a standby"
      )
      doesNot.append(
        "drop them in older releases, nor set sync_replication_slots or synchronized_standby_slots, which its configuration has to name"
      )
    }
    if r.way == .follow, !r.question.wasStoppedCleanly {
      doesNot.append(
        "let it follow as it is: its crash recovery writes a checkpoint past the fork, so that it runs pg_rewind, which needs checksums or wal_log_hints and removes all slots"
      )
    }
    return (does, doesNot)
  }

  /// do_node_rejoin() of repmgr-action-node.c.
  private static func repmgr(_ r: Rejoin) -> ([String], [String]) {
    var does = [
      "\"repmgr node rejoin\", when it is typed: writes primary_conninfo and standby.signal, starts the server, and with use_replication_slots makes the node's physical slot",
      "with --force-rewind: runs pg_rewind\(r.version.has(.rewindRecoversTarget) ? ", which finishes crash recovery" : "")",
    ]
    var doesNot = [
      "bring an old primary back by itself; repmgrd only promotes and follows",
      "give pg_rewind a restore_command (-c), keep WAL while crash recovery is finished, or make a checkpoint on the new primary",
      "keep configuration files beside those of --config-files; pg_rewind replaces them",
      "drop logical slots that were left",
      "take a new base backup: that is \"repmgr standby clone --force\"",
    ]
    if r.version.has(.slotSynchronization) {
      doesNot.append("name a database in primary_conninfo, which slot synchronization needs")
    }
    if !r.question.wasStoppedCleanly {
      does.append("refuses a node that was not stopped cleanly without --force-rewind")
    }
    return (does, doesNot)
  }

  /// fsm_rewind_or_init() of src/bin/pg_autoctl/fsm_transition.c.
  private static func pgAutoFailover(_ r: Rejoin) -> ([String], [String]) {
    (
      [
        "finishes crash recovery as a standby that pauses, and runs pg_rewind on every demoted primary, needed or not",
        "where that fails: takes a new base backup in its place, and the old directory with what is thrown away is gone",
        "writes primary_conninfo and standby.signal; makes and drops the slots \"pgautofailover_standby_...\"",
      ],
      ["drop logical slots that were left, or set up slot synchronization", "give pg_rewind a restore_command (-c)"]
    )
  }
}
