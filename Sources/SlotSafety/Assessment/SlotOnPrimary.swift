import Evidence
import PostgresFormat

/// The files of a slot can be read, and its creation came to an end.
enum SlotFiles {
  static let unit = RuleUnit(
    .situation, .slot([.unreadable, .creating, .copyUnreadable], check),
    rules: Rule(
      .a04Slot, .error, "The slot's files on both nodes can be read, and it was made to the end.",
      "Make the file readable, or give another copy or an evidence file of it."))

  private static func check(_ c: SlotCase) -> Outcome? {
    let path = c.evidence.path
    switch c.situation {
    case .unreadable:
      return c.fails(
        .unknown, "the primary's file of it cannot be read", .a04Slot, "The primary's \(path) cannot be read.",
        [Fact(c.failover.primaryProblems.damage(of: path), path: path, node: "primary")],
        "Make the primary's \(path) readable, or give an older evidence file of the primary.")
    case .creating:
      return c.fails(
        .unknown, "the primary was still making it", .a04Slot, "\(c.slot.name) has no confirmed position yet.",
        [c.onPrimary.confirmedFlush],
        "Let its creation end, which waits for the transactions that were open then; or drop it and make it anew.")
    default:
      guard let path = c.copyEvidence?.path else { return nil }
      return c.fails(
        .unknown, "the standby's file of it cannot be read", .a04Slot,
        "The standby's \(path) cannot be read; the standby would not start with it.",
        [Fact(c.failover.standbyProblems.damage(of: path), path: path, node: "standby")],
        "Move the folder of \(path) out of the standby's directory, start the standby, and make the slot anew.")
    }
  }
}

/// Temporary slots never take part in a failover.
enum TemporarySlot {
  static let unit = RuleUnit(
    .situation,
    .slot([.temporary]) { c in
      .fails(
        .lost, "temporary: it ends with its session, by design",
        c.finding(.a06, "\(c.slot.name) is temporary; it never takes part in a failover.", [c.onPrimary.persistency])
          .situated(.l15, remedy: Rule.find(.a06).remedy))
    },
    rules: Rule(
      .a06, .info, "The primary's slot outlives its session; temporary slots never take part in a failover.",
      "Nothing to do; the client makes a new one."),
    Rule(.l15, .info, "A temporary slot: it ends with its session, by design.", "Nothing to do."))
}

/// A slot that the primary has invalidated. Where the standby has a valid one under its name, the invariants decide.
enum InvalidSlot {
  static let unit = RuleUnit(
    .situation, .slot([.invalidated, .present, .ownNode], check),
    rules: Rule(
      .a05, .error,
      "The primary's slot is valid; a promotion cannot save one that was invalidated.",
      "Drop the slot and resynchronize its consumer."),
    Rule(
      .l13, .error, "The slot was invalidated on the primary: its consumer has lost its place.",
      "Drop the slot and resynchronize its consumer."))

  private static func check(_ c: SlotCase) -> Outcome? {
    guard let cause = c.slot.invalidation?.rawValue else { return nil }
    let facts = [c.onPrimary.invalidation]
    guard c.situation == .invalidated else {
      return .note(c.finding(.a05, "The primary's \(c.slot.name) is invalid: \(cause).", facts))
    }
    return .fails(
      .lost, "invalidated on the primary (\(cause))",
      c.finding(
        .a05, "The primary's \(c.slot.name) is invalid: \(cause). Its consumer has lost its place.", facts
      ).situated(.l13))
  }
}

/// The slot's database is on the standby, where its catalog could be read, or comes with what the standby replays.
enum DatabasePresent {
  static let unit = RuleUnit(
    .identity, .slot(Set<Situation>.withoutCopy.union([.present, .ownNode]), check),
    rules: Rule(
      .l16, .error, "The slot's database is not on the standby.",
      "Let the standby replay CREATE DATABASE, or check that it is of this cluster."))

  private static func check(_ c: SlotCase) -> Outcome? {
    let standby = c.failover.standby
    let replayed = standby.stretches.flatMap(\.activity.databaseChanges).last {
      $0.database == c.slot.database && $0.lsn < c.failover.standbyEnd
    }
    guard !standby.databases.isEmpty, standby.databaseName(c.slot.database) == nil, replayed?.operation != .create
    else { return nil }
    // The catalog on disk lags behind what was replayed, so its absence alone proves no loss.
    return c.fails(
      .atRisk, "its database is not on the standby", .l16,
      "The standby's pg_database does not have the database of \(c.slot.name) (\(c.slot.database)).",
      [c.onPrimary.database, Fact("no such database", path: "global", node: "standby")])
  }
}

/// Where every other rule holds: how the slot came to the standby, and how far it lags.
enum CompleteCopy {
  static let unit = RuleUnit(
    .situation, .slotWhereAllHold([.present, .ownNode, .alone], check),
    rules: Rule(
      .l01, from: .v17, .info,
      "A synchronized, persistent slot, and the standby has all that the consumer can have.",
      "Promote; look at the slot afterwards."),
    Rule(
      .l07, from: .v16, .info,
      "A slot made by hand that starts at or before its consumer, and the standby has all that the consumer can have.",
      "Promote, or keep advancing the slot until then."))

  private static func check(_ c: SlotCase) -> Outcome? {
    guard c.situation != .ownNode, let copy = c.copy else {
      return .holds("this node was the primary, and the slot is its own")
    }
    let origin = copy.synced == true ? "synchronized" : "made by hand"
    guard c.situation == .present else { return .holds(origin) }
    // A subscription that has applied nothing yet and a reader through SQL functions start where the slot does.
    let again = c.changes(from: copy.confirmedFlush, to: c.slot.confirmedFlush)
    let back =
      again.isEmpty ? "" : "; a consumer that keeps no position of its own would be sent \(again.sentence) again"
    let facts = [c.onStandby.confirmedFlush]
    return .holds(
      again.isEmpty
        ? origin : "\(origin), \(again.isComplete ? again.sentence : "\(ByteCount.text(again.bytes)) of WAL") behind",
      notes: [
        copy.synced == true
          ? c.finding(.l01, "\(c.slot.name) is synchronized and complete\(back).", facts)
          : c.finding(.l07, "\(c.slot.name) on the standby is complete\(back).", facts)
      ])
  }
}
