package import Evidence
package import PostgresFormat

/// One failover, established once: two nodes, how they stand to each other, where their WAL ends, what was committed where,
/// and what the operator says. Every command takes it from ``Admission``.
package struct Failover: Sendable {
  /// How the standby stands to the primary.
  package enum Relation: Sendable, Hashable {
    case follows
    /// The standby was promoted; its timeline leaves the primary's here.
    case promoted(at: LSN)
  }

  /// The node whose slots the consumers use, or used. Nothing is known of it where none was given.
  package let primary: Evidence
  /// Whether one was given.
  package let hasPrimary: Bool
  /// The node that takes over.
  package let standby: Evidence
  /// Nodes whose catalogs and replication origins tell of consumers.
  let subscribers: [Evidence]
  /// Other candidates, which would have to follow this standby.
  package let otherStandbys: [Evidence]
  /// Nodes that have diverged are refused.
  package let relation: Relation
  /// What no file says.
  package let answers: OperatorAnswers
  /// The primary was looked at now, not earlier.
  let primaryIsPresent: Bool
  /// So was the standby.
  let standbyIsPresent: Bool
  /// What the standby's data pages say, where they were looked at.
  let pages: PageCheck?
  /// The major of both nodes: physical replication needs the same.
  package let version: ServerVersion
  /// Where the standby's WAL ends, would end (`--promote-at`), or ended when it was promoted.
  package let standbyEnd: LSN
  /// Where the primary's WAL ends. nil where that was not found, or where what was found bounds nothing.
  package private(set) var primaryEnd: LSN?
  /// Why `primaryEnd` is nil although the primary has WAL.
  package private(set) var primaryEndDoubt: String?
  /// That the primary is down, and stayed so, is all that is missing for a bound (``Premise/primaryDown``).
  package private(set) var waitsForPremise = false
  /// A server runs on the primary's directory: nobody can say how far its consumers get.
  package private(set) var primaryRuns: Bool
  /// By the operator's word alone: the files do not tell.
  let isSaidToBeDown: Bool
  /// This standby was the primary itself.
  package private(set) var isOwnNode = false
  /// nil where the end of the primary's WAL is known without it, or the standby's WAL does not end with such a record.
  package private(set) var cleanStop: CleanStop?
  /// What was committed on the primary's timelines, from all WAL of them that was read.
  package let changes: WALKnowledge
  /// What the standby's own WAL folder holds, on its own timelines.
  package let standbyWAL: WALKnowledge
  /// nil where the standby's WAL or its history is not known.
  package let availableOnStandby: AvailableWAL?
  /// With the version's defaults for what the files do not set.
  package let standbySettings: EffectiveSettings
  /// With the version's defaults for what the files do not set.
  package let primarySettings: EffectiveSettings
  /// The physical slot on the primary through which this standby streams, by its own primary_slot_name.
  package let physicalSlot: SlotState?
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
  /// Whether the barrier held the consumers of failover slots back, by the databases of these slots.
  private(set) var heldBack: [OID: HeldBack] = [:]
  /// The standby's slots by name, and what subscribers tell of the slots that they use.
  private let copies: [String: SlotEvidence]
  private let originals: [String: SlotEvidence]
  private let progress: [String: [SubscriberProgress]]
  private let storedPositions: [String: [StoredPosition]]

  /// ``Failover/establish(_:)`` has compared the nodes before. `standbyEnd` is the switch point where the standby was promoted.
  init(_ question: FailoverQuestion, version: ServerVersion, relation: Relation, standbyEnd: LSN) {
    let standby = question.standby
    var primary = question.primary ?? Evidence(origin: Origin(kind: .dataDirectory, source: ""))
    // Whether a server runs there could not be told, and the operator says that none does.
    isSaidToBeDown =
      primary.isRunning == nil && question.primaryIsPresent && question.answers.assumed.contains(.primaryDown)
    if isSaidToBeDown { primary.startFiles.postmasterAlive = false }
    (self.primary, self.standby, otherStandbys) = (primary, standby, question.otherStandbys)
    hasPrimary = question.primary != nil
    (self.relation, answers, subscribers) = (relation, question.answers, question.subscribers)
    (primaryIsPresent, pages) = (question.primaryIsPresent, question.pages)
    standbyIsPresent = !question.captured.contains(standby.origin.source)
    (self.version, self.standbyEnd) = (version, standbyEnd)
    standbySettings = EffectiveSettings(standby.settings, version: version)
    primarySettings = EffectiveSettings(primary.settings, version: version)
    standbyWAL = WALKnowledge(standby.stretches)
    changes = WALKnowledge(primary.stretches + question.archive).merged(
      with: WALKnowledge(standby.stretches, until: standbyEnd))
    availableOnStandby = AvailableWAL(standby)
    primaryRuns = primary.isRunning == true
    let slotName = standbySettings.text("primary_slot_name")
    physicalSlot =
      primary.slots.first { slot in
        slotName != "" && slot.state?.name == slotName && slot.state?.isLogical == false
      }?.state
    copies = Dictionary(standby.slots.map { ($0.state?.name ?? $0.directory, $0) }) { first, _ in first }
    originals = Dictionary(primary.slots.map { ($0.state?.name ?? $0.directory, $0) }) { first, _ in first }
    let subscribed = question.subscribers.flatMap { subscriber in
      SubscriberProgress.all(subscriber, isPresent: !question.captured.contains(subscriber.origin.source))
    }
    progress = Dictionary(grouping: subscribed, by: \.slotName)
    storedPositions = Dictionary(grouping: question.storedPositions, by: \.slotName)
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
    let end =
      question.primary == nil
      ? PrimaryEnd.doubtful("the primary's files are not there") : PrimaryEnd.find(of: primary, standbyEnd: standbyEnd)
    switch end {
    // What was captured earlier bounds nothing that came after it.
    case .known where hasPrimary && !primaryIsPresent && !primaryIsDown:
      let time = primary.origin.gatheredAt.map { " (\($0))" } ?? ""
      (primaryEnd, primaryEndDoubt) = (
        nil, "whether the primary was started again after this evidence was taken\(time) is not known"
      )
      waitsForPremise = true
    case .known(let end): (primaryEnd, primaryEndDoubt) = (end, nil)
    case .doubtful(let doubt):
      (primaryEnd, primaryEndDoubt) = (nil, doubt)
      waitsForPremise = hasPrimary && primary.isRunning == nil
    }
    if let end = primaryEnd, !isPromoted, let later = CleanStop.laterWAL(than: end, self) {
      (primaryEnd, primaryEndDoubt) = (
        nil, "the WAL of the primary that is given ends at \(end), and \(later): it is not the primary as it is now"
      )
    }
    if hasPrimary { settlePremises() }
    let obstacle = HeldBack.obstacle(of: self)
    for case let slot? in primary.slots.map(\.state) where slot.failover == true && heldBack[slot.database] == nil {
      heldBack[slot.database] = HeldBack(slot.database, unless: obstacle, in: self)
    }
  }

  /// The standby was promoted already.
  package var isPromoted: Bool { relation != .follows }

  /// What the operator says is so.
  package var assumed: Set<Premise> { answers.assumed }

  /// By the word of whoever asks (``Premise/primaryDown``).
  package var primaryIsDown: Bool { answers.assumed.contains(.primaryDown) }

  /// What comes before the promotion, where the primary runs; otherwise the evidence tells it.
  package var event: FailoverEvent { isPromoted ? .crash : answers.event }

  /// Takes what was given as true, and what it settles.
  private mutating func settlePremises() {
    guard primaryEnd == nil, primary.isRunning != false else { return }
    cleanStop = CleanStop.find(in: self)
    if let objection = cleanStop?.objection, let lsn = cleanStop?.checkpoint.lsn {
      primaryEndDoubt =
        "this standby's WAL ends with a shutdown checkpoint at \(lsn), which proves nothing here: \(objection)"
    }
    guard primaryIsDown else {
      if let stop = cleanStop, stop.objection == nil {
        primaryEndDoubt =
          "the primary was stopped cleanly at \(stop.checkpoint.lsn) (\(stop.checkpoint.time)), and whether it was started again is not known"
        waitsForPremise = true
      }
      return
    }
    primaryRuns = false
    isOwnNode = findsOwnNode()
    if isOwnNode {
      (primaryEnd, primaryEndDoubt) = (standbyEnd, nil)
      return
    }
    guard let stop = cleanStop else {
      primaryEndDoubt = "the primary went on after this evidence was taken, until it went down"
      return
    }
    guard stop.objection == nil else { return }
    (primaryEnd, primaryEndDoubt) = (standbyEnd, nil)
  }

  /// Whether the primary is set to hold the consumers of failover slots back until this standby has flushed
  /// (`synchronized_standby_slots`, 17 and later). Whether it always did, ``HeldBack`` judges.
  package var holdsConsumersBack: Bool {
    guard let physical = physicalSlot, physical.invalidation == nil, primary.settings.syntaxErrors.isEmpty,
      !primary.hasProblem(with: "configuration"), !standby.hasProblem(with: "configuration")
    else { return false }
    return primarySettings.names("synchronized_standby_slots")?.contains(physical.name) == true
  }

  /// Whether slot synchronization can work with the settings of both nodes (17 and later).
  package var canSynchronize: Bool {
    version.has(.slotSynchronization) && standbySettings.bool("hot_standby_feedback") == true
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

  /// Its row in pg_database: the primary's, or the standby's where a primary that was killed had not written its own yet.
  func database(_ oid: OID) -> DatabaseRow? {
    let rows = (primaryWasStopped ? [primary] : [primary, standby]).compactMap { $0.database(oid) }
    return rows.first(where: \.nameIsExact) ?? rows.first
  }

  /// What lets a database be named that was made after the last checkpoint; nil where files would name it, or a server was asked.
  /// A standby whose primary is gone writes its catalogs with its promotion.
  var toNameDatabases: String? {
    guard primary.filesAreKnown, standby.filesAreKnown, !primaryWasStopped else { return nil }
    let young = "A database that was made after the last checkpoint is in no file yet."
    if isPromoted { return "\(young) Run CHECKPOINT on the new primary, and plan again." }
    return primary.isRunning == false
      ? "\(young) The promotion writes it: plan again right after it, before any writer is let in."
      : "\(young) Run CHECKPOINT on the primary, and ask again."
  }

  /// Cleanly: all that its catalogs have is in its files.
  private var primaryWasStopped: Bool { primary.isRunning == false && primary.control?.value.state == .shutDown }

  /// The standby's slot of a name.
  package func copy(of name: String) -> SlotEvidence? { copies[name] }

  /// The primary's slot of a name.
  func original(of name: String) -> SlotEvidence? { originals[name] }

  /// What subscribers tell of this slot: another publisher's may have the same name.
  func progress(of slot: SlotState) -> [SubscriberProgress] {
    (progress[slot.name] ?? []).filter { $0.concerns(slot, in: self) }
  }

  /// The same with those that may be meant: what they tell against a verdict counts, and bounds nothing.
  func possibleProgress(of slot: SlotState) -> [SubscriberProgress] {
    (progress[slot.name] ?? []).filter { $0.mayConcern(slot, in: self) }
  }

  /// What this slot's consumer stored itself.
  func stored(of slot: SlotState) -> [StoredPosition] { storedPositions[slot.name] ?? [] }

  /// Whether any consumer's own position was given.
  var hasStoredPositions: Bool { !storedPositions.isEmpty }
}

extension Evidence {
  /// The first thing of this kind that could not be read.
  func problem(with subject: String) -> Problem? { problems.first { $0.subject == subject } }

  /// Whether something of this kind could not be read.
  package func hasProblem(with subject: String) -> Bool { problem(with: subject) != nil }
}
