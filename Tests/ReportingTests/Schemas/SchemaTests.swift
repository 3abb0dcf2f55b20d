import ClusterFiles
import Evidence
import FixtureSupport
import PostgresFormat
import SlotSafety
import Testing

@testable import Reporting

/// Every document follows its schema, whatever real directory it was made from.
@Suite struct SchemaTests {
  static let nodes = InspectContractTests.nodes
  static let pairs = Fixtures.names.filter { name in
    ["primary", "standby"].allSatisfy { (try? Fixtures.node(name, $0)) != nil }
  }

  @Test func everySchemaHasADocumentAndTheOtherWayRound() {
    #expect(
      FileTree.entries(of: DocumentSchema.folder)
        == DocumentSchema.allCases.map { "\($0.rawValue).schema.json" }.sorted()
    )
    #expect(!Self.pairs.isEmpty)
  }

  @Test(arguments: nodes) func whatIsSaidOfANodeFollowsTheSchemas(_ node: FixtureNode) throws {
    let evidence = try SampleDocuments.evidence(node)
    #expect(try DocumentSchema.inspect.violations(in: InspectJSON.document(Inspection(evidence))) == [])
    #expect(try DocumentSchema.timeline.violations(in: TimelineJSON.document(TimelineTree([evidence]))) == [])
    #expect(try DocumentSchema.show.violations(in: SampleDocuments.show(SampleDocuments.files(in: node.path))) == [])
    let live = Inspection(SampleDocuments.live(evidence))
    #expect(try DocumentSchema.inspect.violations(in: InspectJSON.document(live)) == [])
    if let end = evidence.wal.end {
      #expect(try DocumentSchema.walEnd.violations(in: WALEndReport.json(end)) == [])
    }
  }

  @Test(arguments: nodes) func itsEvidenceFileFollowsTheSchema(_ node: FixtureNode) async throws {
    let schema = try DocumentSchema.evidence.load()
    let evidence = try await SampleDocuments.evidenceFile(node)
    for evidence in [evidence, SampleDocuments.live(evidence), SampleDocuments.changed(evidence)] {
      #expect(schema.violations(in: try JSONDocument(parsing: EvidenceFile.encode(evidence))) == [])
    }
  }

  @Test(arguments: nodes) func whatIsSaidOfItsWALFollowsTheSchemas(_ node: FixtureNode) async throws {
    guard let source = try? SampleDocuments.walSource(node) else { return }
    #expect(try DocumentSchema.walGaps.violations(in: SampleDocuments.gaps(source)) == [])
    for byType in [false, true] {
      let document = try await SampleDocuments.statistics(source, byType: byType)
      #expect(try DocumentSchema.walStats.violations(in: document) == [])
    }
    let schema = try DocumentSchema.walRecord.load()
    for line in try await SampleDocuments.records(source, limit: 100) {
      #expect(schema.violations(in: try JSONDocument(parsing: line)) == [])
    }
  }

  @Test(arguments: pairs) func whatIsPlannedForAPairFollowsTheSchema(_ name: String) throws {
    let primary = try SampleDocuments.evidence(name, "primary")
    let standby = try SampleDocuments.evidence(name, "standby")
    #expect(try DocumentSchema.timeline.violations(in: TimelineJSON.document(TimelineTree([primary, standby]))) == [])
    for (a, b) in [(primary, standby), (standby, primary), (primary, primary)] {
      #expect(try DocumentSchema.compare.violations(in: CompareJSON.document(EvidenceComparison(a, b))) == [])
    }
    for (old, new) in [(primary, standby), (standby, primary), (primary, SampleDocuments.live(standby))] {
      let rejoin = Rejoin(RejoinCase(old: old, new: new))
      #expect(try DocumentSchema.rejoin.violations(in: RejoinJSON.document(rejoin)) == [])
    }
    for new in [standby, nil] {
      let upgrade = Upgrade(UpgradeCase(old: primary, new: new, to: .newest))
      #expect(try DocumentSchema.upgrade.violations(in: UpgradeJSON.document(upgrade)) == [])
    }
    guard let plan = try? makePlan(Audit(primary: primary, standbys: [standby])) else { return }
    #expect(try DocumentSchema.plan.violations(in: PlanJSON.document(plan)) == [])
  }

  @Test(arguments: pairs) func theVerdictOnAPairFollowsTheSchema(_ name: String) async throws {
    let assessments = try await SampleDocuments.assessments(name)
    #expect(try DocumentSchema.audit.violations(in: AuditJSON.document(assessments)) == [])
    #expect(try DocumentSchema.audit.violations(in: AuditJSON.document(assessments + assessments)) == [])
  }

  @Test func aVerdictWithEveryExposureFollowsTheSchema() async throws {
    let exposed = try await SampleDocuments.exposedAssessment()
    #expect(try DocumentSchema.audit.violations(in: AuditJSON.document([exposed])) == [])
  }

  @Test func everyLineOfALedgerFollowsTheSchema() throws {
    let schema = try DocumentSchema.ledger.load()
    for line in try SampleDocuments.ledger() {
      #expect(schema.violations(in: try JSONDocument(parsing: line)) == [])
    }
  }

  @Test func verdictsWithoutAPrimaryOrOnStrangersFollowTheSchema() throws {
    let standby = try SampleDocuments.evidence("pg17-pair", "standby")
    let stranger = try SampleDocuments.evidence("pg17-pubsub", "publisher")
    for primary in [nil, stranger, Evidence(origin: Origin(kind: .dataDirectory, source: "nowhere"))] {
      let assessments = Audit(primary: primary, standbys: [standby]).assessments()
      #expect(try DocumentSchema.audit.violations(in: AuditJSON.document(assessments)) == [])
    }
  }

  @Test func theRulesFollowTheSchema() throws {
    #expect(try DocumentSchema.rules.violations(in: RulesText.document(Rule.all)) == [])
  }

  @Test func aDirectoryWithoutAnythingReadableFollowsTheSchema() throws {
    let evidence = Evidence(origin: Origin(kind: .dataDirectory, source: "nowhere"))
    #expect(try DocumentSchema.inspect.violations(in: InspectJSON.document(Inspection(evidence))) == [])
    #expect(try DocumentSchema.timeline.violations(in: TimelineJSON.document(TimelineTree([evidence]))) == [])
  }

  @Test func filesThatAreDamagedOrOfNoFormatFollowTheSchema() throws {
    let scratch = ScratchDirectory()
    var slot = try FileTree.contents(of: Fixtures.node("pg17-clean", "data").path + "/pg_replslot/fo_slot/state")
    slot[100] ^= 1
    let document = SampleDocuments.show([
      scratch.write("damaged", slot), scratch.write("short", Array(slot.prefix(40))),
      scratch.write("text", "what is this, then?\n"), "\(scratch.path)/none",
      scratch.write("postgresql.conf", "port = 5432\nx y z\n"),
    ])
    #expect(try DocumentSchema.show.violations(in: document) == [])
    #expect(try document.parsed["files"].elements.allSatisfy { !$0["error"].isNull })
  }

  @Test func everyFormatThatCanBeShownHasItsContentInTheSchema() throws {
    let scratch = ScratchDirectory()
    let texts = [
      "1234\n/data\n1763719480\n5432\n/run\nlocalhost\n  5432001         3\nready   \n",
      "START WAL LOCATION: 0/2000028 (file 000000010000000000000002)\nCHECKPOINT LOCATION: 0/2000060\n"
        + "BACKUP METHOD: streamed\nBACKUP FROM: primary\nSTART TIME: 2026-11-21 10:04:40 UTC\nLABEL: nightly\n"
        + "START TIMELINE: 1\n",
      "16384 /srv/fast\n",
    ]
    let made = texts.enumerated().map { scratch.write("file\($0.offset)", $0.element) }
    let real = ["pg17-crash", "pg17-timelines", "pg17-pubsub"].flatMap { (try? Fixtures.nodes($0)) ?? [] }
    let manifest = try Fixtures.unpacked("backups/basebackup-pg17-incremental") + "/full/backup_manifest"
    let document = SampleDocuments.show(made + [manifest] + real.flatMap { SampleDocuments.files(in: $0.path) })
    #expect(try DocumentSchema.show.violations(in: document) == [])
    let shown = try document.parsed["files"].elements.filter { !$0["content"].isNull }.compactMap(\.["format"].string)
    #expect(Set(shown) == Set(FileFormat.allCases.map(\.rawValue)))
  }

  @Test func segmentsThatAreThereTwiceFollowTheSchema() throws {
    let segment = SegmentName(timeline: TimelineID(1), number: SegmentNumber(2), size: 1 << 20)
    let verdicts: [String?] = ["same", "shorter", "unreadable", "different", nil]
    let gaps = WALGaps(
      segmentSize: 1 << 20, systemIdentifier: 7,
      others: [
        WALGaps.OtherCluster(
          systemIdentifier: 8,
          runs: [SegmentRun(timeline: TimelineID(1), first: SegmentNumber(2), last: SegmentNumber(3))])
      ],
      timelines: [],
      duplicates: verdicts.map {
        WALGaps.Duplicate(segment: segment, paths: ["a", "b"], verdict: $0, offset: $0 == "different" ? 7 : nil)
      })
    #expect(try DocumentSchema.walGaps.violations(in: WALGapsReport.json(gaps)) == [])
    #expect(try DocumentSchema.walGaps.violations(in: WALGapsReport.json(nil)) == [])
    #expect(try DocumentSchema.walEnd.violations(in: WALEndReport.json(nil)) == [])
  }
}
