import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// Decisions on evidence made by hand: the sample pair, of which the standby was promoted at its end.
@Suite struct RejoinTests {
  /// The old primary ends at the fork or past it; the new primary has all WAL.
  static func sample(_ version: ServerVersion = .v17, past: UInt64 = 0, state: ClusterState = .shutDown) -> RejoinCase {
    let pair = SamplePair(version)
    var (old, new) = (pair.primary, pair.standby)
    let fork = LSN(0x100_1000)
    old.control?.value.state = state
    old.control?.value.checkpointLSN = LSN(0x100_0400)
    old.control?.value.checkpoint.redo = LSN(0x100_0400)
    old.control?.value.dataChecksumVersion = 1
    old.setEnd(LSN(fork.rawValue + past))
    new.startFiles.standbySignal = false
    new.control?.value.state = .inProduction
    new.control?.value.checkpoint.timeline = TimelineID(2)
    new.timelines = [
      Located(
        TimelineHistory(
          timeline: TimelineID(2),
          ancestors: [TimelineHistory.Entry(timeline: TimelineID(1), switchPoint: fork, reason: "")]),
        path: "pg_wal/00000002.history")
    ]
    new.setEnd(LSN(0x100_2000))
    let size = old.wal.segmentSize ?? 1 << 20
    let number = SegmentNumber(containing: fork, size: size)
    for (timeline, keyPath) in [(1, 0), (2, 1)] as [(UInt32, Int)] {
      let run = SegmentRun(timeline: TimelineID(timeline), first: number, last: number)
      if keyPath == 0 { old.wal.live = [run] } else { new.wal.live = [run] }
    }
    (old.wal.path, new.wal.path) = ("pg_wal", "pg_wal")
    (old.settings.mainFile, new.settings.mainFile) = ("postgresql.conf", "postgresql.conf")
    var one = RejoinCase(old: old, new: new)
    one.facts.end = old.wal.end?.lsn
    one.facts.lastCommonCheckpoint = RejoinWAL.CommonCheckpoint(
      lsn: LSN(0x100_0400), redo: LSN(0x100_0400), timeline: TimelineID(1))
    (one.facts.commits, one.facts.commitsAreComplete) = (past > 0 ? 3 : 0, true)
    return one
  }

  @Test func whatEndsAtTheForkFollows() {
    for state in [ClusterState.shutDown, .inProduction] {
      let rejoin = Rejoin(Self.sample(state: state))
      #expect(rejoin.way == .follow, "\(rejoin.reason)")
      #expect(rejoin.lost?.transactions == 0)
    }
    #expect(Rejoin(Self.sample()).rewind.message == "no rewind required")
  }

  /// Values of a configuration file that somebody forged become no more of a connection string, nor another line.
  @Test(arguments: ["5432 host=evil", "0", "65536", "-1", "x", "5432'"])
  func aPortIsANumber(port: String) {
    var one = Self.sample(past: 0x100)
    one.new.settings.assignments.append(
      SettingAssignment(name: "port", value: port, path: "postgresql.conf", line: 1))
    let rejoin = Rejoin(one)
    let typed = rejoin.steps.flatMap(\.commands) + rejoin.settings.map(\.wanted)
    #expect(typed.contains { $0.contains("port=5432 user") } && !typed.contains { $0.contains("evil") }, "\(typed)")
  }

  @Test(arguments: ["x\narchive_command = 'y'", "a b", "A", "x'; --"])
  func aSlotIsNamedAsSlotsAre(name: String) {
    var one = Self.sample(past: 0x100)
    one.old.settings.assignments.append(
      SettingAssignment(name: "primary_slot_name", value: name, path: "postgresql.conf", line: 1))
    #expect(one.returnSlot == "rejoined")
  }

  @Test func whatWentPastItIsRewound() {
    let rejoin = Rejoin(Self.sample(past: 0x100))
    #expect(rejoin.way == .rewind && rejoin.rewind.possible == true, "\(rejoin.reason)")
    #expect(rejoin.rewind.message == "Done!" && rejoin.lost?.transactions == 3)
    #expect(rejoin.slots.allSatisfy { $0.effect == .removed } && rejoin.blockingSlots.isEmpty)
  }

  @Test func withoutHintsOrChecksumsItIsRebuilt() {
    var one = Self.sample(past: 0x100)
    one.old.control?.value.dataChecksumVersion = 0
    one.old.control?.value.walLogHints = false
    #expect(Rejoin(one).way == .rebuild)
    one.old.control?.value.walLogHints = true
    #expect(Rejoin(one).way == .rewind)
    // 19 switches checksums while the server runs: on their way they do not count.
    one.old.control?.value.walLogHints = false
    one.old.control?.value.dataChecksumVersion = 3
    #expect(Rejoin(one).way == .rebuild)
  }

  @Test func theNewPrimaryMustHaveTheSegmentOfTheFork() {
    var one = Self.sample()
    one.new.wal.live = []
    let rejoin = Rejoin(one)
    #expect(rejoin.way == .rebuild && rejoin.findings.contains { $0.rule == .rejoinNewWAL })
    one.new.wal.path = nil
    #expect(Rejoin(one).way == .open)
  }

  @Test func twoPromotionsToOneTimelineAreRebuiltWhateverPgRewindSays() {
    var one = Self.sample(past: 0x100)
    one.old.control?.value.checkpoint.timeline = TimelineID(2)
    one.old.timelines = [
      Located(
        TimelineHistory(
          timeline: TimelineID(2),
          ancestors: [TimelineHistory.Entry(timeline: TimelineID(1), switchPoint: LSN(0x100_1080), reason: "")]),
        path: "pg_wal/00000002.history")
    ]
    let rejoin = Rejoin(one)
    #expect(rejoin.way == .rebuild && rejoin.rewind.message == "no rewind required")
  }

  /// A slot of the old primary with the name of a failover slot stops synchronization, whether it is one itself or not.
  @Test func leftoversStopSynchronization() {
    var one = Self.sample()
    one.old.slots = [
      Self.slot("cdc", failover: true), Self.slot("other", failover: false),
      Self.slot("synced", failover: true, synced: true),
    ]
    one.new.slots = [Self.slot("cdc", failover: true, synced: true), Self.slot("synced", failover: true)]
    let rejoin = Rejoin(one)
    #expect(rejoin.blockingSlots == ["cdc"] && rejoin.pinningSlots == ["cdc", "other"])
    #expect(rejoin.slots.first { $0.name == "synced" }?.effect == .takenOver)
    #expect(rejoin.steps.contains { $0.commands.contains { $0.contains("pg_drop_replication_slot") } })
    one.old.slots = [Self.slot("cdc", failover: false)]
    #expect(Rejoin(one).blockingSlots == ["cdc"])
  }

  /// Before 13 a target that was killed is refused; from 13 on pg_rewind finishes its crash recovery, but not as a standby.
  @Test func aKilledTargetIsRecoveredFirst() {
    let old = Rejoin(Self.sample(.v12, past: 0x100, state: .inProduction))
    #expect(old.way == .rewind && old.rewind.possible == false)
    #expect(old.rewind.message == "target server must be shut down cleanly")
    var one = Self.sample(past: 0x100, state: .inProduction)
    one.old.startFiles.standbySignal = true
    let signal = Rejoin(one)
    #expect(signal.rewind.message == "postgres single-user mode in target cluster failed")
    #expect(signal.way == .rewind && signal.rewind.possible == false)
  }

  @Test func aRunningOldPrimaryIsNotJudged() {
    var one = Self.sample()
    (one.old.startFiles.postmasterPIDPresent, one.old.startFiles.postmasterAlive) = (true, true)
    let rejoin = Rejoin(one)
    #expect(rejoin.way == .open && rejoin.findings.contains { $0.rule == .rejoinRunning })
  }

  /// Settings that a point-in-time recovery left, and such as the new primary has raised.
  @Test func settingsInTheWayAreNamed() {
    var one = Self.sample()
    one.new.control?.value.maxConnections = 200
    for (name, value) in [("recovery_target_time", "2026-01-01"), ("max_connections", "100"), ("hot_standby", "on")] {
      one.old.settings.assignments.append(SettingAssignment(name: name, value: value, path: "postgresql.conf", line: 7))
    }
    let rejoin = Rejoin(one)
    #expect(
      rejoin.settings.filter(\.isInTheWay).map { "\($0.name)=\($0.wanted)" } == [
        "max_connections=200", "recovery_target_time=",
      ])
    #expect(rejoin.findings.count { $0.rule == .rejoinSettings } == 2)
    let lines = rejoin.steps.flatMap(\.commands)
    #expect(lines.contains("recovery_target_time = ''") && lines.contains("max_connections = '200'"), "\(lines)")
    // What pg_rewind brings is the new primary's configuration.
    #expect(Rejoin(Self.sample(past: 0x100)).settings.allSatisfy { !$0.isInTheWay })
  }

  /// Consumers of failover slots wait for ever for a slot that is not there; those of other standbys stay in the list.
  @Test func theBarrierNamesWhatIsThere() {
    var one = Self.sample()
    one.new.set("synchronized_standby_slots", "gone, s2")
    one.new.set("sync_replication_slots", "on")
    one.new.slots.append(
      SlotEvidence(
        directory: "s2", path: "pg_replslot/s2/state", state: SlotState(name: "s2", restartLSN: LSN(0x100_0100))))
    let wanted = Rejoin(one).settings.first { $0.node == .new && $0.name == "synchronized_standby_slots" }
    #expect(wanted?.wanted == "s2, rejoined")
    one.new.set("synchronized_standby_slots", "rejoined, s2")
    #expect(!Rejoin(one).settings.contains { $0.node == .new })
  }

  /// WAL of the new timeline in the directory of a primary that was stopped on the old one.
  @Test func aBrokenOffRewindIsRebuilt() {
    var one = Self.sample(past: 0x100)
    one.old.wal.live.append(SegmentRun(timeline: TimelineID(2), first: SegmentNumber(16), last: SegmentNumber(16)))
    let rejoin = Rejoin(one)
    #expect(rejoin.way == .rebuild && rejoin.reason.contains("broken off"), "\(rejoin.reason)")
    // A standby streams it.
    one.old.control?.value.state = .shutDownInRecovery
    #expect(Rejoin(one).way != .rebuild)
  }

  /// The last checkpoint before the fork lies in a segment that is gone: its name and pg_rewind's words are told all the same.
  @Test func theSegmentBeforeTheGapIsAskedFor() {
    var one = Self.sample(past: 0x100)
    one.facts.lastCommonCheckpoint = nil
    #expect(Rejoin(one).way == .open)
    one.facts.gapBefore = SegmentNumber(15)
    one.facts.previous = [SegmentNumber(16): LSN(0xF_FF00)]
    let rejoin = Rejoin(one)
    #expect(rejoin.way == .rebuild && rejoin.rewind.possible == false, "\(rejoin.reason)")
    #expect(rejoin.rewind.message == "could not find previous WAL record at 0/FFF00")
    #expect(rejoin.rewind.missing.map(\.text) == ["00000001000000000000000F"] && !rejoin.rewind.missingIsComplete)
  }

  @Test func managersAreRecognizedByWhatTheyWrite() {
    func recognized(_ change: (inout RejoinCase) -> Void) -> [String] {
      var one = Self.sample()
      change(&one)
      return Rejoin(one).managers.compactMap { account in
        account.recognizedBy.map { "\(account.manager.rawValue): \($0)" }
      }
    }
    func setting(_ name: String, _ value: String, _ path: String = "postgresql.conf") -> SettingAssignment {
      SettingAssignment(name: name, value: value, path: path, line: 1)
    }
    #expect(recognized { _ in } == [])
    #expect(
      recognized { $0.old.settings.assignments.append(setting("port", "5432", "postgresql.base.conf")) }
        == ["patroni: postgresql.base.conf"])
    #expect(
      recognized { $0.new.settings.assignments.append(setting("shared_preload_libraries", "x, repmgr")) }
        == ["repmgr: shared_preload_libraries"])
    #expect(
      recognized {
        $0.old.slots.append(
          SlotEvidence(
            directory: "x", path: "pg_replslot/x/state",
            state: SlotState(name: "pgautofailover_standby_2", restartLSN: LSN(0x100_0100))))
      } == ["pg_auto_failover: slot pgautofailover_standby_2"])
    let all = Rejoin(Self.sample()).managers
    #expect(all.map(\.manager) == FailoverTool.allCases && all.allSatisfy { !$0.does.isEmpty && !$0.doesNot.isEmpty })
  }

  static func slot(_ name: String, failover: Bool, synced: Bool = false) -> SlotEvidence {
    SlotEvidence(
      directory: name, path: "pg_replslot/\(name)/state",
      state: SlotState(
        name: name, database: OID(5), catalogXmin: TransactionID(700), restartLSN: LSN(0x100_0100),
        confirmedFlush: LSN(0x100_0200), plugin: "pgoutput", synced: synced, failover: failover))
  }
}
