import Evidence
@testable import PostgresFormat
import SlotSafety
import Testing

/// What ends a standby's recovery before the end of its WAL, or keeps it from ending.
@Suite struct ReplayToTheEndTests {
  @Test func aRecoveryTargetMayEndRecoveryEarlier() {
    var pair = SamplePair()
    pair.standby.set("recovery_target_time", "")
    #expect(pair.orders?.verdict == .ready)
    pair.standby.set("recovery_target_lsn", "0/1000900")
    #expect(pair.orders?.verdict == .atRisk)
    #expect(pair.assess().findings.contains { $0.id == "A36" })
    pair.promoteAt = LSN(0x100_0900)
    #expect(pair.assess().findings.contains { $0.id == "A36" } == false)
  }

  @Test func aSettingThatWALStillToBeReplayedDemandsEndsThePromotion() throws {
    var pair = SamplePair()
    let redo = LSN(0x100_0C00)
    pair.standby.control?.value.checkpoint.redo = redo
    // max_connections 200, the others at their defaults.
    let values: [Int32] = [200, 8, 10, 0, 64, WALLevel.logical.rawValue]
    let body: [UInt8] = values.flatMap { value -> [UInt8] in [UInt8(truncatingIfNeeded: value), 0, 0, 0] } + [0, 0]
    let parameters = try ParameterChange(mainData: body.span.bytes, version: .v17)
    func raise(at lsn: LSN) {
      pair.standby.stretches[0].activity.parameterChanges = [ParameterChangeEvent(lsn: lsn, parameters: parameters)]
    }
    raise(at: redo)
    let orders = try #require(pair.orders)
    #expect(orders.verdict == .atRisk && orders.reason.contains("max_connections"))
    #expect(pair.assess().findings.contains { $0.id == "A36" && $0.severity == .error })
    // What was replayed is in the control file, and what lies after the end is not replayed.
    for other in [LSN(redo.rawValue - 8), SamplePair.end] {
      raise(at: other)
      #expect(pair.orders?.verdict == .ready)
    }
    raise(at: redo)
    pair.standby.set("max_connections", "200")
    #expect(pair.orders?.verdict == .ready)
  }

  @Test(arguments: [(ServerVersion.v17, "max_replication_slots"), (.v18, "max_active_replication_origins")])
  func replayOfCommitsOfManyOriginsNeedsRoomForEach(version: ServerVersion, name: String) {
    var pair = SamplePair(version)
    pair.standby.control?.value.checkpoint.redo = LSN(0x100_0200)
    for origin in 1...3 {
      let start = LSN(UInt64(0x100_0200 + 0x40 * origin))
      pair.commit(at: start)
      for node in [\SamplePair.primary, \.standby] {
        let last = pair[keyPath: node].stretches[0].activity.databases[0].commits.count - 1
        pair[keyPath: node].stretches[0].activity.databases[0].commits[last].originID = UInt16(origin)
        pair[keyPath: node].stretches[0].activity.databases[0].commits[last].originLSN = LSN(0x100)
      }
    }
    pair.standby.set(name, "3")
    #expect(pair.orders?.verdict == .ready)
    pair.standby.origins = [OriginEvidence(originID: 3, name: nil, remoteLSN: LSN(0x80))]
    #expect(pair.orders?.verdict == .ready)
    pair.standby.origins = [OriginEvidence(originID: 4, name: nil, remoteLSN: LSN(0x80))]
    #expect(pair.orders?.verdict == .atRisk)
    #expect(pair.assess().findings.contains { $0.id == "A36" })
    pair.standby.origins = []
    pair.standby.set(name, "2")
    #expect(pair.orders?.verdict == .atRisk)
    // What lies before the restartpoint has been replayed.
    pair.standby.control?.value.checkpoint.redo = LSN(0x100_0280)
    #expect(pair.orders?.verdict == .ready)
  }

  /// Replay of CREATE TABLESPACE ends the server where the folder is not there.
  @Test func aTablespaceStillToBeMadeEndsThePromotion() {
    var pair = SamplePair()
    pair.standby.control?.value.checkpoint.redo = LSN(0x100_0200)
    let made = TablespaceMade(lsn: LSN(0x100_0300), tablespace: OID(16500), path: "/srv/fast")
    pair.standby.stretches[0].activity.tablespacesMade = [made]
    #expect(pair.orders?.verdict == .atRisk)
    #expect(pair.assess().findings.contains { $0.rule == .a36Folders && $0.message.contains("/srv/fast") })
    // It has its link: it was replayed here.
    pair.standby.tablespaceLinks = [OID(16499)]
    #expect(pair.orders?.verdict == .atRisk)
    pair.standby.tablespaceLinks = [OID(16500)]
    #expect(pair.orders?.verdict == .ready)
    // What lies before the restartpoint has been replayed.
    pair.standby.tablespaceLinks = []
    pair.standby.control?.value.checkpoint.redo = LSN(0x100_0380)
    #expect(pair.orders?.verdict == .ready)
  }

  /// Both nodes went on to timeline 2, of which the standby's control file does not tell yet.
  private func onSecondTimeline(_ version: ServerVersion = .v17) -> SamplePair {
    var pair = SamplePair(version)
    let fork = LSN(0x100_0F00)
    pair.primary.promote(at: fork)
    pair.primary.control?.value.state = .shutDown
    pair.standby.promote(at: fork, signal: true)
    pair.standby.control?.value.minRecoveryPoint = fork
    pair.standby.control?.value.minRecoveryPointTimeline = TimelineID(1)
    pair.standby.control?.value.checkpoint.timeline = TimelineID(1)
    pair.standby.control?.value.checkpointLSN = LSN(0x100_0900)
    pair.standby.control?.value.checkpoint.redo = LSN(0x100_0900)
    return pair
  }

  @Test(arguments: [("latest", true), ("2", true), ("current", false), ("1", false), ("3", false), ("", false)])
  func aTargetTimelineMayKeepRecoveryFromFollowing(value: String, follows: Bool) {
    var pair = onSecondTimeline()
    #expect(pair.orders?.verdict == .ready)
    pair.standby.set("recovery_target_timeline", value)
    #expect((pair.orders?.verdict == .ready) == follows)
    #expect(pair.assess().findings.contains { $0.id == "A36" } != follows)
  }

  @Test func aTargetTimelineThatTheStandbyIsOnIsNoObstacle() {
    for value in ["latest", "current", "1"] {
      var pair = SamplePair()
      pair.standby.set("recovery_target_timeline", value)
      #expect(pair.orders?.verdict == .ready)
    }
    // Once its control file tells of timeline 2, that is the current one.
    var pair = onSecondTimeline()
    pair.standby.set("recovery_target_timeline", "current")
    pair.standby.control?.value.minRecoveryPointTimeline = TimelineID(2)
    pair.standby.control?.value.minRecoveryPoint = SamplePair.end
    #expect(pair.assess().findings.contains { $0.id == "A36" } == false)
  }

  /// Without a word in recovery.conf it stays on its timeline.
  @Test func before12AStandbyFollowsNoTimelineByItself() {
    var pair = onSecondTimeline(.v11)
    pair.standby.startFiles.standbySignal = false
    pair.standby.startFiles.recoveryConf = true
    pair.standby.settings.hasRecoveryConf = true
    pair.standby.settings.recovery = [
      SettingAssignment(name: "standby_mode", value: "on", path: "recovery.conf", line: 1)
    ]
    #expect(pair.assess().findings.contains { $0.id == "A36" })
    pair.standby.settings.recovery.append(
      SettingAssignment(name: "recovery_target_timeline", value: "latest", path: "recovery.conf", line: 2))
    #expect(pair.assess().findings.contains { $0.id == "A36" } == false)
  }

  @Test(
    arguments: [
      { $0.startFiles.backupLabelPresent = true }, { $0.control?.value.backupStartPoint = SamplePair.restart },
      { $0.control?.value.backupEndRequired = true },
    ] as [@Sendable (inout Evidence) -> Void])
  func aBaseBackupThatWasNotReplayedToItsEndIsNoStandbyYet(change: @Sendable (inout Evidence) -> Void) {
    var pair = SamplePair()
    change(&pair.primary)
    // No primary of 15 and later has the label: such a directory is a backup itself.
    #expect(pair.orders?.verdict == (pair.primary.startFiles.backupLabelPresent ? .unknown : .ready))
    pair.primary.startFiles.backupLabelPresent = false
    change(&pair.standby)
    #expect(pair.orders?.verdict == .atRisk)
    #expect(pair.orders?.findings.first?.id == "A03")
    // What has been promoted has ended its recovery.
    pair.standby.promote(at: SamplePair.end)
    #expect(pair.orders?.findings.contains { $0.message.contains("base backup") } == false)
  }
}
