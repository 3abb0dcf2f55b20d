import Evidence
import PostgresFormat

/// A transaction that is prepared and not finished.
struct OpenPrepared: Sendable {
  static let unit = RuleUnit(
    .identity,
    .slot(Set<Situation>.withCopy.union(Set<Situation>.withoutCopy).union([.missing]), check),
    .notes { waitedFor($0).map { [$0] } ?? [] },
    rules: Rule(
      .a04Prepared, from: .v14, .error, "Whether a two-phase slot has prepared transactions open can be read.",
      "Make the file readable, or give another copy or an evidence file of it."),
    Rule(
      .a29, .warning,
      "No prepared transaction is open: slot creation waits for it, and a two-phase consumer may keep an orphan.",
      "Finish them: COMMIT PREPARED or ROLLBACK PREPARED."),
    Rule(
      .l14, from: .v14, .error, "A two-phase slot that must be made anew while prepared transactions are open.",
      "Finish the prepared transactions before promoting."))

  var xid: TransactionID
  var gid: String
  var database: OID
  /// Where its PREPARE record begins; nil where only its file tells of it.
  var start: LSN?
  var path: String
  var node: String

  /// A two-phase slot that must be made anew waits for open prepared transactions, and what it does not send of them
  /// is missed. Those that a copy may not send are for ``TwoPhaseStart``.
  private static func check(_ c: SlotCase) -> Outcome? {
    guard c.slot.twoPhase == true else { return nil }
    let (open, name) = (c.failover.openPreparedTransactions(of: c.slot.database), c.slot.name)
    if c.copy?.isUsable != true, let first = open.first {
      return c.fails(
        .atRisk, "prepared transactions are open", .l14,
        "\(open.count) prepared transaction\(open.count == 1 ? " is" : "s are") open that \(name) sends at PREPARE; the first is \(first.gid).",
        [Fact("prepared: \(first.gid)", path: first.path, node: first.node)])
    }
    // One may be open whose file tells nothing.
    for (node, evidence) in c.failover.nodes {
      guard let problem = evidence.problem(with: "prepared_transaction") else { continue }
      return c.fails(
        .unknown, "the file of a prepared transaction cannot be read", .a04Prepared,
        "Whether a prepared transaction is open that \(name) sends at PREPARE is not known: \(problem.path) cannot be read.",
        [Fact(problem.cause.sentence, path: problem.path, offset: problem.cause.offset, node: node)])
    }
    return nil
  }

  /// What slot creation waits for.
  private static func waitedFor(_ failover: Failover) -> Finding? {
    let prepared = failover.openPreparedTransactions
    guard failover.hasLogicalSlots, let first = prepared.first else { return nil }
    return Finding(
      .a29,
      "\(prepared.count) prepared transaction\(prepared.count == 1 ? " is" : "s are") open; making a slot waits for \(prepared.count == 1 ? "it" : "them").",
      facts: [Fact("prepared: \(first.gid)", path: first.path, node: first.node)])
  }

  /// On any of these nodes, by the WAL that was read and by the files of pg_twophase, each once.
  static func all(on nodes: [(name: String, evidence: Evidence)]) -> [OpenPrepared] {
    var open: [OpenPrepared] = []
    var places: [TransactionID: Set<LSN>] = [:]
    for (node, evidence) in nodes {
      for stretch in evidence.stretches where stretch.to == evidence.wal.end?.lsn {
        for one in stretch.activity.openPreparedTransactions
        where places[one.xid, default: []].insert(one.start).inserted {
          open.append(
            OpenPrepared(
              xid: one.xid, gid: one.gid, database: one.database, start: one.start,
              path: evidence.wal.path ?? "pg_wal", node: node))
        }
      }
    }
    for (node, evidence) in nodes {
      for file in evidence.preparedTransactions where places[file.value.xid] == nil {
        places[file.value.xid] = []
        open.append(
          OpenPrepared(
            xid: file.value.xid, gid: file.value.gid, database: file.value.database, path: file.path, node: node))
      }
    }
    return open
  }
}
