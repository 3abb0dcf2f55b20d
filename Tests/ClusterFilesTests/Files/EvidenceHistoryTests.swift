import Evidence
import FixtureSupport
import Glibc
import PostgresFormat
import Testing

@testable import ClusterFiles

/// Captures that outlive a failover: one for each role and timeline.
@Suite struct EvidenceHistoryTests {
  private func evidence() throws -> Evidence {
    try DataDirectory(path: Fixtures.node("pg17-pair", "primary").path).gather()
  }

  private func on(_ timeline: UInt32, _ evidence: Evidence) -> Evidence {
    var evidence = evidence
    evidence.control?.value.checkpoint.timeline = TimelineID(timeline)
    evidence.control?.value.minRecoveryPointTimeline = TimelineID(0)
    return evidence
  }

  @Test func theLastCaptureOfARoleStays() throws {
    let scratch = ScratchDirectory()
    var primary = on(1, try evidence())
    let first = try EvidenceFile.write(primary, toHistory: scratch.path)
    primary.origin.gatheredAt = Timestamp(unixSeconds: 1_800_000_000)
    let second = try EvidenceFile.write(primary, toHistory: scratch.path + "/")
    #expect(FileTree.entries(of: scratch.path).count == 1 && second.hasSuffix(first.split(separator: "/").last ?? "?"))
    // It comes back as a standby on the next timeline, and later as the primary.
    var standby = on(2, primary)
    standby.startFiles.standbySignal = true
    let asStandby = try EvidenceFile.write(standby, toHistory: scratch.path)
    let again = try EvidenceFile.write(on(3, primary), toHistory: scratch.path)
    #expect(Set(FileTree.entries(of: scratch.path)).count == 3)
    #expect(
      first.contains("/primary-00000001-") && asStandby.contains("/standby-00000002-")
        && again.contains("/primary-00000003-"))
    #expect(try EvidenceFile.read(first).origin.gatheredAt == Timestamp(unixSeconds: 1_800_000_000))
  }

  @Test func whatIsKeptIsBounded() throws {
    let scratch = ScratchDirectory()
    var standby = try evidence()
    standby.stretches = []
    standby.startFiles.standbySignal = true
    scratch.write("standby-00000001-7.json", "{\"schema\": \"slotscope.evidence/1\"}")
    scratch.write("notes.txt", "")
    let mine = "standby-00000000-\(standby.control?.value.systemIdentifier ?? 0).json"
    scratch.write(mine, "not written by slotscope? no: no evidence")
    for timeline in 1...13 as ClosedRange<UInt32> {
      _ = try EvidenceFile.write(on(timeline, standby), toHistory: scratch.path)
    }
    let names = FileTree.entries(of: scratch.path)
    // The newest ten of this cluster; what is another's or nobody's evidence stays.
    #expect(
      names.count == 13 && names.contains("notes.txt") && names.contains("standby-00000001-7.json")
        && names.contains(mine), "\(names)")
    #expect(
      !names.contains { $0.hasPrefix("standby-00000003-") } && names.contains { $0.hasPrefix("standby-0000000D-") })
  }

  @Test func aNodeWithoutARoleIsNotWritten() throws {
    let scratch = ScratchDirectory()
    var evidence = try evidence()
    evidence.control = nil
    #expect(throws: EvidenceFile.WriteError.self) { try EvidenceFile.write(evidence, toHistory: scratch.path) }
    #expect(throws: EvidenceFile.WriteError.self) {
      try EvidenceFile.write(try self.evidence(), toHistory: Fixtures.node("pg17-pair", "primary").path)
    }
  }
}
