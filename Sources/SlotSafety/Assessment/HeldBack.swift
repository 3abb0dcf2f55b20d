import Evidence
import PostgresFormat

/// Whether the primary held the consumers of failover slots back until this standby had flushed
/// (`synchronized_standby_slots`, 17 and later).
///
/// With `S` the end of the standby's WAL: no failover slot's consumer got what was committed at or after `S`, if the
/// setting named the standby's physical slot when that was committed, and the slot stood for this standby alone. The files
/// say what is set now; so the file that sets it must not be younger than the first such commit, the slot must not have
/// moved past `S`, nor any failover slot, and the standby must stream from this primary, not through a slot of the same
/// name elsewhere (``StandbyUpstream``).
///
/// The server must have read that file, too, before the first such commit. It did if it was started between the two, or
/// shows the setting itself, or if the operator says so, who has its log. That it read the file again while it ran no file
/// says. A clean stop speaks for it: it waits until every consumer that is there has confirmed all WAL, and writes each
/// slot as it stands; where no failover slot is past `S` then, although WAL is, something held their consumers back. A
/// killed server's slots tell nothing of the kind, nor do those of one that was started again behind `S`.
///
/// Of two running servers no file is asked. The primary shows the setting, and where the standby had received by then all that
/// the primary had flushed, whatever lies past `S` was committed under it: from that moment on it holds.
struct HeldBack {
  /// nil where it did; otherwise what stands against it.
  var objection: String? { obstacle?.sentence }
  /// The same with what to do about it.
  private(set) var obstacle: Obstacle?
  /// A14 where all rests on a reload: the setting is younger than the server's start, or this is younger than what was
  /// committed for the database behind the standby's end. It goes with an objection, or with a clean stop.
  private(set) var reload: Finding?

  init(_ database: OID, in failover: FailoverCase) {
    obstacle = Self.obstacle(of: failover)
    guard obstacle == nil, !failover.wasSeenInForce,
      let assignment = failover.primarySettings["synchronized_standby_slots"]?.assignment
    else {
      return
    }
    guard let time = failover.changes.timeOfFirstCommit(in: database, from: failover.standbyEnd) else {
      obstacle = Obstacle(
        failover.primary.server == nil
          ? "when the first change past the standby's end was made is not known"
          : failover.standbyHasAllFlushed
            ? "the primary read its configuration less than 10 s before it was asked"
            : "the standby had not yet received what the primary had flushed when it was asked",
        failover.primary.server == nil
          ? "Compare the consumers' own positions (--subscriber)."
          : failover.standbyHasAllFlushed
            ? "Ask again in some seconds."
            : "Give the standby's connection string, too, and let it receive what the primary has.")
      return
    }
    guard let changed = failover.primary.settings.changeTime(of: assignment) else {
      obstacle = Obstacle("since when it is set is not known", "Compare the consumers' own positions (--subscriber).")
      return
    }
    guard changed <= time else {
      obstacle =
        failover.primary.server == nil
        ? Obstacle(
          "\(assignment.path) was changed at \(changed), after changes that this standby lacks were committed",
          "Compare the consumers' own positions (--subscriber).")
        : Obstacle(
          "the primary read its configuration at \(changed), after changes that this standby lacks were committed",
          "Let the standby receive what the primary has, then ask again.")
      return
    }
    guard !failover.wasRead(changed, before: time) else { return }
    reload = Self.reload(of: assignment.path, changed, failover)
    if !failover.primaryReloaded, !failover.stoppedCleanlySince(failover.standbyEnd) {
      obstacle = Obstacle(
        "no file says that the server read it before it committed what this standby lacks",
        failover.primaryRuns
          ? "Give the primary's connection string: the server itself shows what is in force."
          : "Compare the consumers' own positions (--subscriber).")
    }
  }

  /// What stands against it in any database.
  private static func obstacle(of failover: FailoverCase) -> Obstacle? {
    if failover.nodes.contains(where: { $0.evidence.hasProblem(with: "configuration") })
      || !failover.primary.settings.syntaxErrors.isEmpty
    {
      return Obstacle(
        "a configuration file cannot be read", "Make it readable, or give the server's connection string.")
    }
    guard failover.holdsConsumersBack, let physical = failover.physicalSlot else {
      return Obstacle("it does not name this standby's slot", AuditRule.find(.a14).remedy ?? "")
    }
    let end = failover.standbyEnd
    guard physical.restartLSN.isValid, physical.restartLSN <= end else {
      return Obstacle(
        "\(physical.name) is at \(physical.restartLSN), and this standby has WAL to \(end) only",
        "Give this standby as it is now, or compare the consumers' own positions (--subscriber).")
    }
    if let objection = StandbyUpstream.objection(to: failover) {
      return Obstacle(
        objection,
        failover.primaryRuns && failover.standby.server == nil
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

  /// Why the setting proves nothing of this case, and what to do; the advice is never to set what is set.
  struct Obstacle: Sendable, Hashable {
    var sentence: String
    var remedy: String
    init(_ sentence: String, _ remedy: String) { (self.sentence, self.remedy) = (sentence, remedy) }
  }

  /// A14 about one slot: that the setting is there and does not count, and why. Nothing where it is not set.
  func findings(_ slot: SlotState, in failover: FailoverCase) -> [Finding] {
    guard let obstacle, failover.primarySettings.names("synchronized_standby_slots")?.isEmpty == false else {
      return []
    }
    let finding = Finding(
      .a14, .info, slot: slot.name,
      "synchronized_standby_slots does not prove that the consumer of \(slot.name) was held back: \(obstacle.sentence).",
      facts: [failover.fact(of: "synchronized_standby_slots", in: failover.primarySettings, node: "primary")],
      remedy: obstacle.remedy)
    return [finding] + (reload.map { [$0] } ?? [])
  }

  private static func reload(of path: String, _ changed: Timestamp, _ failover: FailoverCase) -> Finding {
    let started = failover.primary.startFiles.postmasterPID?.startTime
    guard !failover.primaryReloaded else {
      return Finding(
        .a14, .info,
        "By the operator's word the primary's server had read \(path), which was changed at \(changed).",
        facts: [failover.fact(of: "synchronized_standby_slots", in: failover.primarySettings, node: "primary")])
    }
    return Finding(
      .a14, .warning,
      "\(path) was changed at \(changed), and no file says that the primary's server read it then: consumers were held back only if it was reloaded or started right after.",
      facts: [
        failover.fact(of: "synchronized_standby_slots", in: failover.primarySettings, node: "primary"),
        Fact(
          started.map { "started at \($0)" } ?? "when it was started is not known", path: "postmaster.pid",
          node: "primary"),
      ],
      remedy:
        "Look for \"received SIGHUP\" in the primary's log at that time, and if it is there ask again with --primary-reloaded; else compare the consumers' own positions\(failover.subscribers.isEmpty ? " (--subscriber)" : "")."
    )
  }
}

extension FailoverCase {
  /// Whether both servers were asked, and the standby had all that the primary had flushed when it showed the setting. Its
  /// processes read a changed file one by one, so the last reload must be some time ago.
  fileprivate var wasSeenInForce: Bool {
    guard standbyHasAllFlushed, let server = primary.server, let asked = server.askedAt,
      let assignment = primarySettings["synchronized_standby_slots"]?.assignment
    else { return false }
    let since = primary.settings.changeTime(of: assignment) ?? server.startedAt
    return since.map { asked.microseconds(since: $0) >= 10_000_000 } ?? false
  }

  /// Of two servers that were asked.
  fileprivate var standbyHasAllFlushed: Bool {
    guard let flushed = primary.server?.positions.flush, standby.server != nil, !isPromoted else { return false }
    return flushed <= standbyEnd
  }

  /// Whether the server itself shows the setting, or was started after the change of its file and before this time. Its
  /// start is known to the second, and archives may keep no more of a file's time.
  fileprivate func wasRead(_ changed: Timestamp, before time: Timestamp) -> Bool {
    if primary.server != nil { return true }
    guard let started = primary.startFiles.postmasterPID?.startTime else { return false }
    return changed < started && time.microseconds(since: started) >= 1_000_000
  }

  /// Whether the primary was stopped cleanly by the same server that wrote its WAL from here on: a start writes a
  /// checkpoint like that of a clean stop, or follows one.
  fileprivate func stoppedCleanlySince(_ lsn: LSN) -> Bool {
    guard SlotView.isExact(in: primary), let control = primary.control?.value,
      changes.covers(from: lsn, to: control.checkpointLSN)
    else { return false }
    return !changes.pieces(from: lsn, to: control.checkpointLSN).parts.contains { part in
      part.stretch.activity.eventsOmitted
        || part.stretch.activity.checkpoints.contains { $0.isShutdown && $0.lsn >= part.from && $0.lsn < part.to }
    }
  }
}

extension WALKnowledge {
  /// When the first commit of a database that begins at or after a position was made, or, where that one is not listed,
  /// the last moment before it that the WAL tells.
  fileprivate func timeOfFirstCommit(in database: OID, from lsn: LSN) -> Timestamp? {
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

  /// The last moment that the WAL before a position tells, by the clock of the server that wrote it.
  func lastTime(before lsn: LSN) -> Timestamp? {
    let before = stretches.flatMap { stretch in
      stretch.activity.checkpoints.filter { $0.lsn < lsn }.map { ($0.lsn, $0.time) }
        + stretch.activity.databases.compactMap { $0.commits(from: stretch.from, to: lsn).last }.map {
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
