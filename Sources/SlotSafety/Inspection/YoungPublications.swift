package import Evidence
package import PostgresFormat

/// Publications that are younger than the position of a slot whose consumer may ask for them.
///
/// Decoding goes by the catalogs of the time of each change. For a change of before the publication was made, pgoutput does not
/// find it: up to 17 decoding fails there for ever, from 18 on the change is left out (`LoadPublications`,
/// src/backend/replication/pgoutput/pgoutput.c).
package enum YoungPublications {
  static let unit = RuleUnit(
    .note, .nodeSlot([.valid], check),
    rules: Rule(
      .slotPublicationYounger, from: .v10, .warning,
      "Some publication of the slot's database is older than the slot's position."),
    Rule(
      .slotPublicationsOlder, from: .v10, .info,
      "Every publication of the slot's database is older than the slot's position."))

  /// The oldest position from which such a slot reads; nil where no publication is young.
  package static func start(_ evidence: Evidence) -> LSN? {
    let slots = slots(evidence).filter { slot in
      (evidence.publications ?? []).contains { $0.database == slot.database && isYoung($0, slot) }
    }
    return slots.map(\.restartLSN).min()
  }

  /// Whether the publication was made after the oldest catalogs that some slot of its database reads.
  package static func mayBeYoung(_ publication: PublicationEvidence, _ evidence: Evidence) -> Bool {
    slots(evidence).contains { $0.database == publication.database && isYoung(publication, $0) }
  }

  private static func slots(_ evidence: Evidence) -> [SlotState] {
    evidence.slots.compactMap(\.state).filter {
      $0.isUsable && $0.isLogical && $0.plugin == "pgoutput" && $0.confirmedFlush.isValid
        && TableSynchronizationSlotName($0.name) == nil
    }
  }

  private static func isYoung(_ publication: PublicationEvidence, _ slot: SlotState) -> Bool {
    publication.insertedBy.map { !$0.precedes(slot.catalogXmin) } ?? false
  }

  private static func check(_ slot: SlotInspection, _ node: Inspection) -> Outcome? {
    guard let state = slot.evidence.state, state.plugin == "pgoutput", node.evidence.walWasRead,
      slot.identity.map({ if case .tableSynchronization = $0 { false } else { true } }) == true
    else { return nil }
    let all = (node.evidence.publications ?? []).filter { $0.database == state.database }
    let young = all.filter { $0.since.map { $0 > state.confirmedFlush } ?? false }
    guard let last = young.compactMap(\.since).max() else { return nil }
    let skips = node.evidence.version?.has(.missingPublicationSkipped) == true
    let names = young.prefix(5).map(\.name).joined(separator: ", ") + (young.count > 5 ? ", …" : "")
    let what =
      skips
      ? "is not sent the changes of before, with no more than a warning in the server's log"
      : "fails at the first change of before with \"publication … does not exist\", each time anew"
    let one = young.count == 1
    return .note(
      Finding(
        young.count == all.count ? .slotPublicationYounger : .slotPublicationsOlder, slot: slot.name,
        "Publication\(one ? "" : "s") \(names) \(one ? "was" : "were") made at \(last), after the position of slot \(slot.name) (\(state.confirmedFlush)): a consumer that asks for \(one ? "it" : "them") \(what).",
        facts: young.prefix(20).map { publication in
          Fact(
            "publication \(publication.name) since \(publication.since ?? .none)",
            path: node.evidence.wal.path ?? "pg_wal")
        }
          + [
            Fact(
              "confirmed_flush_lsn \(state.confirmedFlush)", path: slot.evidence.path,
              offset: node.evidence.slotOffset(of: SlotState.Fields.confirmedFlush))
          ],
        remedy:
          "If its consumer does not need the changes before \(last), or has copied them, advance the slot to there (pg_replication_slot_advance); else make the slot anew and copy."
      ))
  }
}
