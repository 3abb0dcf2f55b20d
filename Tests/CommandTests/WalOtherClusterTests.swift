import FixtureSupport
import PostgresFormat
import ServerLab
import Testing

/// Segments of two clusters in one place, and no segment at all.
@Suite struct WalOtherClusterTests {
  /// The fixture's segments, the last `count` of them with another system identifier in their first pages.
  private func mixed(_ node: FixtureNode, count: Int) throws -> (scratch: ScratchDirectory, names: [String]) {
    let scratch = ScratchDirectory()
    let names = FileTree.entries(of: node.path + "/pg_wal").filter { SegmentName($0.utf8) != nil }.sorted()
    for (index, name) in names.enumerated() {
      var bytes = try FileTree.contents(of: "\(node.path)/pg_wal/\(name)")
      if index >= names.count - count { bytes[24] ^= 0x55 }
      scratch.write(name, bytes)
    }
    return (scratch, names)
  }

  @Test func segmentsOfAnotherClusterAreNotThere() async throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let (scratch, names) = try mixed(node, count: 2)
    let text = try await slotscope(["wal", "gaps", scratch.path])
    #expect(text.status == 2, "\(text.output)\(text.error)")
    #expect(text.output.contains("are of cluster ") && text.output.contains(names[names.count - 2]))
    #expect(text.output.contains("Timeline 1: \(names.count - 2) segment"))
    let json = try await slotscope(["wal", "gaps", "--format", "json", scratch.path])
    let document = try JSONDocument(parsing: json.output)
    #expect(document["timelines"][0]["segments"].integer == Int64(names.count - 2))
    #expect(document["other_clusters"][0]["there"][0]["from_segment"].string == names[names.count - 2])
    #expect(document["system_identifier"].string != document["other_clusters"][0]["system_identifier"].string)
    // With the data directory of the one, what the archive has of the other does not count.
    let both = try await slotscope(["wal", "gaps", "-D", node.path, scratch.path])
    #expect(both.status == 2 && both.output.contains("are of cluster "))
    let (alone, _) = try mixed(node, count: 0)
    let whole = try await slotscope(["wal", "gaps", alone.path])
    #expect(whole.status != 2 && !whole.output.contains("cluster"))
  }

  @Test func withoutWALThereIsADocumentAllTheSame() async throws {
    let scratch = ScratchDirectory()
    for command in ["gaps", "end"] {
      for place in [scratch.path, scratch.path + "/nothing"] {
        let outcome = try await slotscope(["wal", command, "--format", "json", "--waldir", place])
        #expect(outcome.status == 3 && !outcome.error.isEmpty)
        let document = try JSONDocument(parsing: outcome.output)
        #expect(document["schema"].string == "slotscope.wal-\(command)/1")
      }
    }
  }
}
