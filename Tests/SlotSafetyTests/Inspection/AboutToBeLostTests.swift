import Evidence
@testable import PostgresFormat
import Testing

@testable import SlotSafety

/// Slots that the next checkpoint invalidates, with the value that saves them.
@Suite struct AboutToBeLostTests {
  private static let size: UInt64 = 1 << 20

  /// A primary of 17 with the segments 5 to 20, which was killed, and a slot that needs WAL from segment 8 on.
  private func node(_ change: (inout Evidence) -> Void = { _ in }) -> Inspection {
    var node = SamplePair().primary
    node.wal.live = [SegmentRun(timeline: TimelineID(1), first: SegmentNumber(5), last: SegmentNumber(20))]
    node.setEnd(LSN(20 * Self.size + 0x100))
    node.control?.value.state = .inProduction
    var slot = SamplePair.slot("orders")
    (slot.restartLSN, slot.confirmedFlush) = (LSN(8 * Self.size + 0x28), LSN(8 * Self.size + 0x60))
    node.slots = [SamplePair.evidence(slot)]
    node.stretches = []
    change(&node)
    return Inspection(node)
  }

  private func finding(_ inspection: Inspection) -> Finding? {
    inspection.findings.first { $0.id == "slot.about-to-be-lost" }
  }

  @Test func aStartAfterACrashLosesItAtOnce() throws {
    let lost = node { $0.set("max_slot_wal_keep_size", "11MB") }
    let finding = try #require(self.finding(lost))
    #expect(lost.slots[0].fate == .lostNext(.walRemoved) && finding.severity == .error)
    #expect(finding.message.contains("the first checkpoint, which a start makes at once"))
    #expect(finding.remedy?.contains("at least 13 MB (or -1)") == true)
    let saved = node { $0.set("max_slot_wal_keep_size", "13MB") }
    #expect(saved.slots[0].fate == .fine && self.finding(saved)?.severity == .warning)
    let free = node { $0.set("max_slot_wal_keep_size", "-1") }
    #expect(self.finding(free) == nil)
  }

  /// The value that is advised is always more than the one that is set.
  @Test(arguments: ["1MB", "11MB", "13MB", "14MB", "100MB", "500MB"])
  func noLessIsAdvisedThanIsSet(keep: String) throws {
    let found = node {
      $0.set("max_slot_wal_keep_size", keep)
      $0.set("max_wal_size", "1GB")
    }
    let remedy = try #require(finding(found)?.remedy)
    let advised = remedy.split(separator: "at least ").last?.split(separator: " MB").first.flatMap { Int($0) }
    let set = try #require(Int(keep.dropLast(2)))
    #expect(try #require(advised) > set, "\(remedy)")
    // With the advised value there is nothing to say any more.
    let more = node {
      $0.set("max_slot_wal_keep_size", "\(advised ?? 0)MB")
      $0.set("max_wal_size", "1GB")
    }
    #expect(more.slots[0].fate == .fine)
  }

  @Test func whichCheckpointItIs() {
    func words(_ change: @escaping (inout Evidence) -> Void) -> String {
      let finding = self.finding(
        node {
          $0.set("max_slot_wal_keep_size", "4MB")
          change(&$0)
        })
      return (finding?.message ?? "") + (finding?.remedy ?? "")
    }
    let stopped = words { $0.control?.value.state = .shutDown }
    #expect(stopped.contains("at the next checkpoint:"))
    let standby = words {
      $0.startFiles.standbySignal = true
      $0.control?.value.state = .shutDownInRecovery
      $0.wal.end?.lastCheckpointRedo = LSN(20 * Self.size)
    }
    #expect(standby.contains("restartpoint"))
    let running = words {
      $0.startFiles.postmasterPIDPresent = true
      $0.startFiles.postmasterAlive = true
    }
    #expect(running.contains("at the next checkpoint") && running.contains("reload"))
  }

  /// The position of a physical slot is written at checkpoints only: a server that runs may have a later one.
  @Test func aRunningServersPhysicalSlotMayBeFurther() {
    let running = node {
      $0.set("max_slot_wal_keep_size", "4MB")
      $0.slots = [SamplePair.evidence(SlotState(name: "db2", restartLSN: LSN(8 * Self.size + 0x28)))]
      $0.startFiles.postmasterPIDPresent = true
      $0.startFiles.postmasterAlive = true
    }
    #expect(finding(running)?.severity == .warning && running.slots[0].fate == .fine)
  }

  /// Less than what may come between two checkpoints is left; none of it where the slot is in the current segment.
  @Test func aWarningWhereACheckpointsDistanceIsAllThatIsLeft() {
    func severity(keep: String, max: String, segment: UInt64) -> Finding.Severity? {
      finding(
        node {
          $0.set("max_slot_wal_keep_size", keep)
          $0.set("max_wal_size", max)
          $0.slots[0].state?.restartLSN = LSN(segment * Self.size + 0x28)
          $0.slots[0].state?.confirmedFlush = LSN(20 * Self.size + 0x60)
        })?.severity
    }
    #expect(severity(keep: "14MB", max: "8MB", segment: 8) == .warning)
    #expect(severity(keep: "40MB", max: "8MB", segment: 8) == nil)
    #expect(severity(keep: "14MB", max: "1GB", segment: 20) == nil)
  }

  @Test func aServerSaysItItself() {
    func severity(_ status: String, safe: Int64, active: Bool = false) -> Finding.Severity? {
      finding(
        node {
          $0.set("max_slot_wal_keep_size", "4MB")
          var activity = SlotActivity()
          (activity.walStatus, activity.safeWALSize, activity.isActive) = (status, safe, active)
          $0.slots[0].activity = activity
        })?.severity
    }
    #expect(severity("unreserved", safe: -100) == .error)
    #expect(severity("reserved", safe: 1000) == .warning)
    #expect(severity("reserved", safe: 1000, active: true) == nil)
    #expect(severity("reserved", safe: 1 << 40) == nil)
  }
}
