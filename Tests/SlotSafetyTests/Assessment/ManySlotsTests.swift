import ByteReading
import Evidence
import Glibc
import PostgresFormat
import SlotSafety
import Testing

/// Whoever may write into pg_replslot decides how many folders there are: the work grows with their number, not its square.
@Suite struct ManySlotsTests {
  @Test func manyDamagedSlotsTakeNoTime() {
    var pair = SamplePair()
    for number in 0..<20_000 {
      let path = "pg_replslot/s\(number)/state"
      pair.primary.slots.append(SlotEvidence(directory: "s\(number)", path: path, state: nil))
      let error = FormatError(.badChecksum, at: 0, field: "checksum", expected: "1", found: "2")
      pair.primary.problems.append(Problem(subject: "slot_state", path: path, cause: .format(error)))
    }
    let before = clock()
    let audit = Audit(primary: pair.primary, standbys: [pair.standby])
    let assessment = audit.assess(pair.standby)
    let inspection = Inspection(pair.primary)
    // The square took a minute without optimization.
    #expect(clock() - before < 10 * CLOCKS_PER_SEC)
    #expect(assessment.slots.count == 20_002)
    #expect(assessment.slots.first { $0.slotName == "s1999" }?.findings[0].facts[0].fact.contains("checksum") == true)
    #expect(inspection.badChecksums.count == 20_000)
  }
}
