package import Evidence
import PostgresFormat

/// Two nodes after a failover: the one that lost, and the one that was promoted; and what was read of their WAL for the question
/// how the first comes back.
package struct RejoinCase: Sendable {
  /// The node that is to come back.
  package var old: Evidence
  /// The node that it is to follow.
  package var new: Evidence
  /// Of the old node's WAL, and of archives.
  package var facts: RejoinWAL
  /// Tablespaces of the new node that lie in place; nil where its folder was not read.
  package var newTablespacesInPlace: [String]?
  /// Of the new node nothing but timeline histories is known.
  package var newIsHistoryOnly = false
  /// The name of the physical slot that the returned node is to use; nil: its own primary_slot_name, or one for it.
  package var slotName: String?

  /// What of pg_rewind's conditions is taken as put right.
  var putRight: Set<RewindPrediction.Obstacle> = []

  /// Nothing was read of WAL where `facts` says nothing.
  package init(old: Evidence, new: Evidence, facts: RejoinWAL = RejoinWAL()) {
    (self.old, self.new, self.facts) = (old, new, facts)
  }

  /// The histories of both, as far as the nodes wrote or replayed them.
  package var relation: RejoinFork.Relation? {
    guard let own = oldTimeline, let other = newTimeline else { return nil }
    return RejoinFork.relation(old: old.history(of: own), new: new.history(of: other))
  }

  /// The fork that both histories know of.
  package var fork: RejoinFork? {
    switch relation {
    case .forked(let fork): fork
    case .twins(let fork): fork
    case .same, .strangers, nil: nil
    }
  }

  /// What the node itself wrote: not the one that it could follow from now on.
  var oldTimeline: TimelineID? { old.server?.timeline ?? old.control?.value.ownTimeline }
  var newTimeline: TimelineID? {
    newIsHistoryOnly ? new.timelines.map(\.value.timeline).max() : new.currentTimeline
  }

  var version: ServerVersion? { old.version }
  var oldSettings: EffectiveSettings? { old.version.map { EffectiveSettings(old.settings, version: $0) } }
  var newSettings: EffectiveSettings? {
    newIsHistoryOnly ? nil : new.version.map { EffectiveSettings(new.settings, version: $0) }
  }

  /// The old node was stopped as it should be, as the server sees it.
  package var wasStoppedCleanly: Bool {
    [.shutDown, .shutDownInRecovery].contains(old.control?.value.state)
  }

  /// It was a primary when it ran last, whatever signal files say now.
  var wasPrimary: Bool {
    if let server = old.server { return server.role == .primary }
    return ![.shutDownInRecovery, .inArchiveRecovery].contains(old.control?.value.state)
  }

  /// Of a node that was a primary to the last: a later timeline of which it has WAL. pg_rewind copies that before it writes the
  /// control file.
  var foreignTimeline: TimelineID? {
    guard wasPrimary, old.filesAreKnown, let own = oldTimeline else { return nil }
    return old.wal.live.map(\.timeline).filter { $0 > own }.max()
  }

  /// Two primaries on one timeline of one history: their WAL differs, or the old node's goes further than the new one's.
  var isTwin: Bool {
    guard relation == .same, wasPrimary, new.role == .primary, !newIsHistoryOnly else { return false }
    if facts.timelineDiffers == true { return true }
    guard let end = oldEnd, let other = new.wal.end?.lsn else { return false }
    return end > other
  }

  /// Where the old node's WAL ends, as crash recovery would find it; nil where that was not found, or its server runs and goes on.
  var oldEnd: LSN? {
    guard old.isRunning != true else { return nil }
    return facts.end ?? (old.currentTimeline == oldTimeline ? old.wal.end?.lsn : nil)
  }

  /// As pg_rewind takes it: of a stopped server by its control file and the checkpoint there, in recovery by the minimum recovery
  /// point.
  var rewindEnd: LSN? {
    guard let control = old.control?.value, let end = oldEnd else { return nil }
    guard control.state == .shutDownInRecovery else { return end }
    let checkpointEnd = min(end, max(control.minRecoveryPoint, control.checkpointLSN))
    return max(checkpointEnd, control.minRecoveryPoint)
  }

  /// Reading stopped at damage, or before the last checkpoint.
  var endIsDoubtful: Bool {
    if facts.isDamaged || old.wal.end?.validAgainFrom != nil || old.wal.end?.traceBehind != nil { return true }
    guard let control = old.control?.value, let end = oldEnd else { return true }
    return end <= max(control.checkpointLSN, control.checkpoint.redo)
  }

  /// The segments of the old node's own history are named by the newest timeline that owns their end.
  func segment(_ number: SegmentNumber, of history: TimelineHistory, size: Int) -> SegmentName {
    var timeline = history.timeline
    let last = LSN(number.start(size: size).rawValue &+ UInt64(size) &- 1)
    for span in history.spans.reversed() where span.begin <= last {
      timeline = span.timeline
      break
    }
    return SegmentName(timeline: timeline, number: number, size: size)
  }
}
