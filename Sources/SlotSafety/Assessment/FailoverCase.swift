package import Evidence
package import PostgresFormat

/// The facts of one failover that every slot is judged by: two nodes, where their WAL ends, and what was committed where.
package struct FailoverCase: Sendable {
  /// The node whose slots the consumers use, or used.
  package var primary: Evidence
  /// The node that takes over.
  package var standby: Evidence
  /// Nodes whose catalogs and replication origins tell of consumers.
  let subscribers: [Evidence]
  /// Other candidates, which would have to follow this standby.
  package var otherStandbys: [Evidence] = []
  /// The major of both nodes: physical replication needs the same.
  package var version: ServerVersion
  /// Where the standby's WAL ends, would end (`--promote-at`), or ended when it was promoted.
  package var standbyEnd: LSN
  /// Where the primary's WAL ends. nil where that was not found, or where what was found bounds nothing.
  package var primaryEnd: LSN?
  /// Why `primaryEnd` is nil although the primary has WAL.
  package var primaryEndDoubt: String?
  /// A server runs on the primary's directory: nobody can say how far its consumers get.
  package var primaryRuns: Bool
  /// By the word of whoever asks (``Premise/primaryDown``).
  package var primaryIsDown = false
  /// What the operator says is so.
  package var assumed: Set<Premise> = []
  /// This standby was the primary itself.
  package var isOwnNode = false
  /// nil where the end of the primary's WAL is known without it, or the standby's WAL does not end with such a record.
  package var cleanStop: CleanStop?
  /// The standby was promoted already.
  package var isPromoted: Bool
  /// What comes before the promotion, where the primary runs; otherwise the evidence tells it.
  package var event = FailoverEvent.crash
  /// What was committed on the primary's timelines, from all WAL of them that was read.
  package var changes: WALKnowledge
  /// What the standby's own WAL folder holds, on its own timelines.
  package var standbyWAL: WALKnowledge
  /// nil where the standby's WAL or its history is not known.
  package var availableOnStandby: AvailableWAL?
  /// With the version's defaults for what the files do not set.
  package var standbySettings: EffectiveSettings
  /// With the version's defaults for what the files do not set.
  package var primarySettings: EffectiveSettings
  /// The physical slot on the primary through which this standby streams, by its own primary_slot_name.
  package var physicalSlot: SlotState?
  /// How many slots the standby would have, and may have, where that is too few for those that it lacks.
  let slotRoom: (needed: Int, limit: Int64)?
  /// Prepared and not finished on either node.
  let openPreparedTransactions: [OpenPrepared]
  /// What could not be read of either node.
  let primaryProblems: ProblemsByPath
  let standbyProblems: ProblemsByPath
  /// The positions of the snapshots that the standby has, and of those that it has and that cannot be read the newest.
  let standbySnapshots: SnapshotFiles
  /// What synchronized_standby_slots on the standby names, each once.
  let standbyWaitsFor: [String]
  /// The standby's slots by name, and what subscribers tell of the slots that they use.
  private let copies: [String: SlotEvidence]
  private let progress: [String: [SubscriberProgress]]

  /// The nodes must be of one system, and the standby's timeline of the primary's history or branched off it:
  /// ``Identity`` judges that before. `standbyEnd` is the switch point where `isPromoted`.
  package init(
    primary: Evidence, standby: Evidence, subscribers: [Evidence] = [], archive: [WALStretch] = [],
    version: ServerVersion, standbyEnd: LSN, isPromoted: Bool
  ) {
    (self.primary, self.standby, self.subscribers) = (primary, standby, subscribers)
    (self.version, self.standbyEnd, self.isPromoted) = (version, standbyEnd, isPromoted)
    standbySettings = EffectiveSettings(standby.settings, version: version)
    primarySettings = EffectiveSettings(primary.settings, version: version)
    standbyWAL = WALKnowledge(standby.stretches)
    changes = WALKnowledge(primary.stretches + archive).merged(
      with: WALKnowledge(standby.stretches, until: standbyEnd))
    availableOnStandby = AvailableWAL(standby)
    primaryRuns = primary.isRunning == true
    if let name = standbySettings.text("primary_slot_name"), !name.isEmpty {
      physicalSlot = primary.slots.first { $0.state?.name == name && $0.state?.isLogical == false }?.state
    }
    copies = Dictionary(standby.slots.map { ($0.state?.name ?? $0.directory, $0) }) { first, _ in first }
    progress = Dictionary(grouping: subscribers.flatMap(SubscriberProgress.all), by: \.slotName)
    let (names, own) = (Set(copies.keys), physicalSlot?.name)
    let missing = primary.slots.count { slot in
      slot.state.map {
        $0.persistency == .persistent && $0.invalidation == nil && !names.contains($0.name) && $0.name != own
      } ?? false
    }
    let (needed, limit) = (standby.slots.count + missing, standbySettings.integer("max_replication_slots"))
    slotRoom = limit.flatMap { $0 < Int64(needed) ? (needed, $0) : nil }
    openPreparedTransactions = OpenPrepared.all(on: [("primary", primary), ("standby", standby)])
    (primaryProblems, standbyProblems) = (ProblemsByPath(primary), ProblemsByPath(standby))
    standbySnapshots = SnapshotFiles(standby)
    var seen: Set<String> = []
    standbyWaitsFor = (standbySettings.names("synchronized_standby_slots") ?? []).filter { seen.insert($0).inserted }
    switch PrimaryEnd.find(of: primary, standbyEnd: standbyEnd) {
    case .known(let end): primaryEnd = end
    case .doubtful(let doubt): primaryEndDoubt = doubt
    }
  }

  /// Whether the primary is set to hold the consumers of failover slots back until this standby has flushed
  /// (`synchronized_standby_slots`, 17 and later). Whether it always did, ``HeldBack`` judges.
  package var holdsConsumersBack: Bool {
    guard let physical = physicalSlot, physical.invalidation == nil, primary.settings.syntaxErrors.isEmpty,
      !primary.hasProblem(with: "configuration"), !standby.hasProblem(with: "configuration")
    else { return false }
    return primarySettings.names("synchronized_standby_slots")?.contains(physical.name) == true
  }

  /// Whether slot synchronisation can work with the settings of both nodes (17 and later).
  package var canSynchronise: Bool {
    version >= Self.firstWithSynchronisation && standbySettings.bool("hot_standby_feedback") == true
      && physicalSlot != nil && connectionNamesDatabase
  }

  /// primary_conninfo on the standby; nil where it is hidden or no connection string.
  var standbyConnection: ConnectionString? {
    standbySettings.text("primary_conninfo").flatMap { try? ConnectionString($0) }
  }

  /// Whether primary_conninfo on the standby has a dbname.
  package var connectionNamesDatabase: Bool { standbyConnection?["dbname"]?.isEmpty == false }

  /// Both, by the names that facts have for them.
  var nodes: [(name: String, evidence: Evidence)] { [("primary", primary), ("standby", standby)] }

  /// Those of one database; only there can they be finished.
  func openPreparedTransactions(of database: OID) -> [OpenPrepared] {
    openPreparedTransactions.filter { $0.database == database }
  }

  /// The standby's slot of a name.
  package func copy(of name: String) -> SlotEvidence? { copies[name] }

  /// What subscribers tell of this slot: another publisher's may have the same name.
  func progress(of slot: SlotState) -> [SubscriberProgress] {
    (progress[slot.name] ?? []).filter { $0.concerns(slot, in: self) }
  }

  /// `sync_replication_slots` and the slot attribute `failover`.
  package static let firstWithSynchronisation = ServerVersion.v17
  /// Logical slots can be made on a standby, and the standby notices when it removes what they need.
  package static let firstWithStandbySlots = ServerVersion.v16
}

extension Evidence {
  /// The first thing of this kind that could not be read.
  func problem(with subject: String) -> Problem? { problems.first { $0.subject == subject } }

  /// Whether something of this kind could not be read.
  package func hasProblem(with subject: String) -> Bool { problem(with: subject) != nil }
}
