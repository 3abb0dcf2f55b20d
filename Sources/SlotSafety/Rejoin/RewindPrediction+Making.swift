import Evidence
import PostgresFormat

extension RewindPrediction {
  /// Follows main() of src/bin/pg_rewind/pg_rewind.c, check by check. A source whose server runs is taken as `--source-server`.
  static func predict(_ c: RejoinCase) -> RewindPrediction {
    var result = once(c)
    // What can be put right hides what comes after it: the checks go on as if it were.
    if let first = result.obstacles.first, first.isOfSettings, !c.putRight.contains(first) {
      var further = c
      further.putRight.insert(first)
      let later = predict(further)
      result.obstacles += later.obstacles
      (result.missing, result.missingIsComplete) = (later.missing, later.missingIsComplete)
      (result.removedFirst, result.places) = (later.removedFirst, later.places)
      (result.needsRestoreCommand, result.open) = (later.needsRestoreCommand, result.open ?? later.open)
      result.needed = later.needed
    }
    return result
  }

  /// As things are, but for what is taken as put right.
  private static func once(_ c: RejoinCase) -> RewindPrediction {
    var result = RewindPrediction()
    guard let version = c.version, let control = c.old.control?.value, control.checksumMatches else {
      result.open = "The old node's version or control file could not be read."
      return result
    }
    let words = RewindMessages(version: version)
    if result.checkSource(c, words), result.checkTarget(c, control, words) { result.compare(c, control, words) }
    if result.needed != false || !result.obstacles.isEmpty { result.settle() }
    return result
  }

  /// Adds an obstacle with the line that pg_rewind ends with.
  private mutating func refuse(_ obstacle: Obstacle, _ line: String) -> Bool {
    obstacles.append(obstacle)
    say(line)
    return false
  }

  /// What is asked of the source before anything is read of the target.
  private mutating func checkSource(_ c: RejoinCase, _ words: RewindMessages) -> Bool {
    guard !c.newIsHistoryOnly else { return true }
    guard c.sourceIsServer else {
      return c.new.control?.value.state == .shutDown || c.new.control?.value.state == .shutDownInRecovery
        || c.new.control == nil
    }
    if c.newSettings?.bool("full_page_writes") == false, !c.putRight.contains(.fullPageWrites) {
      return refuse(.fullPageWrites, words.fullPageWrites)
    }
    if c.new.role == .standby, !words.version.has(.rewindFromStandby) {
      return refuse(.sourceInRecovery, words.sourceInRecovery)
    }
    return true
  }

  /// Whether the target is one that can be rewound at all.
  private mutating func checkTarget(_ c: RejoinCase, _ control: ControlFile, _ words: RewindMessages) -> Bool {
    let recovers = !c.wasStoppedCleanly && words.version.has(.rewindRecoversTarget)
    if recovers {
      say(words.recovering)
      if c.old.startFiles.standbySignal, !c.putRight.contains(.standbySignal) {
        return refuse(.standbySignal, words.singleUserFailed)
      }
    }
    if let other = c.new.control?.value, !c.newIsHistoryOnly {
      if other.systemIdentifier != control.systemIdentifier {
        return refuse(.differentSystems, words.differentSystems)
      }
      if other.controlVersion != control.controlVersion || other.catalogVersion != control.catalogVersion {
        return refuse(.incompatible, words.incompatible)
      }
    }
    if control.dataChecksumVersion != 1 {
      let hints = control.walLogHints
      // Its own crash recovery starts the server, which takes over what the configuration says by then.
      let atStart = recovers ? c.oldSettings?.bool("wal_log_hints") ?? hints : hints
      if hints != atStart {
        open =
          "wal_log_hints is \(hints == true ? "on" : "off") in the control file and \(atStart == true ? "on" : "off") in the configuration: what pg_rewind's own crash recovery leaves is open."
      } else if hints != true {
        return refuse(.noHints, words.needsHints)
      }
    }
    if !c.wasStoppedCleanly, !recovers, !c.putRight.contains(.notClean) { return refuse(.notClean, words.mustBeClean) }
    return true
  }

  /// Histories, end and segments.
  private mutating func compare(_ c: RejoinCase, _ control: ControlFile, _ words: RewindMessages) {
    guard let relation = c.relation, let own = c.oldTimeline else {
      open = "The timeline of one of the nodes is not known."
      return
    }
    if c.sourceLooksUnpromoted(words.version), !c.putRight.contains(.unfinishedPromotion) {
      obstacles.append(.unfinishedPromotion)
      say(words.sameTimeline)
      say(words.notRequired)
      return
    }
    switch relation {
    case .same:
      needed = false
      if c.isTwin { obstacles.append(.twins) }
      say(words.sameTimeline)
      say(words.notRequired)
    case .twins:
      needed = false
      obstacles.append(.twins)
      say(words.sameTimeline)
      say(words.notRequired)
    case .strangers: _ = refuse(.strangers, words.noAncestor)
    case .forked(let fork):
      guard let lsn = fork.lsn else {
        open = "Where timeline \(own) was left is not known."
        return
      }
      say(words.diverged(lsn, fork.timeline))
      rewind(c, control, lsn, words)
    }
  }

  private mutating func rewind(_ c: RejoinCase, _ control: ControlFile, _ fork: LSN, _ words: RewindMessages) {
    guard let end = c.rewindEnd else {
      // A running server goes on; once it is stopped its shutdown checkpoint lies past the fork.
      needed = c.old.isRunning == true && c.wasPrimary ? true : nil
      open = "Where the old node's WAL ends is not known."
      return
    }
    if c.wasStoppedCleanly, end <= fork {
      needed = false
      say(words.notRequired)
      return
    }
    needed = true
    findSegments(c, control, from: fork, to: end, words)
    guard !obstacles.contains(.segments) else {
      // They can be brought back: the start after it has its own demands.
      checkStart(c, control, words)
      startMessage = nil
      return
    }
    if let common = c.facts.lastCommonCheckpoint {
      if !obstacles.contains(.segments) { say(words.rewinding(common.lsn, common.timeline)) }
    } else {
      open = open ?? "The last checkpoint before the fork was not found: that WAL was not read."
      return
    }
    if c.sourceIsServer, !words.version.has(.rewindInPlaceTablespaces),
      let inPlace = c.newTablespacesInPlace ?? c.facts.tablespacesInPlace, let first = inPlace.first
    {
      _ = refuse(.tablespace(first), words.otherKind(tablespace: first))
      return
    }
    if c.sourceIsServer, !words.version.has(.rewindInPlaceTablespaces), c.facts.tablespacesInPlace == nil,
      c.newTablespacesInPlace == nil, c.old.tablespaces.contains(where: { ![OID(1663), OID(1664)].contains($0.oid) })
    {
      open = open ?? "How the tablespaces lie was not read."
    }
    guard open == nil else { return }
    say(words.done)
    checkStart(c, control, words)
  }

  /// Whether the start after it finds its WAL: from the redo position on, on the new node's history.
  private mutating func checkStart(_ c: RejoinCase, _ control: ControlFile, _ words: RewindMessages) {
    guard let common = c.facts.lastCommonCheckpoint else { return }
    let kept = words.version.has(.rewindFromStandby)
    let own = SegmentSet(c.old.wal)
    switch NewPrimaryWAL(c, restoreCommand: c.restoreCommandAfterRewind)
      .missing(from: common.redo, alsoThere: { kept && $0.number >= common.lsn && own.has($0.name) })
    {
    case .known(let missing):
      guard let first = missing.first else { return }
      obstacles.append(.newPrimaryLacks(first))
      startMessage = words.removed(missing.last(where: { $0.timeline == c.newTimeline }) ?? first)
    case .open(let why): open = why
    }
  }

  /// Condition by condition the answer: no obstacle and nothing open.
  private mutating func settle() {
    if !obstacles.isEmpty {
      possible = false
    } else {
      possible = open == nil && needed == true ? true : nil
    }
  }
}
