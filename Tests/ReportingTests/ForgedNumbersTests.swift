import ClusterFiles
import Evidence
import FixtureSupport
import PostgresFormat
import SlotSafety
import Testing

@testable import Reporting

/// Evidence files with numbers and positions that no server has: nothing ends the process, whatever is asked of them, and
/// a counter that wraps around is never made a verdict of.
@Suite struct ForgedNumbersTests {
  private static func documents() throws -> [Evidence] {
    try ["primary", "standby"].map { node in
      var evidence = try DataDirectory(path: Fixtures.node("pg17-pair", node).path).gather()
      // What capture adds to it, in small.
      var commit = CommitEvent(
        xid: TransactionID(700), start: LSN(0x1730000), end: LSN(0x1730040),
        time: Timestamp(unixSeconds: 1_790_000_000),
        bytes: 64)
      commit.relations = [RelationChanges(relation: RelationLocator(tablespace: OID(1), database: OID(5), number: 9))]
      var database = DatabaseActivity(database: OID(5))
      database.commits = [commit]
      database.earlier = [CommitBucket(first: LSN(0x1720000), last: LSN(0x1720010), commits: 1, rows: 1, bytes: 64)]
      var activity = WALActivity()
      activity.databases = [database]
      activity.openTransactions = [OpenTransaction(xid: TransactionID(701), first: LSN(0x1730000), bytes: 64)]
      evidence.stretches = [WALStretch(from: LSN(0x1700028), to: LSN(0x17A0000), activity: activity)]
      return evidence
    }
  }

  /// Everything that is ever made of evidence.
  private static func judge(_ primary: Evidence, _ standby: Evidence) -> Int {
    let now = Timestamp(unixSeconds: 1_790_000_100)
    var length = 0
    for node in [primary, standby] {
      let inspection = Inspection(node)
      length += InspectText.report(inspection, style: .plain, verbose: true).text.utf8.count
      length += InspectJSON.document(inspection).serialized(pretty: false).utf8.count
    }
    let audit = Audit(primary: primary, standbys: [standby], subscribers: [], archive: [])
    let assessments = audit.assessments()
    length +=
      AuditText.report(
        assessments, then: [], now: now, style: .plain, verbose: true
      ).text.utf8.count
    length += AuditJSON.document(assessments).serialized(pretty: false).utf8.count
    length += AuditHTML.page(assessments, at: now).utf8.count + AuditPrometheus.metrics(assessments, at: now).utf8.count
    length += AuditNagios.line(assessments).utf8.count
    length += CompareText.report(EvidenceComparison(primary, standby), style: .plain, verbose: true).text.utf8.count
    for approach in [Plan.Approach.failoverSlots, .slotsOnStandby, .slotsOnNewPrimary] {
      guard let plan = try? makePlan(audit, PlanRequest(approach: approach)) else { continue }
      for part in plan.parts { length += (try? PlanScript.text(plan, for: part))?.utf8.count ?? 0 }
    }
    return length + ledger(primary, standby)
  }

  /// Bytes of the ledger that evidence alone makes.
  private static func ledger(_ primary: Evidence, _ standby: Evidence) -> Int {
    let question = FailoverQuestion(primary: primary, standby: standby)
    guard let scope = try? LedgerScope.failover(Failover.establish(question)) else { return 0 }
    var (lines, totals, coverage) = (LineBuffer(), LedgerTotals(), LedgerCoverage())
    for part in scope.parts {
      let stretches = part.node == .primary ? primary.stretches : standby.stretches
      let (transactions, unread) = RecordedLedger.transactions(stretches, from: part.from, to: part.to ?? LSN(.max))
      coverage.unread += unread.map { (part.node, $0) }
      for transaction in transactions {
        let entry = LedgerEntry(
          transaction, node: part.node, databaseName: nil, originName: nil, tables: [],
          hits: scope.hits(of: transaction, on: part.node), isPastFork: scope.isPastFork(transaction, on: part.node))
        totals.add(entry)
        lines.add { LedgerJSON.write(entry, to: &$0) }
      }
    }
    return lines.count + LedgerJSON.end(totals, coverage, scope: scope).utf8.count
  }

  /// Each kind of number once with extremes chosen by chance; SLOTSCOPE_MUTATIONS=all tries all of them in all places.
  @Test(arguments: [0, 1])
  func numbersThatNoServerHas(changed: Int) throws {
    let nodes = try Self.documents()
    let tokens = JSONTokens(try EvidenceFile.encode(nodes[changed]))
    let scratch = ScratchDirectory()
    let isComplete = Environment.value("SLOTSCOPE_MUTATIONS") == "all"
    var random = SplitMix(state: 20_261_125)
    var (seen, taken) = (Set<String>(), 0)
    for index in tokens.places.indices where isComplete || seen.insert(tokens.names[index]).inserted {
      let all = tokens.isPosition(index) ? JSONTokens.extremePositions : JSONTokens.extremes
      for text in isComplete ? all : Array(all.shuffled(using: &random).prefix(2)) {
        let path = scratch.write("evidence.json", tokens.replacing([(index, text)]))
        guard let forged = try? EvidenceFile.read(path) else { continue }
        taken += 1
        let pair = changed == 0 ? (forged, nodes[1]) : (nodes[0], forged)
        #expect(Self.judge(pair.0, pair.1) > 1000, "\(tokens.names[index]) \(text)")
      }
    }
    #expect(taken > 50)
  }

  /// Sums of older commits whose end is before their beginning, and times so far apart that no number holds the difference.
  @Test func positionsAndTimesInTheWrongOrder() throws {
    var nodes = try Self.documents()
    let scratch = ScratchDirectory()
    let commits = CommitBucket(first: LSN(0x1730000), last: LSN(0x1720000), commits: 1, rows: 1, bytes: 64)
    nodes[0].origin.gatheredAt = Timestamp(unixMicroseconds: .min)
    #expect(Self.judge(nodes[0], nodes[1]) > 1000)
    nodes[0].stretches[0].activity.databases[0].earlier = [commits]
    #expect(throws: EvidenceFile.ReadError.self) {
      try EvidenceFile.read(scratch.write("evidence.json", try EvidenceFile.encode(nodes[0])))
    }
    let (_, unread) = RecordedLedger.transactions(nodes[0].stretches, from: LSN(0x1700028), to: LSN(0x17A0000))
    #expect(unread.allSatisfy { $0.lowerBound >= LSN(0x1700028) && $0.upperBound <= LSN(0x17A0000) })
  }

  /// Each stretch alone would be possible; their sums would not fit.
  @Test func countersAreBoundedOverAllStretches() throws {
    var evidence = try Self.documents()[0]
    evidence.stretches = (0..<1024).map { number in
      var activity = WALActivity()
      activity.recordBytes = 1 << 55
      return WALStretch(from: LSN(UInt64(number) * 16 + 8), to: LSN(UInt64(number) * 16 + 16), activity: activity)
    }
    let scratch = ScratchDirectory()
    let path = scratch.write("evidence.json", try EvidenceFile.encode(evidence))
    #expect(throws: EvidenceFile.ReadError.self) { try EvidenceFile.read(path) }
    evidence.stretches = Array(evidence.stretches.prefix(1))
    #expect(try EvidenceFile.read(scratch.write("evidence.json", try EvidenceFile.encode(evidence))) == evidence)
  }
}
