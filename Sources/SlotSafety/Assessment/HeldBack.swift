import Evidence
import PostgresFormat

/// Whether the primary held the consumers of failover slots until this standby had flushed (`synchronized_standby_slots`, 17
/// and later).
///
/// With `S` the end of the standby's WAL: no failover slot's consumer got what was committed at or after `S`, if the
/// setting named the standby's physical slot all the time since the first such commit, and the slot was moved by this standby's
/// confirmations alone. That is a fact about an interval, and files tell of one moment: a setting can be emptied and put back, an
/// older file can come by `mv`, a slot can be advanced in memory (src/backend/replication/slot.c, `StandbySlotsHaveCaughtup`;
/// slotfuncs.c). So of a primary that is down it is a premise (``Premise/standbySlotsHeld``), which files can contradict
/// and never prove. A complete log of the primary (``LoggedBarrier``) shows the setting; how the slot moved is still a premise
/// then, of its own (``Premise/standbySlotConfirmed``).
///
/// Of two running servers no file is asked, nor times of two clocks that may differ: the standby's own worker shows whom it streams
/// from (``StandbyUpstream``). The primary shows the setting, and where the standby had received by then all that the primary had
/// flushed, whatever lies past `S` was committed under it: from that moment on it holds. So it does since the primary's last
/// reload, where that came before the first commit past `S`.
struct HeldBack: Sendable {
  static let rules = [
    Rule(
      .a14Open, .warning,
      "That the standby slots barrier held at this standby's slot all the time (standby-slots-held) is shown by servers or a complete log, or given."
    ),
    Rule(
      .a14Unproven, .warning,
      "synchronized_standby_slots, where it is set, proves that consumers waited for this standby."),
    Rule(
      .a14Given, .info,
      "The operator says that the standby slots barrier held at this standby's slot all the time (standby-slots-held).",
      "Nothing to do."
    ),
    Rule(
      .a14Logged, from: .v17, .info,
      "The primary's complete log shows that the standby slots barrier held at this standby's slot all the time (standby-slots-held), and the operator says that only this standby moved that slot (standby-slot-confirmed).",
      "Nothing to do."),
  ]

  /// nil where it did; otherwise what stands against it.
  var objection: String? { obstacle?.sentence }
  /// The same with what to do about it.
  private(set) var obstacle: Obstacle?
  /// What the primary's complete log shows of it.
  private(set) var log: String?
  /// Why the primary's log, where there is one, leaves it open.
  private var doubt: String?
  /// A14 where all rests on the operator's word.
  private(set) var given: Finding?
  /// A14 where that word is all that is missing.
  private(set) var open: Finding?

  /// `general` stands against it in any database (``obstacle(of:)``).
  init(_ database: OID, unless general: Obstacle?, in failover: Failover) {
    obstacle = general
    let isShown = StandbyUpstream.isShown(failover)
    guard obstacle == nil, !(isShown && failover.wasSeenInForce),
      let assignment = failover.primarySettings["synchronized_standby_slots"]?.assignment
    else {
      return
    }
    // What a server showed when it was captured says nothing of later.
    guard isShown, failover.primary.positionsAreLive, failover.primaryIsPresent else {
      if failover.primary.positionsAreLive, failover.primaryIsPresent {
        doubt =
          "that the standby's connection leads to the primary is shown by times of two clocks alone, less than an hour apart"
      }
      let logged = LoggedBarrier(failover)?.answer(in: database, failover)
      switch logged {
      case .held(let sentence)? where failover.noTableWasCopied(in: database):
        log = sentence
        if failover.isGiven(.standbySlotConfirmed) { return }
        let missing = Self.unconfirmed(failover)
        (obstacle, open) = (missing, Self.finding(missing, failover, log: sentence))
        return
      case .held?:
        doubt = "no log shows whether a subscription copied a table for the first time past this standby's end"
      case .dropped(let sentence)?:
        obstacle = Obstacle(sentence, "Compare the consumers' own positions (--subscriber).")
        return
      case .open(let sentence)?: doubt = sentence
      case nil: break
      }
      if failover.assumed.contains(.standbySlotsHeld) {
        given = Self.given(failover)
      } else {
        let missing = Self.open(database, failover, doubt)
        (obstacle, open) = (missing, Self.finding(missing, failover))
      }
      return
    }
    guard let time = failover.changes.timeOfFirstCommit(in: database, from: failover.standbyEnd) else {
      obstacle = Obstacle(
        failover.standbyHasAllFlushed
          ? "the primary read its configuration less than 10 s before it was asked"
          : "the standby had not yet received what the primary had flushed when it was asked",
        failover.standbyHasAllFlushed
          ? "Ask again in some seconds."
          : "Give the standby's connection string, too, and let it receive what the primary has.")
      return
    }
    guard let changed = failover.primary.settings.changeTime(of: assignment) else {
      obstacle = Obstacle("since when it is set is not known", "Compare the consumers' own positions (--subscriber).")
      return
    }
    guard changed <= time else {
      obstacle = Obstacle(
        "the primary read its configuration at \(changed), after changes that this standby lacks were committed",
        "Let the standby receive what the primary has, then ask again.")
      return
    }
  }

  /// What stands against it in any database.
  static func obstacle(of failover: Failover) -> Obstacle? {
    if failover.nodes.contains(where: { $0.evidence.hasProblem(with: "configuration") })
      || !failover.primary.settings.syntaxErrors.isEmpty
    {
      return Obstacle(
        "a configuration file cannot be read", "Make it readable, or give the server's connection string.")
    }
    guard failover.holdsConsumersBack, let physical = failover.physicalSlot else {
      let isNamed = failover.physicalSlot?.invalidation != nil
      return Obstacle(
        isNamed ? "this standby's slot on the primary is invalidated" : "it does not name this standby's slot",
        failover.toHoldConsumersBack)
    }
    let end = failover.standbyEnd
    if let found = failover.standby.wal.end?.lsn, end < found {
      return Obstacle(
        "this standby confirmed WAL up to \(found), and would be promoted at \(end)",
        "Compare the consumers' own positions (--subscriber).")
    }
    guard physical.restartLSN.isValid, physical.restartLSN <= end else {
      return Obstacle(
        "\(physical.name) is at \(physical.restartLSN), and this standby has WAL to \(end) only",
        "Give this standby as it is now, or compare the consumers' own positions (--subscriber).")
    }
    if let objection = StandbyUpstream.objection(to: failover) {
      return Obstacle(
        objection,
        failover.primaryRuns && !failover.standby.positionsAreLive
          ? "Give the running standby's connection string: it shows whom it synchronizes with."
          : "Look where primary_conninfo on the standby leads; the consumers' own positions (--subscriber) settle it, too."
      )
    }
    if let other = failover.otherStandbys.first(where: { $0.hasPhysicalSlot(physical.name) }) {
      return Obstacle(
        "\(other.origin.source) has a slot \(physical.name) too, which this standby may stream through",
        "Give the standby's slot a name of its own.")
    }
    let failoverSlots = failover.primary.slots.compactMap(\.state).filter { $0.failover == true }
    if let beyond = failoverSlots.first(where: { $0.confirmedFlush > end }) {
      return Obstacle(
        "\(beyond.name) is a failover slot, and was confirmed to \(beyond.confirmedFlush) all the same",
        "Let the standby receive WAL up to there, then ask again.")
    }
    return nil
  }

  /// Why the setting proves nothing of this case, and what to do; the hint is never to set what is set.
  struct Obstacle: Sendable, Hashable {
    var sentence: String
    var remedy: String
    init(_ sentence: String, _ remedy: String) { (self.sentence, self.remedy) = (sentence, remedy) }
  }

  /// A14: that the setting is there and does not count, and why. Nothing where it is not set. It is said once of all slots that it is
  /// the same for, in short answers too.
  func findings(in failover: Failover) -> [Finding] {
    guard let obstacle, failover.primarySettings.names("synchronized_standby_slots")?.isEmpty == false else {
      return []
    }
    if let open { return [open] }
    return [
      Finding(
        .a14Unproven,
        "synchronized_standby_slots does not prove that consumers waited for this standby: \(obstacle.sentence).",
        facts: [failover.fact(of: "synchronized_standby_slots", in: failover.primarySettings, node: "primary")],
        remedy: obstacle.remedy)
    ]
  }

  /// A14: what it rests on, where that is neither file nor server.
  func grounds(in failover: Failover) -> [Finding] {
    if let given { return [given] }
    guard obstacle == nil, let log else { return [] }
    return [
      Finding(
        .a14Logged, "The consumers of failover slots waited for this standby: \(log).",
        facts: [
          failover.fact(of: "synchronized_standby_slots", in: failover.primarySettings, node: "primary"),
          Fact(given: .standbySlotConfirmed),
        ])
    ]
  }

  /// Why files do not settle it, and who can.
  private static func open(_ database: OID, _ failover: Failover, _ doubt: String?) -> Obstacle {
    return Obstacle(
      doubt ?? "no file shows that it was in force all the time",
      failover.primaryRuns && !failover.primary.positionsAreLive
        ? "Give the primary's connection string: the server itself shows what is in force."
        : "If \(failover.barrierClause(in: database)) (\(Premise.barrierMeans)), ask again with --assume \(Premise.standbySlotsHeld.rawValue); else compare the consumers' own positions\(failover.subscribers.isEmpty ? " (--subscriber)" : "")."
    )
  }

  /// What a complete log leaves open.
  private static func unconfirmed(_ failover: Failover) -> Obstacle {
    let name = failover.physicalSlot?.name ?? "the slot"
    return Obstacle(
      "no log shows whether only this standby's confirmations moved \(name)",
      "If nobody advanced \(name) on the primary, nothing else streamed from it, and the standby's files are not an older copy, ask again with --assume \(Premise.standbySlotConfirmed.rawValue); else compare the consumers' own positions\(failover.subscribers.isEmpty ? " (--subscriber)" : "")."
    )
  }

  /// Of all slots alike: it is said once.
  private static func finding(_ missing: Obstacle, _ failover: Failover, log: String? = nil) -> Finding {
    let shown = log == nil ? "no file shows that the standby slots barrier held all the time" : missing.sentence
    return Finding(
      .a14Open,
      "synchronized_standby_slots names this standby's slot, and \(shown): consumers of failover slots may be ahead of this standby if it did not.",
      facts: [failover.fact(of: "synchronized_standby_slots", in: failover.primarySettings, node: "primary")],
      remedy: missing.remedy)
  }

  private static func given(_ failover: Failover) -> Finding {
    Finding(
      .a14Given,
      "By the operator's word \(Premise.barrier(of: failover.physicalSlot?.name, since: nil)): \(Premise.barrierMeans).",
      facts: [
        failover.fact(of: "synchronized_standby_slots", in: failover.primarySettings, node: "primary"),
        Fact(given: .standbySlotsHeld),
      ])
  }
}

extension Fact {
  /// The operator's word.
  fileprivate init(given premise: Premise) {
    self.init("given: \(premise.sentence)", path: "--assume \(premise.rawValue)")
  }
}

extension Failover {
  /// Whether both servers were asked, and the standby had all that the primary had flushed when it showed the setting. Its
  /// processes read a changed file one by one, so the last reload must be some time ago.
  fileprivate var wasSeenInForce: Bool {
    guard primaryIsPresent, standbyHasAllFlushed, let server = primary.server, let asked = server.askedAt,
      let assignment = primarySettings["synchronized_standby_slots"]?.assignment
    else { return false }
    let since = primary.settings.changeTime(of: assignment) ?? server.startedAt
    return since.map { asked.microseconds(since: $0) >= 10_000_000 } ?? false
  }

  /// Of two servers that were asked.
  fileprivate var standbyHasAllFlushed: Bool {
    guard let flushed = primary.server?.positions.flush, standby.positionsAreLive, !isPromoted else { return false }
    return flushed <= standbyEnd
  }
}

extension Failover {
  /// The standby slots barrier in words, with the slot and since when, for failover slots of a database.
  func barrierClause(in database: OID) -> String {
    Premise.barrier(of: physicalSlot?.name, since: changes.timeOfFirstCommit(in: database, from: standbyEnd))
  }

  /// Whether no subscription can have copied a table past the standby's end: such a copy waits for nobody
  /// (src/backend/replication/walsender.c, `NeedToWaitForStandbys`), and begins with a slot, whose creation writes a
  /// running-transactions record (slot.c, `ReplicationSlotReserveWal`).
  fileprivate func noTableWasCopied(in database: OID) -> Bool {
    let isSubscribed = primary.slots.contains { $0.state?.database == database && $0.state?.plugin == "pgoutput" }
    guard isSubscribed else { return true }
    guard let end = primaryEnd else { return false }
    let (parts, isComplete) = changes.pieces(from: standbyEnd, to: max(end, standbyEnd))
    return isComplete
      && parts.allSatisfy { part in
        let activity = part.stretch.activity
        return !activity.runningTransactionsThinned
          && !activity.runningTransactions.contains { $0.lsn >= part.from && $0.lsn < part.to }
      }
  }
}

extension LoggedBarrier {
  /// From the first commit on that the standby lacks.
  fileprivate func answer(in database: OID, _ failover: Failover) -> Answer? {
    // One that was read while the server ran, or before it ran again, says nothing of what came after.
    guard failover.primaryEnd != nil else {
      return .open("the primary went on after its log was read, or may have")
    }
    guard let slot = failover.physicalSlot,
      let time = failover.changes.timeOfFirstCommit(in: database, from: failover.standbyEnd)
    else { return .open("when the first change was committed that this standby lacks is not known") }
    guard !failover.changes.goesBackInTime(from: failover.standbyEnd) else {
      return .open("the times of the primary's commits go back: its clock was set back")
    }
    return answer(for: slot.name, since: time)
  }
}

extension WALKnowledge {
  /// When the first commit of a database that begins at or after a position was made, or, where that one is not listed,
  /// the last moment before it that the WAL tells.
  func timeOfFirstCommit(in database: OID, from lsn: LSN) -> Timestamp? {
    for stretch in stretches where stretch.to > lsn {
      let here = stretch.activity.databases.filter { $0.concerns(database) }
      let isListed = here.allSatisfy { one in !one.earlier.contains { $0.last >= lsn } }
      let first = here.compactMap { $0.commits(from: max(lsn, stretch.from), to: stretch.to).first }.min {
        $0.start < $1.start
      }
      if isListed, stretch.from <= lsn, let first { return first.time }
      if !isListed || stretch.from > lsn { break }
    }
    return lastTime(before: lsn)
  }

  /// Whether a commit from a position on has a time of more than a second before that of an earlier one: then the clock was set
  /// back, and times do not tell what came first.
  fileprivate func goesBackInTime(from lsn: LSN) -> Bool {
    let commits = stretches.filter { $0.to > lsn }.flatMap { stretch in
      stretch.activity.databases.flatMap { $0.commits(from: max(lsn, stretch.from), to: stretch.to) }
    }.sorted { $0.start < $1.start }
    return zip(commits, commits.dropFirst()).contains { $1.time.microseconds(since: $0.time) < -1_000_000 }
  }

  /// The last moment that the WAL of a range tells, by the clock of the server that wrote it.
  func lastTime(from first: LSN = .none, before lsn: LSN) -> Timestamp? {
    let before = stretches.flatMap { stretch in
      stretch.activity.checkpoints.filter { $0.lsn >= first && $0.lsn < lsn }.map { ($0.lsn, $0.time) }
        + stretch.activity.databases.compactMap { $0.commits(from: max(stretch.from, first), to: lsn).last }.map {
          ($0.start, $0.time)
        }
    }
    return before.max { $0.0 < $1.0 }?.1
  }
}

extension Evidence {
  fileprivate func hasPhysicalSlot(_ name: String) -> Bool {
    slots.contains { $0.state?.name == name && $0.state?.isLogical == false }
  }
}
