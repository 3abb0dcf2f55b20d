import FixtureSupport
import Testing

@testable import PostgresFormat

/// Record for record the same as what pg_waldump of the same version prints.
@Suite struct RecordsAgainstWALDumpTests {
  static let nodes: [FixtureNode] = {
    let own = Fixtures.names.flatMap { (try? Fixtures.nodes($0)) ?? [] }
    return own + Fixtures.externalFolders.flatMap { (try? Fixtures.nodes(inFolder: $0)) ?? [] }
  }()

  @Test(arguments: nodes)
  func everyRecordIsTheOneThatTheServersToolPrints(node: FixtureNode) throws {
    let version = try #require(ServerVersion(name: node.versionName))
    let layout = RecordLayout(version)
    let names = RecordTypeNames(version)
    for number in 1...9 {
      let timeline = "0000000\(number)"
      guard let lines = try node.walDump(timeline: timeline) else { continue }
      let wal = try WALBytes(dataDirectory: node.path, timeline: timeline)
      var compared = 0
      for text in lines {
        guard let line = WALDumpLine(text) else { continue }
        let bytes = try wal.record(at: line.lsn, count: line.totalLength)
        compared += 1
        if let difference = try difference(bytes, line, layout, names) {
          Issue.record("\(node) \(LSN(line.lsn)): \(difference)\n\(text.prefix(300))")
          return
        }
      }
      #expect(compared > 0)
    }
  }

  private func difference(
    _ bytes: [UInt8], _ line: WALDumpLine, _ layout: RecordLayout, _ names: RecordTypeNames
  ) throws -> String? {
    let record = bytes.span.bytes
    let (manager, info) = (ResourceManager(bytes[17]), bytes[16])
    let fragments = try RecordFragments(record, layout: layout)
    // pg_xlogdump of the 9.6 betas counted the main data only.
    let length = layout.version == .v9_6 ? fragments.mainDataLength : bytes.count - fragments.imageLength
    if manager.name != line.manager { return "manager \(manager.name)" }
    if names.name(manager, info: info) != line.type { return "type \(names.name(manager, info: info))" }
    if length != line.length { return "length \(length)" }
    let references = self.references(record, fragments, layout)
    if references != line.blockReferences { return "references \(references)" }
    return try WALDumpDetails.difference(record, fragments, manager, info, line, layout)
  }

  private func references(_ record: RawSpan, _ fragments: RecordFragments, _ layout: RecordLayout) -> String {
    var text = ""
    var blocks = fragments.blocks(layout: layout)
    while let block = blocks.next(in: record) {
      text += ", blkref #\(block.id): rel \(block.locator)"
      if let fork = block.fork, fork != .main { text += " fork \(fork.name)" }
      text += " blk \(block.block)"
      if block.hasImage { text += block.imageApplies ? " FPW" : " FPW for WAL verification" }
    }
    return text
  }
}
