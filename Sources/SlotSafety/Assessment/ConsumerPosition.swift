import Evidence
package import PostgresFormat

/// How far a slot's consumer is.
///
/// `c <= P <= W`: it has confirmed at least what the primary's slot has on disk, and cannot have received more than the
/// primary had flushed. A subscriber's own directory knows better: its replication origin is where it goes on.
package enum ConsumerPosition {
  package static func find(of slot: SlotState, in failover: FailoverCase) -> Position {
    var position = Position(
      atLeast: slot.confirmedFlush.nonZero, atMost: failover.primaryEnd,
      basis: failover.primaryEnd == nil ? "the primary's slot" : "the primary's slot and the end of its WAL")
    for subscriber in failover.subscribers {
      guard let found = progress(of: slot.name, on: subscriber) else { continue }
      let least = max(found.lsn, slot.confirmedFlush)
      position.atLeast = max(least, position.atLeast ?? .none)
      if found.isExact { position.atMost = position.atLeast }
      position.basis = "the subscriber's replication origin (\(subscriber.origin.source))"
    }
    return position
  }

  /// What a subscriber has applied from the slot. Exact once nothing can have been applied that its files do not show:
  /// after a clean stop, or where all of its WAL since the last checkpoint was read for commits from that origin.
  static func progress(of slotName: String, on subscriber: Evidence) -> (lsn: LSN, isExact: Bool)? {
    guard let subscription = subscriber.subscriptions.first(where: { $0.slotName == slotName }),
      let origin = subscriber.origins.first(where: { $0.name == "pg_\(subscription.oid)" }), subscriber.isReadable
    else { return nil }
    var lsn = origin.remoteLSN ?? .none
    guard subscriber.isRunning != true, let control = subscriber.control?.value else { return (lsn, false) }
    if control.state == .shutDown { return (lsn, !lsn.isValid ? false : true) }
    let knowledge = WALKnowledge(subscriber.stretches)
    for stretch in knowledge.stretches {
      for database in stretch.activity.databases {
        for commit in database.commits where commit.originID == origin.originID {
          lsn = max(lsn, commit.originLSN ?? .none)
        }
      }
    }
    guard let end = subscriber.wal.end?.lsn, lsn.isValid else { return (lsn, false) }
    return (lsn, knowledge.covers(from: control.checkpoint.redo, to: end) && subscriber.wal.end?.validAgainFrom == nil)
  }
}

extension Evidence {
  /// The control file and the version, without which nothing else means anything, are sound.
  package var isReadable: Bool { version != nil && control?.value.checksumMatches == true }
}
