import Evidence
package import PostgresFormat

/// How an old primary comes back after another node was promoted: as it is, by pg_rewind, or by a new base backup; and what it
/// brings along that harms. A pure function of the case.
package struct Rejoin: Sendable {
  /// The ways back. The raw values stand in documents.
  package enum Way: String, Sendable, Hashable, CaseIterable {
    /// As a standby, with the directory as it is.
    case follow
    /// By pg_rewind, after what stands against it was put right.
    case rewind
    /// By a new base backup.
    case rebuild
    /// The evidence does not tell.
    case open
  }

  /// What is thrown away with the WAL past the fork.
  package struct Lost: Sendable, Hashable {
    /// COMMIT and COMMIT PREPARED records.
    package var transactions: UInt64
    /// Some of that WAL is gone: there may be more.
    package var isComplete: Bool
    /// Bytes of WAL past the fork; nil where the end is not known.
    package var bytes: UInt64?
  }

  /// What it was made of.
  package var question: RejoinCase
  /// The way back that the evidence proves, or ``Way/open``.
  package var way: Way
  /// Why, in one sentence.
  package var reason: String
  /// Where the histories part; nil where they do not, or that is not known.
  package var fork: RejoinFork?
  /// What pg_rewind would do.
  package var rewind: RewindPrediction
  /// nil where that is not known.
  package var lost: Lost?
  /// Every slot of the old node and what becomes of it, by name.
  package var slots: [RejoinSlot]
  /// Settings of the returned node, and of the new primary, that have to change.
  package var settings: [RejoinSetting]
  /// What to do, in order.
  package var steps: [WayStep]
  /// What HA managers do of it, each where it is in use.
  package var managers: [FailoverTool.Account] { FailoverTool.accounts(of: self) }
  /// The most severe first.
  package var findings: [Finding]
  /// What its start as a standby would say; nil where it would start, or that is open.
  var startRefusal: StartupPrediction?

  /// Works on any evidence, also with nothing but problems in it.
  package init(_ question: RejoinCase) {
    self.question = question
    fork = question.fork
    rewind = RewindPrediction.predict(question)
    (way, reason, slots, settings, steps, findings) = (.open, "", [], [], [], [])
    lost = Self.lost(question)
    decide()
    slots = RejoinSlot.all(of: question, way: way)
    settings = RejoinSetting.all(of: question, way: way)
    steps = stepsOfWay
    findings = RejoinFindings.all(of: self).told
  }

  /// Where the old node's WAL ends; nil where that is not known.
  package var oldEnd: LSN? { question.oldEnd }

  /// The names of slots that stop slot synchronization on the returned node.
  package var blockingSlots: [String] { slots.filter { $0.effect == .blocksSynchronization }.map(\.name) }
  /// The names of slots that retain WAL or pin rows for ever there.
  package var pinningSlots: [String] {
    slots.filter { ($0.effect == .pins || $0.effect == .blocksSynchronization) && $0.pinsAnything }.map(\.name)
  }

  private static func lost(_ c: RejoinCase) -> Lost? {
    guard let fork = c.fork?.lsn else { return nil }
    guard let end = c.oldEnd else { return nil }
    if end <= fork { return Lost(transactions: 0, isComplete: true, bytes: 0) }
    guard c.facts.end != nil else {
      let (transactions, unread) = RecordedLedger.transactions(c.old.stretches, from: fork, to: end)
      guard !c.old.stretches.isEmpty else { return nil }
      return Lost(
        transactions: UInt64(transactions.count), isComplete: unread.isEmpty, bytes: end.bytes(since: fork))
    }
    return Lost(
      transactions: c.facts.commits, isComplete: c.facts.commitsAreComplete, bytes: end.bytes(since: fork))
  }

  private mutating func settle(_ way: Way, _ reason: String) { (self.way, self.reason) = (way, reason) }

  private mutating func decide() {
    let c = question
    guard c.version != nil, let control = c.old.control?.value, control.checksumMatches else {
      return settle(.open, "The old node's version or control file could not be read.")
    }
    for case let obstacle in rewind.obstacles {
      switch obstacle {
      case .differentSystems: return settle(.rebuild, "The two nodes are of different clusters.")
      case .incompatible: return settle(.rebuild, "The two nodes are of different major versions or builds.")
      case .strangers: return settle(.rebuild, "The histories of the two nodes have nothing in common.")
      default: break
      }
    }
    if c.old.isRunning == true {
      return settle(.open, "A server runs in the old node's directory: stop it, then ask again.")
    }
    if let timeline = c.foreignTimeline {
      return settle(
        .rebuild,
        "Its pg_wal has WAL of timeline \(timeline), which it never wrote or replayed: a pg_rewind was broken off here."
      )
    }
    guard let relation = c.relation else {
      return settle(.open, "The timeline of one of the nodes, or its history, is not known.")
    }
    switch relation {
    case .strangers: settle(.rebuild, "The histories of the two nodes have nothing in common.")
    case .twins(let fork): settleTwins(fork)
    case .same: decideOnOneTimeline()
    case .forked(let fork): decide(fork)
    }
  }

  private mutating func settleTwins(_ fork: RejoinFork?) {
    let place = fork?.lsn.map { ": they part at \($0)" } ?? ""
    settle(
      .rebuild,
      "Both nodes wrote a timeline \(question.newTimeline ?? TimelineID(0)) of their own\(place); pg_rewind takes them for one timeline and does nothing."
    )
  }

  private mutating func decideOnOneTimeline() {
    let c = question
    if c.wasPrimary, c.new.role == .primary {
      if c.isTwin { return settleTwins(nil) }
      return settle(
        .open,
        "Both nodes write timeline \(c.newTimeline ?? TimelineID(0)), and no history tells that one of them was promoted."
      )
    }
    if c.new.role == .standby {
      return settle(.open, "The node given as the new primary is a standby that was not promoted.")
    }
    guard let end = c.oldEnd, let newEnd = c.new.wal.end?.lsn, end <= newEnd else {
      return settle(.open, "Whether the new primary has all WAL of the old node is not known.")
    }
    decideToFollow(from: end, fork: nil, "The old node follows the new primary's timeline already.")
  }

  private mutating func decide(_ fork: RejoinFork) {
    let c = question
    guard let lsn = fork.lsn, let end = c.oldEnd, let rewindEnd = c.rewindEnd else {
      return settle(.open, "Where the old node's WAL ends is not known.")
    }
    guard !c.endIsDoubtful else {
      return settle(.open, "The old node's WAL is damaged where reading ends, at \(end): what follows is not known.")
    }
    if end <= lsn {
      let how = c.wasStoppedCleanly ? "was stopped cleanly" : "was not stopped cleanly"
      return decideToFollow(
        from: end, fork: fork, "Its WAL ends at \(end), not past the fork at \(lsn), and it \(how).")
    }
    guard rewindEnd > lsn || !c.wasStoppedCleanly else {
      return settle(
        .open,
        "It has WAL up to \(end) that it did not replay, past the fork at \(lsn): its next start may replay it.")
    }
    decideToRewind(past: end.bytes(since: lsn), lsn)
  }

  private mutating func decideToFollow(from end: LSN, fork: RejoinFork?, _ why: String) {
    let c = question
    switch NewPrimaryWAL(c, restoreCommand: c.restoreCommand).missing(from: end, switched: fork) {
    case .open(let open): return settle(.open, "\(why) It can follow if the new primary still has its WAL: \(open)")
    case .known(let missing):
      if let first = missing.first {
        let more = missing.count > 1 ? " and \(missing.count - 1) more" : ""
        return settle(
          .rebuild, "\(why) But the new primary has removed WAL that it needs: segment \(first.text)\(more).")
      }
    }
    var asStandby = c.old
    asStandby.startFiles.standbySignal = true
    // A copy has the permissions that its maker gave it, and may be pruned.
    (asStandby.startFiles.permissions, asStandby.startFiles.missing) = (nil, nil)
    let start = StartupPrediction.predict(asStandby)
    if start.wouldStart == false {
      startRefusal = start
      return settle(.open, "\(why) But as a standby it would not start: \(start.message ?? "")")
    }
    settle(.follow, why)
  }

  private mutating func decideToRewind(past bytes: UInt64, _ fork: LSN) {
    let why = "Its WAL goes \(ByteCount.text(bytes)) past the fork at \(fork)"
    let hopeless = rewind.obstacles.filter { !$0.canBePutRight(rewind) }
    if let first = hopeless.first { return settle(.rebuild, "\(why), and pg_rewind cannot help: \(sentence(first)).") }
    if let open = rewind.open { return settle(.open, "\(why). Whether pg_rewind works is open: \(open)") }
    guard let first = rewind.obstacles.first else { return settle(.rewind, "\(why); pg_rewind works.") }
    settle(.rewind, "\(why); pg_rewind works once this is put right: \(sentence(first)).")
  }

  /// What stands against pg_rewind, as the end of a sentence.
  func sentence(_ obstacle: RewindPrediction.Obstacle) -> String {
    switch obstacle {
    case .differentSystems: return "the nodes are of different clusters"
    case .incompatible: return "the nodes are of different major versions or builds"
    case .strangers: return "their histories have nothing in common"
    case .twins: return "both nodes have a timeline of the same number"
    case .noHints: return "the old node has neither data checksums nor wal_log_hints"
    case .fullPageWrites: return "full_page_writes is off on the new primary"
    case .sourceInRecovery: return "the node given as the new primary is a standby, which pg_rewind takes from 14 on"
    case .unfinishedPromotion: return "the new primary's promotion has no checkpoint yet"
    case .standbySignal: return "standby.signal is there, and the crash recovery that it runs first is refused with it"
    case .notClean: return "the old node was not stopped cleanly"
    case .segments:
      let names = rewind.missing.prefix(3).map(\.text).joined(separator: ", ")
      let more = rewind.missing.count > 3 ? " and \(rewind.missing.count - 3) more" : ""
      if rewind.removedFirst.count == rewind.missing.count {
        return "its own crash recovery removes segments that it needs afterwards (\(names)\(more))"
      }
      return "WAL that it reads is missing (\(names)\(more))"
    case .tablespace(let name): return "tablespace \(name) lies in the data directory itself"
    case .newPrimaryLacks(let segment):
      return "it ends well, but the start after it lacks WAL that the new primary has removed (\(segment.text))"
    }
  }
}
