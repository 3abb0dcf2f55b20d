import Evidence
package import PostgresFormat

/// How far a slot's consumer is.
///
/// `c <= P <= W`: it has confirmed at least what the primary's slot has on disk, and cannot have received more than the
/// primary had flushed. A subscriber's own directory knows better: its replication origin is where it goes on. So do consumers
/// that store their position themselves; how far they got beyond it is known where that is their last (``StoredBounds``).
package enum ConsumerPosition {
  /// The tightest bounds that the primary's slot and all subscribers give; the basis names what gave them.
  package static func find(of slot: SlotState, in failover: Failover) -> Position {
    var position = Position(
      atLeast: slot.confirmedFlush.nonZero, atMost: failover.primaryEnd,
      basis: failover.primaryEnd == nil ? "the primary's slot" : "the primary's slot and the end of its WAL")
    for stored in failover.stored(of: slot) {
      let bounds = StoredBounds(stored, of: slot, in: failover)
      guard bounds.isBorneOut else {
        position.basis += "; \(stored.source) says \(stored.reached), which the primary's WAL does not bear out"
        continue
      }
      position.atLeast = [stored.received, position.atLeast].compactMap { $0 }.max()
      if let most = bounds.finalAtMost, failover.assumed.contains(.consumerStopped) { position.atMost = most }
      position.basis = "the consumer's own position (\(stored.source))"
    }
    let told = failover.progress(of: slot)
    for found in told {
      let isConfirmed = found.isConfirmed(for: slot, in: failover)
      if isConfirmed { position.atLeast = max(found.lsn, position.atLeast ?? .none) }
      position.basis =
        isConfirmed
        ? "the subscriber's replication origin (\(found.source))"
        : position.basis + "; \(found.source) says \(found.lsn), which the primary's WAL does not bear out"
    }
    // Of several, each may be the one that reads from the slot.
    let concerned = told.filter { !$0.lsn.isValid || $0.isConfirmed(for: slot, in: failover) }
    if !concerned.isEmpty, concerned.allSatisfy({ $0.isLast(in: failover) }) { position.atMost = position.atLeast }
    return position
  }
}

/// What a subscriber has applied from one slot, by its own files.
package struct SubscriberProgress: Sendable {
  /// `subslotname`.
  package var slotName: String
  /// Where the subscriber's files come from.
  package var source: String
  /// `subname`.
  package var subscription: String
  /// `dbname` of the subscription's connection; nil where it has none.
  package var databaseName: String?
  /// After the last commit that was applied.
  package var lsn: LSN
  /// Nothing can have been applied that the files do not show: after a clean stop, or where all of the subscriber's WAL
  /// since its last checkpoint was read for commits from that origin.
  package var isExact: Bool
  /// Why it may have gone on all the same, or another reads in its place, a clause; nil where nothing shows it. Then it is the
  /// last by the operator's word alone (``Premise/consumerStopped``).
  package var doubt: String?
  /// The subscription's tables; nil where the files may show them as they were earlier.
  var tables: [SubscribedTables.Table]?
  /// What it asks the publisher for; nil where that is not all known.
  var publications: [String]?
  /// The end of the transaction that it is to leave out; 0/0: none; nil where the files may show it as it was earlier.
  var skipLSN: LSN?

  /// `isPresent`: what is given is the node itself, not what was captured of it.
  static func all(_ subscriber: Evidence, isPresent: Bool = true) -> [SubscriberProgress] {
    guard subscriber.isReadable else { return [] }
    let source = subscriber.origin.source
    return subscriber.subscriptions.compactMap { subscription in
      guard let slotName = subscription.slotName else { return nil }
      // One that was dropped leaves the subscription without a position.
      let origin =
        subscriber.origins.first { $0.name == "pg_\(subscription.oid)" }
        ?? OriginEvidence(originID: 0, name: nil, remoteLSN: nil)
      let (lsn, isExact) = position(of: origin, for: subscription, on: subscriber)
      let isShown = showsCatalogs(of: subscription, subscriber)
      return SubscriberProgress(
        slotName: slotName, source: source, subscription: subscription.name,
        databaseName: subscription.connectionInfo.flatMap { try? ConnectionString($0) }?["dbname"], lsn: lsn,
        isExact: isExact,
        doubt: !isPresent
          ? "\(source) was captured earlier, and may have been started again since"
          : subscription.enabled
            ? nil : "subscription \(subscription.name) of \(source) is disabled, and another may read from its slot",
        tables: isShown ? tables(of: subscription, on: subscriber) : nil,
        publications: subscription.publicationsAreKnown ? subscription.publications : nil,
        skipLSN: subscriber.version?.has(.skippedTransactions) == true
          ? isShown ? subscription.skipLSN : nil : LSN.none)
    }
  }

  /// A standby of the subscriber, which may be further by now, is never exact. Nor is a subscription with two_phase after a
  /// crash: PREPARE and ROLLBACK PREPARED move its origin, too (src/backend/access/transam/twophase.c, xact.c).
  private static func position(
    of origin: OriginEvidence, for subscription: SubscriptionRow, on subscriber: Evidence
  ) -> (LSN, isExact: Bool) {
    var lsn = origin.remoteLSN ?? .none
    guard subscriber.isRunning == false, let control = subscriber.control?.value else { return (lsn, false) }
    switch control.state {
    case .shutDown: return (lsn, lsn.isValid)
    case .shutDownInRecovery, .inArchiveRecovery: return (lsn, false)
    default: guard subscription.twoPhaseState ?? "d" == "d" else { return (lsn, false) }
    }
    for stretch in subscriber.stretches {
      for database in stretch.activity.databases {
        for commit in database.commits where commit.originID == origin.originID {
          lsn = max(lsn, commit.originLSN ?? .none)
        }
      }
    }
    // Set by hand (pg_replication_origin_advance), or dropped: then the commits do not tell.
    let isSet = subscriber.stretches.contains { $0.activity.originsSet?.contains(origin.originID) ?? true }
    guard !isSet, let end = subscriber.wal.end, lsn.isValid, end.isNatural else { return (lsn, false) }
    return (lsn, WALKnowledge(subscriber.stretches).covers(from: control.checkpoint.redo, to: end.lsn))
  }

  /// A commit since the last checkpoint that changed catalogs may have changed those of subscriptions.
  private static func showsCatalogs(of subscription: SubscriptionRow, _ subscriber: Evidence) -> Bool {
    let changes = subscriber.stretches.flatMap(\.activity.databases).contains { database in
      database.concerns(subscription.database)
        && (!database.earlier.isEmpty || database.commits.contains(where: \.changesCatalogs))
    }
    return subscriber.showsItsCatalogs || subscriber.isRunning == false && !changes
  }

  private static func tables(
    of subscription: SubscriptionRow, on subscriber: Evidence
  ) -> [SubscribedTables.Table]? {
    guard !subscriber.hasProblem(with: "catalog"), let all = subscriber.subscribedTables else { return nil }
    // A server that has no rows has no table; of a folder that was not read nothing is known.
    let tables = all.first { $0.database == subscription.database }?.tables
    return (tables ?? (!subscriber.positionsAreLive ? nil : []))?.filter { $0.row.subscription == subscription.oid }
  }

  /// Whether the consumer is no further.
  func isLast(in failover: Failover) -> Bool {
    isExact && (doubt == nil || failover.assumed.contains(.consumerStopped))
  }

  /// A subscription to another publisher can use a slot of the same name.
  func concerns(_ slot: SlotState, in failover: Failover) -> Bool { concerns(slot, of: failover.primary) }

  /// The same of any node with the slot.
  func concerns(_ slot: SlotState, of publisher: Evidence) -> Bool {
    guard slot.plugin == "pgoutput" else { return false }
    guard let databaseName, let name = publisher.databaseName(slot.database) else { return true }
    return databaseName == name
  }

  /// Whether it may read from the slot: a database may have been renamed since the subscription connected, and a pooler has names
  /// of its own for it. A name that another database of the primary has leads to that one.
  func mayConcern(_ slot: SlotState, in failover: Failover) -> Bool {
    slot.plugin == "pgoutput"
      && (concerns(slot, in: failover) || !failover.primary.databases.contains { $0.name == databaseName })
  }

  /// Whether what the subscriber says fits the primary's WAL. Its position is the end of a commit record there; it may lie
  /// before the slot's confirmed_flush only where nothing was committed between the two that it could have applied since.
  /// Otherwise these are the files of another publisher's subscriber, or older ones.
  func isConfirmed(for slot: SlotState, in failover: Failover) -> Bool {
    guard lsn.isValid else { return false }
    if lsn < slot.confirmedFlush {
      return failover.subscribed(slot, from: lsn, to: slot.confirmedFlush).isEmpty
    }
    return lsn == slot.confirmedFlush || failover.changes.hasCommit(in: slot.database, endingAt: lsn)
  }
}

extension Evidence {
  /// The control file and the version, without which nothing else means anything, are sound.
  package var isReadable: Bool { version != nil && control?.value.checksumMatches == true }
}
