import ClusterFiles
import Evidence
import FixtureSupport
import SlotSafety
import Testing

@testable import Reporting

/// Evidence files as each release wrote them: they are read for ever, and judged as they were.
@Suite struct EvidenceReleasesTests {
  @Test func eachReleaseHasItsFiles() throws {
    let path = Fixtures.directory + "/../CHANGELOG.md"
    let changes = String(decoding: try FileTree.contents(of: path), as: UTF8.self)
    let released = changes.matches(of: /\n## (\d+\.\d+\.\d+)\b/).map { String($0.1) }
    #expect(released.contains("0.1.0"))
    for release in released { #expect(Fixtures.releases.contains(release), "\(release) has no files of evidence") }
  }

  @Test(arguments: Fixtures.releases) func filesOfAReleaseAreReadAndJudged(release: String) throws {
    let scratch = ScratchDirectory()
    let folder = try Fixtures.unpackedRelease(release, in: scratch)
    let verdicts = try JSONDocument(contentsOf: folder + "/verdicts.json")
    let schema = try DocumentSchema.evidence.load()
    var count = 0
    for name in FileTree.entries(of: folder) where name != "verdicts.json" {
      var nodes: [String: Evidence] = [:]
      for file in FileTree.entries(of: "\(folder)/\(name)") {
        let path = "\(folder)/\(name)/\(file)"
        #expect(schema.violations(in: try JSONDocument(contentsOf: path)) == [], "\(name)/\(file)")
        nodes[file] = try EvidenceFile.read(path)
        count += 1
      }
      let primary = try #require(nodes["primary.json"])
      #expect(InspectText.report(Inspection(primary), style: .plain, verbose: true).text.count > 500)
      guard let standby = nodes["standby.json"] else { continue }
      let audit = Audit(primary: primary, standbys: [standby], subscribers: [], archive: [])
      let assessment = try AuditJSON.document(audit.assessments()).parsed
      #expect(assessment["verdict"] == verdicts[name]["verdict"], "\(name)")
      let slots = assessment["slots"].elements
      #expect(slots.map { $0["slot_name"].string ?? "" }.sorted() == verdicts[name]["slots"].keys.sorted(), "\(name)")
      for slot in slots {
        let slotName = try #require(slot["slot_name"].string)
        #expect(slot["verdict"] == verdicts[name]["slots"][slotName], "\(name) \(slotName)")
      }
    }
    #expect(count >= 11)
  }
}
