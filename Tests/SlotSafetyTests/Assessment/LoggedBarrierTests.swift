import Evidence
import Testing

@testable import PostgresFormat
@testable import SlotSafety

/// What a log proves of an interval, and what it leaves open.
struct LoggedBarrierTests {
  private static let start = Timestamp(unixSeconds: 1000)

  /// A primary that is down, and its log: a start, and changes some seconds after it.
  private func answer(
    _ changes: [(seconds: Int64, name: String, value: String?)] = [(10, PostmasterLifeCollector.barrier, "s1")],
    since time: Timestamp = Timestamp(unixSeconds: 1020), _ change: (inout SamplePair) -> Void = { _ in }
  ) throws -> LoggedBarrier.Answer {
    func place(_ seconds: Int64) -> LogPlace {
      LogPlace(path: "log/a", line: 1, time: Timestamp(unixSeconds: 1000 + seconds))
    }
    var life = PostmasterLife(processID: 7, start: place(0))
    life.isWhole = true
    life.events = changes.map { LogEvent(.changed, at: place($0.seconds), name: $0.name, value: $0.value) }
    var pair = SamplePair()
    var log = ServerLogEvidence()
    log.lives = [life]
    pair.primary.serverLog = log
    pair.primary.startFiles.postmasterPID = PostmasterPID(pid: 7, startTime: Self.start)
    pair.primary.settings.files = nil
    change(&pair)
    guard case .admitted(let failover) = pair.admission else { throw NotAdmitted() }
    return try #require(LoggedBarrier(failover)).answer(for: "s1", since: time)
  }

  private struct NotAdmitted: Error {}

  private func isHeld(_ answer: LoggedBarrier.Answer) -> Bool { if case .held = answer { true } else { false } }
  private func isOpen(_ answer: LoggedBarrier.Answer) -> Bool { if case .open = answer { true } else { false } }
  private func isDropped(_ answer: LoggedBarrier.Answer) -> Bool { if case .dropped = answer { true } else { false } }

  @Test func aChangeBeforeHoldsAndOneAfterwardsDrops() throws {
    let name = PostmasterLifeCollector.barrier
    #expect(isHeld(try answer()))
    #expect(isHeld(try answer([(10, name, "other, \"s1\"")])))
    #expect(isDropped(try answer([(10, name, "other")])))
    #expect(isDropped(try answer([(10, name, "s1"), (30, name, ""), (40, name, "s1")])))
    // Switched off and on again before anything was missing.
    #expect(isHeld(try answer([(2, name, "s1"), (4, name, ""), (6, name, "s1")])))
    // A process may read the file a moment later.
    #expect(!isHeld(try answer([(10, name, "s1")], since: Timestamp(unixSeconds: 1010))))
    // What the value was at the start no line says, nor do files, however old they are: another may have been there.
    #expect(
      isOpen(
        try answer([]) {
          $0.primary.set(name, "s1")
          $0.primary.settings.files = [SettingsFile(path: "postgresql.conf", modifiedAt: Timestamp(unixSeconds: 999))]
        }))
    #expect(
      isOpen(
        try answer([(30, name, "s1")]) {
          $0.primary.set(name, "s1")
          $0.primary.settings.files = [SettingsFile(path: "postgresql.conf", modifiedAt: Timestamp(unixSeconds: 999))]
        }))
    #expect(isOpen(try answer([(10, name, "s1"), (12, "log_min_messages", nil)])))
  }

  @Test func whatMayBeMissingIsOpen() throws {
    #expect(isOpen(try answer { $0.primary.serverLog?.lives[0].isWhole = false }))
    #expect(isOpen(try answer { $0.primary.serverLog?.lives[0].start.time = nil }))
    #expect(isOpen(try answer { $0.primary.serverLog?.problems = ["not understood"] }))
    #expect(isOpen(try answer { $0.primary.startFiles.postmasterPID = PostmasterPID(pid: 8, startTime: Self.start) }))
    #expect(isOpen(try answer { $0.primary.set("log_min_messages", "fatal") }))
    #expect(isOpen(try answer { $0.primary.serverLog?.lives = [] }))
  }

  /// A clock that was set back makes an earlier time of a later event.
  @Test func aClockThatWasSetBackProvesNothing() throws {
    let name = PostmasterLifeCollector.barrier
    #expect(isOpen(try answer([(15, name, ""), (10, name, "s1")])))
    #expect(verdict { $0.commit(at: LSN(0x100_1900), time: Timestamp(unixSeconds: 1)) } == .ready)
    #expect(verdict { $0.commit(at: LSN(0x100_1900), time: Timestamp(unixSeconds: -50)) } == .atRisk)
  }

  /// The zone that the files name may be another than that of the lines: two witnesses know no zone.
  @Test func anotherZoneIsSeenByItsClock() throws {
    #expect(isHeld(try answer { $0.primary.startFiles.postmasterPID?.startTime = Timestamp(unixSeconds: 1100) }))
    for seconds in [1000 + 3600, 1000 - 1800, 1000 + 900] as [Int64] {
      #expect(
        isOpen(try answer { $0.primary.startFiles.postmasterPID?.startTime = Timestamp(unixSeconds: seconds) }))
    }
    #expect(isOpen(try answer { $0.primary.startFiles.postmasterPID?.startTime = nil }))
    // A life before it, in the same file: its end is the stop that the control file has.
    func restarted(_ stopped: Int64?) throws -> LoggedBarrier.Answer {
      try answer([], since: Timestamp(unixSeconds: 650)) { pair in
        func place(_ seconds: Int64) -> LogPlace {
          LogPlace(path: "log/a", line: 1, time: Timestamp(unixSeconds: seconds))
        }
        var before = PostmasterLife(processID: 6, start: place(500))
        (before.isWhole, before.end) = (true, place(990))
        before.events = [LogEvent(.changed, at: place(600), name: PostmasterLifeCollector.barrier, value: "s1")]
        pair.primary.serverLog?.lives.insert(before, at: 0)
        pair.primary.serverLog?.lives[1].events =
          (stopped.map {
            [LogEvent(.stoppedAt, at: place(1000), time: Timestamp(unixSeconds: $0))]
          } ?? []) + [LogEvent(.changed, at: place(1001), name: PostmasterLifeCollector.barrier, value: "s1")]
      }
    }
    func openWords(_ stopped: Int64?) throws -> String {
      if case .open(let words) = try restarted(stopped) { words } else { "" }
    }
    // With no doubt of its own, what files had at the start is all that is open.
    #expect(try openWords(989).contains("does not have its value"))
    for stopped in [989 - 3600, nil] as [Int64?] {
      #expect(try openWords(stopped).hasPrefix("what happened between"))
    }
  }

  /// A killed primary of subscriptions, with a commit that the standby lacks, and a log that shows the setting from before; the
  /// operator says that only this standby moved its slot.
  private func verdict(_ change: (inout SamplePair) -> Void = { _ in }) -> Verdict? {
    func place(_ seconds: Int64) -> LogPlace {
      LogPlace(path: "log/a", line: 1, time: Timestamp(unixSeconds: seconds))
    }
    var pair = SamplePair.withPrimaryAhead()
    pair.commit(at: LSN(0x100_1800))
    pair.primary.set("synchronized_standby_slots", "s1")
    var life = PostmasterLife(processID: 1, start: place(-100))
    life.isWhole = true
    life.events = [LogEvent(.changed, at: place(-90), name: PostmasterLifeCollector.barrier, value: "s1")]
    pair.primary.serverLog = ServerLogEvidence()
    pair.primary.serverLog?.lives = [life]
    pair.assumed = [.standbySlotConfirmed]
    change(&pair)
    return pair.orders?.verdict
  }

  @Test func aLogReachesNoFurtherThanItsServer() {
    #expect(verdict() == .ready)
    // A slot that SQL moved leaves nothing in it.
    #expect(verdict { $0.assumed = [] } == .atRisk)
    #expect(verdict { $0.assumed = [.standbySlotsHeld] } == .ready)
    #expect(verdict { $0.primary.serverLog = nil } == .atRisk)
    // The standby has what was written after it.
    #expect(
      verdict {
        $0.standby.setEnd(LSN(0x100_3000))
        $0.standby.control?.value.minRecoveryPoint = LSN(0x100_3000)
      } != .ready)
  }

  /// The first copy of a table waits for nobody, and no log tells of it; that none was made the WAL can show.
  @Test func aLogDoesNotShowThatNoTableWasCopied() {
    let event = RunningTransactionsEvent(
      lsn: LSN(0x100_1400), end: LSN(0x100_1438), nextXID: TransactionID(790), oldestRunningXID: TransactionID(790),
      runningCount: 0)
    #expect(verdict { $0.primary.stretches[0].activity.runningTransactions.append(event) } == .atRisk)
    #expect(verdict { $0.primary.stretches[0].activity.runningTransactionsThinned = true } == .atRisk)
    #expect(
      verdict {
        $0.primary.stretches[0].activity.runningTransactions.append(event)
        for node in [\SamplePair.primary, \SamplePair.standby] {
          $0[keyPath: node].changeSlot("orders") { $0.plugin = "test_decoding" }
        }
      } == .ready)
  }

  /// Times come from WAL and logs that anyone may have written.
  @Test(arguments: [Int64.min, Int64.min + 1, 0, Int64.max])
  func anyTimeHasAnAnswer(microseconds: Int64) throws {
    let time = Timestamp(unixMicroseconds: microseconds)
    #expect(isHeld(try answer(since: time)) == (microseconds == .max))
    let odd = try answer { pair in
      let later = PostmasterLife(processID: 7, start: LogPlace(path: "log/b", line: 1, time: Self.start))
      pair.primary.serverLog?.lives[0].end = LogPlace(path: "log/a", line: 2, time: time)
      pair.primary.serverLog?.lives.append(later)
      pair.primary.serverLog?.lives[1].events = [
        LogEvent(.stoppedAt, at: LogPlace(path: "log/b", line: 2, time: nil), time: Timestamp(unixMicroseconds: .max))
      ]
    }
    #expect(!isHeld(odd))
  }
}
