import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// What fills the WAL folder beside slots, who pins rows, and which transactions hold a slot.
@Suite struct AccountRulesTests {
  private func findings(_ change: (inout Evidence) -> Void) -> [Finding] {
    var node = SamplePair().primary
    node.wal.archiveReadyCount = 0
    change(&node)
    return Inspection(node).findings
  }

  private func message(_ id: String, _ change: (inout Evidence) -> Void) -> String? {
    findings(change).first { $0.id == id }?.message
  }

  @Test func theArchiver() throws {
    func message(_ ready: Int, mode: String = "on", command: String = "test ! -f /a/%f && /usr/bin/cp %p /a/%f")
      -> String?
    {
      self.message("archiver.waits") { node in
        node.set("archive_mode", mode)
        node.set("archive_command", command)
        node.wal.archiveReadyCount = ready
        var queue = ArchiveQueue()
        (queue.first, queue.since) = ("000000010000000000000007", Timestamp(unixSeconds: 1_700_000_000))
        node.wal.archiveQueue = queue
      }
    }
    let found = try #require(message(12))
    #expect(found.contains("12 files wait") && found.contains("000000010000000000000007 since 2023-11-14"), "\(found)")
    #expect(found.contains("archive_command runs test && cp"), "\(found)")
    #expect(message(2) == nil && message(12, mode: "off") == nil)
    #expect(message(1, command: "")?.contains("neither a command nor a library") == true)
    // Nothing of the command but its programs is told: it may hold a secret.
    #expect(message(3, command: "PGPASSWORD=secret push --key secret %p")?.contains("secret") == false)
    #expect(message(3, command: "/x/$(evil) %p")?.contains("archive_command runs a command") == true)
  }

  @Test func whatAnArchiveHasAlready() {
    func found(
      _ likeness: ArchivedTimelines.Likeness?, command: String = "cp %p /a/%f",
      _ soundness: ArchivedTimelines.Soundness? = nil
    ) -> Finding? {
      findings { node in
        node.set("archive_mode", "on")
        node.set("archive_command", command)
        (node.wal.archiveReadyCount, node.wal.archiveQueue) = (1, ArchiveQueue())
        node.wal.archiveQueue?.first = "000000010000000000000007"
        var archive = ArchivedTimelines(path: "/a")
        archive.waiting = likeness.map { .init(path: "/a/000000010000000000000007", likeness: $0) }
        archive.waiting?.soundness = soundness
        node.archives = [archive]
      }
      .first { $0.id.hasPrefix("archiver.exists") }
    }
    #expect(found(nil) == nil && found(.same, command: "") == nil)
    #expect(found(.same)?.ruleName == "archiver.exists" && found(.same)?.severity == .warning)
    #expect(found(.incomplete)?.ruleName == "archiver.exists.in-part" && found(.incomplete)?.severity == .error)
    #expect(found(.different)?.ruleName == "archiver.exists.other" && found(.different)?.severity == .error)
    // Which of two copies is whole.
    let damage = SegmentSoundness.damaged(WALStop(.badChecksum, at: LSN(0x700100)))
    let lost = found(.different, .init(archived: damage, own: .whole))
    #expect(lost?.ruleName == "archiver.exists.damaged" && lost?.message.contains("0/00700100") == true)
    let own = found(.different, .init(archived: .ends(at: LSN(0x700200)), own: damage))
    #expect(own?.ruleName == "archiver.exists.other" && own?.message.contains("node's own is damaged") == true)
    let both = found(.different, .init(archived: .whole, own: .whole))
    #expect(both?.ruleName == "archiver.exists.other" && both?.message.contains("as whole as") == true)
    for one in [SegmentSoundness.unknown, damage] {
      let open = found(.different, .init(archived: one, own: one))
      #expect(open?.ruleName == "archiver.exists.other" && open?.message.contains("whole") == false)
    }
  }

  @Test func whatWaitsAndIsNotHere() {
    func message(_ count: Int) -> String? {
      self.message("archiver.orphan") { node in
        var queue = ArchiveQueue()
        (queue.first, queue.orphan, queue.orphanCount) = ("A", count > 0 ? "A" : nil, count)
        (node.wal.archiveQueue, node.wal.archiveReadyCount) = (queue, 1)
      }
    }
    #expect(message(1)?.hasPrefix("1 file waits") == true && message(0) == nil)
  }

  @Test func checkpointsThatDoNotCome() {
    func message(_ size: String, state: ClusterState = .inProduction) -> String? {
      self.message("wal.checkpoint-late") { node in
        node.control?.value.state = state
        node.control?.value.checkpoint.redo = LSN(SamplePair.end.rawValue - (5 << 20))
        node.set("max_wal_size", size)
      }
    }
    #expect(message("4MB")?.contains("5 MB of WAL ago") == true)
    #expect(message("6MB") == nil && message("4MB", state: .shutDown) == nil)
  }

  @Test func filesThatAreNoWAL() {
    func message(_ bytes: UInt64, _ kind: WALFolderContents.Stray.Kind = .stays) -> String? {
      self.message("wal.strays") { node in
        var contents = WALFolderContents()
        (contents.strayBytes, contents.strayCount) = (bytes, 1)
        contents.strays = [.init(path: "pg_wal/xlogtemp.1", bytes: bytes, kind: kind)]
        node.wal.contents = contents
      }
    }
    #expect(message(9 << 20)?.contains("pg_wal/xlogtemp.1 (9 MB)") == true)
    #expect(message(9 << 20, .removedByStart)?.contains("removes 9 MB of them") == true)
    #expect(message(1000) == nil)
  }

  @Test func rowsThatStay() throws {
    func message(xmin: UInt32 = 0, catalog: UInt32 = 0, next: UInt32) -> String? {
      self.message("rows.pinned") { node in
        var state = SamplePair.slot("orders")
        (state.xmin, state.catalogXmin) = (TransactionID(xmin), TransactionID(catalog))
        node.slots = [SamplePair.evidence(state)]
        node.control?.value.checkpoint.nextXID = FullTransactionID(epoch: 0, xid: next)
      }
    }
    let found = try #require(message(xmin: 739, next: 120_742))
    #expect(found.contains("120003 transactions have come since, since before"), "\(found)")
    #expect(message(xmin: 739, next: 839) == nil && message(catalog: 739, next: 120_742) == nil)
    #expect(message(catalog: 739, next: 20_000_000)?.contains("catalog rows") == true)
    // The number wraps around.
    #expect(message(xmin: .max - 10, next: 200_000)?.contains("200011 transactions") == true)
  }

  /// What a server alone can say is not asked of one; who pins rows comes from its slots.
  @Test func theOrderOfThosePinningRows() {
    var node = SamplePair().primary
    var (one, other) = (SamplePair.slot("orders"), SamplePair.slot("other"))
    (one.catalogXmin, other.catalogXmin, other.xmin) = (TransactionID(700), TransactionID(600), TransactionID(650))
    node.slots = [one, other].map { SamplePair.evidence($0) }
    node.control?.value.checkpoint.nextXID = FullTransactionID(epoch: 0, xid: 800)
    let rows = PinnedRows.all(node, next: TransactionID(800))
    #expect(rows.map(\.age) == [200, 150, 100] && rows.map(\.isCatalogOnly) == [true, false, true])
  }

  // MARK: Transactions

  /// Two segments before the end.
  private static let restart = LSN(0x0E0_0100)

  private func held(_ change: (inout SlotState, inout Evidence) -> Void = { _, _ in }) -> Finding? {
    findings { node in
      var state = SamplePair.slot("orders")
      (state.restartLSN, state.confirmedFlush) = (Self.restart, SamplePair.end)
      node.wal.segmentSize = 1 << 20
      node.wal.live = [
        SegmentRun(
          timeline: TimelineID(1), first: SegmentNumber(containing: Self.restart, size: 1 << 20),
          last: SegmentNumber(containing: SamplePair.end, size: 1 << 20))
      ]
      node.control?.value.state = .inProduction
      var replay = ReplayEvidence(from: SamplePair.end)
      replay.running = RunningNow(
        lsn: SamplePair.end, oldestRunningXID: TransactionID(726), count: 2,
        xids: [TransactionID(726), TransactionID(727)])
      replay.prepared = [PreparedInWAL(xid: TransactionID(727), gid: "stuck'17")]
      node.wal.replay = replay
      var trace = TransactionTrace(xid: TransactionID(726))
      (trace.first, trace.relationName) = (Self.restart, "public.u")
      node.wal.traces = [trace]
      change(&state, &node)
      node.slots = [SamplePair.evidence(state)]
    }.first { ["slot.restart-held", "slot.creation-waits"].contains($0.id) }
  }

  @Test func transactionsThatHoldASlotWhoseConsumerHasEverything() throws {
    let found = try #require(held())
    #expect(found.message.contains("prepared transaction 727 'stuck''17'"), "\(found.message)")
    #expect(found.message.contains("transaction 726 (since \(Self.restart), wrote to public.u)"))
    #expect(found.remedy?.contains("ROLLBACK PREPARED 'stuck''17'") == true)
    #expect(found.remedy?.contains("Do not drop the slot") == true && found.remedy?.contains("crash") == true)
    // One that began after what the consumer has confirmed holds nothing.
    let later = held { _, node in
      node.wal.replay?.prepared = []
      node.wal.traces?[0].first = SamplePair.end.advanced(by: 8)
    }
    #expect(later == nil)
    #expect(held { _, node in node.wal.replay?.running?.xids = [] } == nil)
    // A consumer that has not confirmed what came since holds its slot itself.
    #expect(held { state, _ in state.confirmedFlush = Self.restart } == nil)
  }

  @Test func whatTheCreationOfASlotWaitsFor() throws {
    let found = try #require(held { state, _ in (state.confirmedFlush, state.persistency) = (.none, .ephemeral) })
    #expect(found.id == "slot.creation-waits" && found.message.contains("transaction 726"))
    #expect(found.remedy?.contains("drop") == false)
  }
}
