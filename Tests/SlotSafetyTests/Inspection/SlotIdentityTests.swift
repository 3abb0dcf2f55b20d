import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// Whose slot it is, and whether its consumer goes on.
@Suite struct SlotIdentityTests {
  private func found(
    _ version: ServerVersion = .v17, standby: Bool = false, _ change: (inout SlotState, inout Evidence) -> Void
  ) throws -> (identity: String?, findings: [Finding]) {
    let pair = SamplePair(version)
    var node = standby ? pair.standby : pair.primary
    var state = SamplePair.slot("orders")
    (state.restartLSN, state.confirmedFlush) = (SamplePair.end, SamplePair.end)
    change(&state, &node)
    node.slots = [SamplePair.evidence(state)]
    let inspection = Inspection(node)
    let slot = try #require(inspection.slots.first)
    return (slot.identity?.word, inspection.findings.filter { $0.slotName == state.name })
  }

  @Test func ordinarySlots() throws {
    #expect(try found { _, _ in }.identity == "consumer")
    #expect(
      try found { state, _ in (state.database, state.plugin, state.confirmedFlush) = (.none, "", .none) }.identity
        == "follower")
    #expect(try found(standby: true) { state, _ in state.synced = false }.identity == "standbys_own")
    #expect(try found(standby: true) { state, _ in state.synced = true }.identity == "synchronized")
    #expect(try found { state, _ in state.persistency = .temporary }.identity == "temporary")
    #expect(try found { state, _ in state.confirmedFlush = .none }.identity == "unfinished")
    #expect(
      try found(.v19) { state, _ in
        (state.name, state.database, state.plugin) = ("pg_conflict_detection", .none, "")
        (state.restartLSN, state.confirmedFlush) = (.none, .none)
      }.identity == "conflict_detection")
  }

  @Test func aTableSynchronizationIsNoConsumer() throws {
    let copy = try found { state, _ in
      (state.name, state.plugin) = ("pg_16396_sync_16391_7713302246070122187", "pgoutput")
    }
    #expect(copy.identity == "table_synchronization" && copy.findings.map(\.id) == ["slot.table-synchronization"])
    #expect(copy.findings.first?.message.contains("subscription 16396 of the cluster 7713302246070122187") == true)
    // Another plugin's slot may have any name.
    #expect(
      try found { state, _ in (state.name, state.plugin) = ("pg_16396_sync_16391_7713302246070122187", "wal2json") }
        .identity == "consumer")
  }

  @Test func slotsThatCameAlong() throws {
    let copy = try found { _, node in node.startFiles.backupLabelPresent = true }
    #expect(copy.identity == "came_along" && copy.findings.contains { $0.id == "slot.came-along" })
    // While an exclusive backup is taken, the label is the server's own.
    let running = try found(.v13) { _, node in
      node.startFiles.backupLabelPresent = true
      (node.startFiles.postmasterPIDPresent, node.startFiles.postmasterAlive) = (true, true)
    }
    #expect(running.identity == "consumer")
    let stopped = try found(.v13) { _, node in node.startFiles.backupLabelPresent = true }
    #expect(stopped.findings.first { $0.id == "slot.came-along" }?.message.contains("exclusive backup") == true)
  }

  @Test func slotsOfBeforeTheTimeline() throws {
    func at(_ begin: LSN, synced: Bool? = nil) throws -> String? {
      try found { state, node in
        state.synced = synced
        node.control?.value.checkpoint.timeline = TimelineID(2)
        node.timelines = [
          Located(
            TimelineHistory(
              timeline: TimelineID(2), ancestors: [.init(timeline: TimelineID(1), switchPoint: begin, reason: "")]),
            path: "pg_wal/00000002.history")
        ]
      }.identity
    }
    #expect(try at(SamplePair.end.advanced(by: 8)) == "before_timeline")
    #expect(try at(SamplePair.end) == "consumer")
    #expect(try at(SamplePair.end.advanced(by: 8), synced: true) == "consumer", "its consumer goes on from there")
  }

  // MARK: Databases

  @Test func aSlotWhoseDatabaseIsQuiet() throws {
    func quiet(_ database: OID?, to: UInt64 = 2 << 20) throws -> Bool {
      try found { state, node in
        let end = SamplePair.end.advanced(by: to)
        node.stretches = []
        node.wal.live[0].last = SegmentNumber(containing: end, size: 1 << 20)
        node.setEnd(end)
        if let database { node.commit(at: SamplePair.end.advanced(by: 64), in: database) }
        _ = state
      }.findings.contains { $0.ruleName == "slot.quiet-database" }
    }
    #expect(try quiet(nil) && quiet(OID(77)))
    #expect(try !quiet(SamplePair.slot("orders").database))
    #expect(try !quiet(nil, to: 4096), "less than a segment")
  }

  // MARK: Publications

  private func publications(_ since: [LSN?], in version: ServerVersion = .v17) throws -> [Finding] {
    try found(version) { state, node in
      state.plugin = "pgoutput"
      state.catalogXmin = TransactionID(700)
      node.publications = since.enumerated().map { index, since in
        PublicationEvidence(
          database: state.database, name: "p\(index)", insertedBy: since == nil ? nil : TransactionID(710), since: since
        )
      }
    }.findings.filter { $0.id == "slot.publication-younger" }
  }

  @Test func aPublicationThatIsYoungerThanTheSlot() throws {
    let after = SamplePair.end.advanced(by: 64)
    let found = try #require(try publications([after]).first)
    #expect(found.severity == .warning && found.message.contains("made at \(after)"), "\(found)")
    #expect(found.message.contains("fails at the first change"))
    #expect(try publications([after], in: .v18).first?.message.contains("is not sent the changes") == true)
    #expect(try publications([SamplePair.end]).isEmpty && publications([nil]).isEmpty && publications([]).isEmpty)
    // Its consumer may well ask for the older one.
    #expect(try publications([after, nil]).first?.severity == .info)
  }

  /// What a slot sends next is not told without it either.
  @Test func theLedgerOfASlotNamesIt() throws {
    var node = SamplePair().primary
    var state = SamplePair.slot("orders")
    (state.plugin, state.catalogXmin) = ("pgoutput", TransactionID(700))
    node.slots = [SamplePair.evidence(state)]
    #expect(try LedgerScope.slot("orders", of: node, to: nil).youngPublications == nil)
    node.publications = [
      PublicationEvidence(
        database: state.database, name: "p", insertedBy: TransactionID(710), since: SamplePair.end.advanced(by: 64))
    ]
    let found = try LedgerScope.slot("orders", of: node, to: nil).youngPublications
    #expect(found?.message.contains("Publication p was made at") == true)
  }

  @Test func whichPublicationsAreLookedFor() {
    var node = SamplePair().primary
    var state = SamplePair.slot("orders")
    (state.plugin, state.catalogXmin) = ("pgoutput", TransactionID(700))
    node.slots = [SamplePair.evidence(state)]
    func start(_ xid: UInt32?) -> LSN? {
      node.publications = [
        PublicationEvidence(database: state.database, name: "p", insertedBy: xid.map { TransactionID($0) })
      ]
      return YoungPublications.start(node)
    }
    #expect(start(699) == nil && start(nil) == nil && start(700) == state.restartLSN)
  }
}
