import Evidence
import PostgresFormat

/// Facts about a slot: in its state file, with the byte where each stands (`ReplicationSlotOnDisk`), or in a server's view.
struct SlotFacts {
  private let slot: SlotState
  private let path: String
  private let node: String
  private let version: ServerVersion
  private let isFile: Bool

  init(_ slot: SlotState, node: String, of evidence: Evidence, version: ServerVersion) {
    (self.slot, self.node, self.version, isFile) = (slot, node, version, evidence.server == nil)
    path = isFile ? "pg_replslot/\(slot.name)/state" : "pg_replication_slots"
  }

  var restart: Fact { fact("restart_lsn \(slot.restartLSN)", 96) }
  var confirmedFlush: Fact {
    fact("confirmed_flush \(slot.confirmedFlush)", version >= Self.firstWithInvalidation ? 112 : 104)
  }
  var catalogXmin: Fact { fact("catalog_xmin \(slot.catalogXmin)", 92) }
  var twoPhaseAt: Fact { fact("two_phase_at \(slot.twoPhaseAt.map(String.init(describing:)) ?? "not shown")") }
  var persistency: Fact { fact("persistency \(slot.persistency)", 84) }
  var database: Fact { fact("database \(slot.database)", 80) }
  var invalidation: Fact { fact("invalidated: \(slot.invalidation?.rawValue ?? "no")", 104) }
  var name: Fact { fact("name \(slot.name)", 16) }
  func fact(_ text: String, _ offset: Int? = nil) -> Fact {
    Fact(text, path: path, offset: isFile ? offset : nil, node: node)
  }

  /// The field that stands before confirmed_flush.
  private static let firstWithInvalidation = ServerVersion.v13
}

extension Failover {
  func onPrimary(_ slot: SlotState) -> SlotFacts {
    SlotFacts(slot, node: "primary", of: primary, version: version)
  }
  func onStandby(_ slot: SlotState) -> SlotFacts {
    SlotFacts(slot, node: "standby", of: standby, version: version)
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
