import Evidence
import PostgresFormat

/// Facts about a slot: in its state file, with the byte where each begins (`ReplicationSlotOnDisk`), or in a server's view.
struct SlotFacts {
  private let slot: SlotState
  private let path: String
  private let node: String
  private let evidence: Evidence

  init(_ slot: SlotState, node: String, of evidence: Evidence) {
    (self.slot, self.node, self.evidence) = (slot, node, evidence)
    path = evidence.filesAreKnown ? "pg_replslot/\(slot.name)/state" : "pg_replication_slots"
  }

  var restart: Fact { fact("restart_lsn \(slot.restartLSN)", SlotState.Fields.restartLSN) }
  var confirmedFlush: Fact { fact("confirmed_flush \(slot.confirmedFlush)", SlotState.Fields.confirmedFlush) }
  var catalogXmin: Fact { fact("catalog_xmin \(slot.catalogXmin)", SlotState.Fields.catalogXmin) }
  var twoPhaseAt: Fact { fact("two_phase_at \(slot.twoPhaseAt.map(String.init(describing:)) ?? "not shown")") }
  var persistency: Fact { fact("persistency \(slot.persistency)", SlotState.Fields.persistency) }
  var database: Fact { fact("database \(slot.database)", SlotState.Fields.database) }
  var invalidation: Fact {
    fact("invalidated: \(slot.invalidation?.rawValue ?? "no")", at: evidence.invalidationOffset)
  }
  var name: Fact { fact("name \(slot.name)", SlotState.Fields.name) }

  func fact(_ text: String, at offset: Int? = nil) -> Fact { Fact(text, path: path, offset: offset, node: node) }

  private func fact<Value>(_ text: String, _ field: Field<Value>) -> Fact {
    fact(text, at: evidence.slotOffset(of: field))
  }
}

extension Failover {
  func onPrimary(_ slot: SlotState) -> SlotFacts {
    SlotFacts(slot, node: "primary", of: primary)
  }
  func onStandby(_ slot: SlotState) -> SlotFacts {
    SlotFacts(slot, node: "standby", of: standby)
  }

  /// A setting as it holds on a node, with its place.
  func fact(of name: String, in settings: EffectiveSettings, node: String) -> Fact {
    let setting = settings[name]
    let line = setting?.assignment.map { $0.line > 0 ? " (line \($0.line))" : "" } ?? " (default)"
    return Fact(
      "\(name) = '\(setting?.text ?? "")'\(line)", path: setting?.assignment?.path ?? "postgresql.conf", node: node)
  }

  /// Of the standby.
  func fact(of name: String) -> Fact { fact(of: name, in: standbySettings, node: "standby") }

  var standbyEndFact: Fact { Fact("WAL ends at \(standbyEnd)", path: standby.wal.path ?? "pg_wal", node: "standby") }
}
