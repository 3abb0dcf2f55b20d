import ByteReading
import Evidence
import Glibc
import PostgresFormat
import SlotSafety
import Testing

/// Whoever may write into pg_replslot decides how many folders there are: the work grows with their number, not its square.
@Suite struct ManySlotsTests {
  /// Failover slots after a barrier, which each asks about: with names of their own, or all with one.
  @Test(arguments: [true, false]) func manySlotsOnBothNodes(haveNames: Bool) throws {
    var pair = SamplePair.withPrimaryAhead()
    pair.commit(at: LSN(0x100_1800))
    pair.primary.set("synchronized_standby_slots", "s1")
    let primary = try #require(pair.primary.slots.first { $0.state?.failover == true })
    let standby = try #require(pair.standby.slots.first { $0.state?.name == primary.state?.name })
    func more(_ slot: SlotEvidence) -> [SlotEvidence] {
      (0..<4000).map { number in
        var slot = slot
        slot.directory = "n\(number)"
        if haveNames { slot.state?.name = "n\(number)" }
        return slot
      }
    }
    pair.primary.slots += more(primary)
    pair.standby.slots += more(standby)
    pair.primary.set("max_replication_slots", "5000")
    pair.standby.set("max_replication_slots", "5000")
    let before = Self.seconds()
    let audit = Audit(primary: pair.primary, standbys: [pair.standby], assumed: [.standbySlotsHeld])
    let assessment = audit.assess(pair.standby)
    let comparison = EvidenceComparison(pair.primary, pair.standby)
    _ = try? makePlan(audit, PlanRequest())
    // With the premise open, what would be ready with it is looked for among the slots of another answer.
    let open = Audit(primary: pair.primary, standbys: [pair.standby]).assessments()
    let count = open.first?.slots.count { !$0.readyIf.isEmpty } ?? 0
    #expect(count > 4000, "\(count)")
    #expect(Self.seconds() - before < 20)
    #expect(assessment.slots.count > 4000 && (comparison.slots.count > 4000) == haveNames)
  }

  @Test func manyDamagedSlotsTakeNoTime() {
    var pair = SamplePair()
    for number in 0..<20_000 {
      let path = "pg_replslot/s\(number)/state"
      pair.primary.slots.append(SlotEvidence(directory: "s\(number)", path: path, state: nil))
      let error = FormatError(.badChecksum, at: 0, field: "checksum", expected: "1", found: "2")
      pair.primary.problems.append(Problem(subject: "slot_state", path: path, cause: .format(error)))
    }
    let before = Self.seconds()
    let audit = Audit(primary: pair.primary, standbys: [pair.standby])
    let assessment = audit.assess(pair.standby)
    let inspection = Inspection(pair.primary)
    // The square took a minute without optimization.
    #expect(Self.seconds() - before < 10)
    #expect(assessment.slots.count == 20_002)
    #expect(assessment.slots.first { $0.slotName == "s1999" }?.findings[0].facts[0].fact.contains("checksum") == true)
    #expect(inspection.badChecksums.count == 20_000)
  }

  /// Of this thread's processor: other tests run beside it.
  private static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
