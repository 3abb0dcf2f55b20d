import ClusterFiles
import Evidence
import FixtureSupport
import PostgresFormat
import SlotSafety
import Testing

@testable import Reporting

/// `inspect --format json` against what the servers said of the same directories.
@Suite struct InspectContractTests {
  /// Every data directory in Fixtures, and those that SLOTSCOPE_CASES names besides.
  static let nodes: [FixtureNode] = {
    let bundled = Fixtures.names.flatMap { (try? Fixtures.nodes($0)) ?? [] }
    return bundled + Fixtures.externalFolders.flatMap { (try? Fixtures.nodes(inFolder: $0)) ?? [] }
  }()

  static func document(_ node: FixtureNode) throws -> JSONDocument {
    let inspection = Inspection(try DataDirectory(path: node.path).gather())
    return try JSONDocument(parsing: InspectJSON.document(inspection).serialized(pretty: false))
  }

  /// Columns that stand on disk, or follow from what does.
  static let columns = [
    "plugin", "slot_type", "datoid", "database", "temporary", "xmin", "catalog_xmin", "restart_lsn",
    "confirmed_flush_lsn", "two_phase", "two_phase_at", "conflicting", "invalidation_reason", "failover", "synced",
  ]

  @Test func thereAreDirectoriesOfEveryVersion() {
    #expect(Set(Self.nodes.map(\.versionName)) == Set(ServerVersion.allCases.map(\.name)))
  }

  @Test(arguments: nodes) func slotsAreThoseThatTheServerLoadsFromTheseFiles(_ node: FixtureNode) throws {
    let slots = try Self.document(node)["slots"].elements
    #expect(slots.compactMap { $0["slot_name"].string } == slots.compactMap { $0["slot_name"].string }.sorted())
    let loaded = node.truth["slots_after_restart"]
    guard !loaded.isNull else { return }
    let kept = slots.filter { $0["persistency"].string == "persistent" }
    #expect(
      kept.compactMap { $0["slot_name"].string } == loaded.elements.compactMap { $0["slot_name"].string }.sorted())
    for wanted in loaded.elements {
      let slot = kept.first { $0["slot_name"] == wanted["slot_name"] } ?? .null
      for column in Self.columns where wanted.keys.contains(column) {
        let (found, expected) = (slot[column], wanted[column])
        if let lsn = expected.string.flatMap({ LSN($0) }), column.hasSuffix("lsn") || column == "two_phase_at" {
          #expect(found.string.flatMap { LSN($0) } == lsn, "\(wanted["slot_name"]) \(column)")
        } else {
          #expect(found == expected, "\(wanted["slot_name"]) \(column)")
        }
      }
    }
  }

  @Test(arguments: nodes) func namesAreThoseOfTheCatalogs(_ node: FixtureNode) throws {
    let document = try Self.document(node)
    func pairs(_ list: JSONDocument) -> Set<[JSONDocument]> { Set(list.elements.map { [$0["oid"], $0["datname"]] }) }
    #expect(pairs(document["databases"]) == pairs(node.truth["databases"]))
    for column in ["subname", "subslotname", "subenabled", "subdbid", "subpublications"] {
      let found = document["subscriptions"].elements.map { $0[column] }
      #expect(Set(found) == Set(node.truth["subscriptions"].elements.map { $0[column] }), "\(column)")
    }
    #expect(
      Set(document["origins"].elements.map { [$0["roident"], $0["roname"]] })
        == Set(node.truth["origins"].elements.map { [$0["roident"], $0["roname"]] }))
  }

  @Test(arguments: nodes) func theNodeIsNamedForWhatItIs(_ node: FixtureNode) throws {
    let document = try Self.document(node)
    #expect(document["node"]["major"].string == node.versionName)
    #expect(document["node"]["role"].string == (node.truth["in_recovery"].bool == true ? "standby" : "primary"))
    #expect(document["node"]["running"].bool == false)
    #expect(document["control"]["crc_ok"].bool == true)
    #expect(document["schema"].string == "slotscope.inspect/1")
  }

  @Test(arguments: nodes) func walEndsWhereTheServersOwnToolStops(_ node: FixtureNode) throws {
    let wal = try Self.document(node)["wal"]
    let timeline = TimelineID(UInt32(wal["end_timeline_id"].integer ?? 0))
    guard let lines = try node.walDump(timeline: timeline.hex) else { return }
    let last = lines.last { $0.contains(", lsn: ") }
    let lsn = last.flatMap { line in
      line.split(separator: ", lsn: ").last?.split(separator: ",").first.flatMap { LSN(String($0)) }
    }
    #expect(wal["last_record_lsn"].string.flatMap { LSN($0) } == lsn)
  }

  @Test(arguments: nodes) func anEvidenceFileGivesTheSameDocument(_ node: FixtureNode) throws {
    let evidence = try DataDirectory(path: node.path).gather()
    let folder = ScratchDirectory()
    let path = folder.path + "/evidence.json"
    try EvidenceFile.write(EvidenceFile.encode(evidence), to: path, replacing: .evidence)
    let back = try EvidenceFile.read(path)
    #expect(back == evidence)
    #expect(InspectJSON.document(Inspection(back)) == InspectJSON.document(Inspection(evidence)))
  }
}
