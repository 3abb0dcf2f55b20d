import Evidence
@testable import PostgresFormat
import SlotSafety
import Testing

/// A subscription that asks for what the new primary does not have.
@Suite struct PublicationsPresentTests {
  /// The consumer stopped within what the standby has; the primary committed something past it.
  private func verdict(
    _ publications: [String], on standby: [String]?, changesCatalogs: Bool = true, copied: LSN? = SamplePair.confirmed,
    _ change: (inout SamplePair) -> Void = { _ in }
  ) throws -> Verdict {
    var pair = SamplePair.withPrimaryAhead()
    pair.commit(at: LSN(0x100_0900))
    pair.commit(at: LSN(0x100_1800))
    if changesCatalogs {
      let place = try #require(
        pair.primary.stretches[0].activity.databases[0].commits.firstIndex { $0.start == LSN(0x100_1800) })
      pair.primary.stretches[0].activity.databases[0].commits[place].changesCatalogs = true
    }
    pair.subscribers = [SamplePair.subscriber(at: LSN(0x100_0930), copied: copied)]
    pair.subscribers[0].subscriptions[0].publications = publications
    pair.standby.publications = standby?.map {
      PublicationEvidence(database: SamplePair.database, name: $0, insertedBy: nil)
    }
    change(&pair)
    return try #require(pair.orders).verdict
  }

  @Test func aPublicationThatTheStandbyLacksIsARisk() throws {
    #expect(try verdict(["a", "b"], on: ["a", "b"]) == .ready)
    #expect(try verdict(["a", "b"], on: ["a"]) == .atRisk)
    #expect(try verdict(["a"], on: nil) == .atRisk)
    // Nobody changed catalogs past the standby's end.
    #expect(try verdict(["a", "b"], on: ["a"], changesCatalogs: false) == .ready)
    #expect(try verdict(["a"], on: nil, changesCatalogs: false) == .ready)
  }

  @Test func whatIsNotKnownIsNotThere() throws {
    #expect(
      try verdict([], on: ["a"]) { $0.subscribers[0].subscriptions[0].publicationsAreKnown = false } == .atRisk)
    #expect(
      try verdict(["a"], on: ["a"]) { pair in
        pair.standby.publications = [PublicationEvidence(database: OID(6), name: "a", insertedBy: nil)]
      } == .atRisk)
  }

  /// Since when a table that was not copied is in the publication, no position tells.
  @Test func aTableThatWasNotCopiedMayBeYounger() throws {
    func verdict(changesCatalogs: Bool) throws -> Verdict {
      try self.verdict(["a"], on: ["a"], changesCatalogs: changesCatalogs, copied: nil) {
        $0.assumed = [.rowsNotLater]
      }
    }
    #expect(try verdict(changesCatalogs: true) == .atRisk)
    #expect(try verdict(changesCatalogs: false) == .ready)
  }

  /// A row filter, a table, an operation: by name the publication is there, and it is another one. No subscriber need be given.
  @Test func aPublicationThatWasAlteredIsARisk() throws {
    func altered(_ isOfPublications: Bool?, _ change: (inout SamplePair) -> Void = { _ in }) throws -> Verdict {
      try verdict(["a"], on: ["a"]) { pair in
        let commits = pair.primary.stretches[0].activity.databases[0].commits
        for index in commits.indices where commits[index].start == LSN(0x100_1800) {
          pair.primary.stretches[0].activity.databases[0].commits[index].changesPublications = isOfPublications
        }
        change(&pair)
      }
    }
    #expect(try altered(nil) == .ready)
    #expect(try altered(true) == .atRisk)
    #expect(
      try altered(true) { pair in
        for node in [\SamplePair.primary, \SamplePair.standby] {
          pair[keyPath: node].changeSlot("orders") { $0.plugin = "test_decoding" }
        }
        pair.subscribers = []
      } != .ready)
  }

  /// What was captured while the primary ran shows no publication that was made later; the subscription does.
  @Test func aCaptureDoesNotShowALaterPublication() throws {
    func captured(_ publications: [String], isPresent: Bool = false) throws -> Verdict {
      var pair = SamplePair()
      RuleCoverageTests.running(&pair)
      pair.subscribers = [SamplePair.subscriber(at: SamplePair.confirmed)]
      pair.subscribers[0].subscriptions[0].publications = publications
      pair.standby.publications = [PublicationEvidence(database: SamplePair.database, name: "a", insertedBy: nil)]
      let audit = Audit(
        primary: pair.primary, standbys: [pair.standby], subscribers: pair.subscribers, assumed: [.primaryDown],
        event: .crash, primaryIsPresent: isPresent)
      return try #require(audit.assessments().first?.slots.first { $0.slotName == "orders" }).verdict
    }
    #expect(try captured(["a"]) == .ready)
    #expect(try captured(["a", "b"]) == .atRisk)
  }
}
