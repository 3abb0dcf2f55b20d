import Evidence
import PostgresFormat
import Testing

@testable import SlotSafety

/// What helps against what stops a start: of its kind, or of this very case.
@Suite struct StartupRemedyTests {
  private let sample = StartupPredictionTests()

  private func remedy(_ version: ServerVersion = .v17, _ change: (inout Evidence) -> Void) throws -> String? {
    var evidence = try sample.sound(version)
    change(&evidence)
    let prediction = StartupPrediction.predict(evidence)
    #expect(prediction.message != nil)
    return prediction.remedy
  }

  @Test func eachSaysWhatToDo() throws {
    #expect(
      try remedy { sample.set(&$0, "wal_level", "foo") }?.hasSuffix("postgresql.conf, or take the setting out.") == true
    )
    #expect(try remedy { $0.startFiles.permissions = 0o755 }?.contains("chmod 0700") == true)
    #expect(try remedy { $0.startFiles.missing = ["pg_notify"] }?.hasPrefix("Put pg_notify back") == true)
    #expect(try remedy { $0.startFiles.missing = ["pg_hba.conf"] }?.contains("hba_file") == true)
    #expect(
      try remedy {
        $0.slots = [SamplePair.evidence(SamplePair.slot("a")), SamplePair.evidence(SamplePair.slot("b"))]
        sample.set(&$0, "wal_level", "logical")
        sample.set(&$0, "max_replication_slots", "1")
      }?.hasPrefix("Raise max_replication_slots to at least 2") == true)
    #expect(
      try remedy {
        $0.slots = [SamplePair.evidence(SamplePair.slot("a"))]
        sample.set(&$0, "wal_level", "replica")
      }?.hasPrefix("Set wal_level = logical") == true)
  }

  /// A branch that somebody's promotion left in the archive: a restore takes it out or stays; a standby is rewound.
  @Test func aTimelineThatIsNoChild() throws {
    let branch = TimelineHistory(
      timeline: TimelineID(2), ancestors: [.init(timeline: TimelineID(1), switchPoint: LSN(0x10_0000), reason: "")])
    func found(_ version: ServerVersion = .v17, _ change: (inout Evidence) -> Void) throws -> String? {
      try remedy(version) {
        $0.timelines = [Located(branch, path: "pg_wal/00000002.history")]
        change(&$0)
      }
    }
    let restored = try found {
      $0.startFiles.recoverySignal = true
      sample.set(&$0, "restore_command", "cp /a/%f %p")
    }
    #expect(restored?.contains("set recovery_target_timeline = current, or take pg_wal/00000002.history out") == true)
    let standby = try found { $0.startFiles.standbySignal = true }
    #expect(standby?.hasPrefix("To follow timeline 2, rewind this node (pg_rewind; slotscope rejoin)") == true)
  }

  @Test func theSegmentThatIsAskedForIsNamed() throws {
    var name = ""
    let found = try remedy { node in
      guard let control = node.control?.value, let size = node.wal.segmentSize else { return }
      let number = SegmentNumber(containing: control.checkpointLSN, size: size)
      name = SegmentName(timeline: TimelineID(1), number: number, size: size).text
      (node.wal.live, node.wal.end) = ([], nil)
    }
    #expect(found?.hasPrefix("Bring \(name) whole, from an archive") == true, "\(found ?? "")")
  }

  @Test func theFindingHasIt() throws {
    var node = try sample.sound()
    node.startFiles.missing = ["pg_notify"]
    #expect(
      Inspection(node).findings.first { $0.rule == .startup }?.remedy?.hasPrefix("Put pg_notify back") == true)
  }
}
