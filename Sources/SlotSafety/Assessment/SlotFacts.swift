import Evidence
import PostgresFormat

/// Facts about a slot: in its state file, with the byte where each stands (`ReplicationSlotOnDisk`), or in a server's view.
struct SlotFacts {
  let path: String
  let node: String
  private let version: ServerVersion
  private let isFile: Bool

  init(_ slot: SlotState, node: String, of evidence: Evidence, version: ServerVersion) {
    (self.node, self.version, isFile) = (node, version, evidence.server == nil)
    path = isFile ? "pg_replslot/\(slot.name)/state" : "pg_replication_slots"
  }

  func restart(_ slot: SlotState) -> Fact { fact("restart_lsn \(slot.restartLSN)", 96) }
  func confirmedFlush(_ slot: SlotState) -> Fact {
    fact("confirmed_flush \(slot.confirmedFlush)", version >= Self.firstWithInvalidation ? 112 : 104)
  }
  func catalogXmin(_ slot: SlotState) -> Fact { fact("catalog_xmin \(slot.catalogXmin)", 92) }
  func twoPhaseAt(_ slot: SlotState) -> Fact {
    fact("two_phase_at \(slot.twoPhaseAt.map(String.init(describing:)) ?? "not shown")")
  }
  func persistency(_ slot: SlotState) -> Fact { fact("persistency \(slot.persistency)", 84) }
  func database(_ slot: SlotState) -> Fact { fact("database \(slot.database)", 80) }
  func invalidation(_ slot: SlotState) -> Fact { fact("invalidated: \(slot.invalidation?.rawValue ?? "no")", 104) }
  func fact(_ text: String, _ offset: Int? = nil) -> Fact {
    Fact(text, path: path, offset: isFile ? offset : nil, node: node)
  }

  /// The field that stands before confirmed_flush.
  private static let firstWithInvalidation = ServerVersion.v13
}

extension FailoverCase {
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
}
