import FixtureSupport
import PostgresFormat
import ServerLab
import Testing

/// Real directories whose control file names a catalog version of no known release, and is sound otherwise.
@Suite struct UnknownCatalogsTests {
  private func setCatalogVersion(of directory: String, to number: UInt32) throws {
    try FileTree.change(directory + "/global/pg_control") { bytes in
      bytes.replaceSubrange(12..<16, with: WALBuilder.little(number))
      // SAFETY: the array's elements are plain bytes.
      let checksum = unsafe CRC32C.checksum(bytes.span.bytes.extracting(0..<288))
      bytes.replaceSubrange(288..<292, with: WALBuilder.little(checksum))
    }
  }

  @Test(arguments: ["primary", "standby"])
  func noCommandTakesThemForProof(node: String) async throws {
    let scratch = ScratchDirectory()
    let folder = try FailoverFixture.unpacked("1114-pg17", in: scratch).folder
    let sources = ["--primary", folder + "/primary", "--standby", folder + "/standby"]
    func run(_ arguments: [String]) async throws -> Outcome { try await AuditFailoverTests.slotscope(arguments) }

    #expect(try await run(["audit"] + sources).status == 0)
    #expect(try await run(["plan"] + sources).status == 0)
    #expect(try await !run(["inspect", "\(folder)/\(node)"]).output.contains("catalog version"))

    try setCatalogVersion(of: "\(folder)/\(node)", to: 202_701_011)
    let inspection = try await run(["inspect", "\(folder)/\(node)", "--format", "json"])
    let document = try JSONDocument(parsing: inspection.output)
    #expect(document["control"]["crc_ok"].bool == true)
    #expect(document["findings"].elements.contains { $0["id"].string == "node.catalog-version-unknown" })
    let audit = try await run(["audit", "--format", "json"] + sources)
    let verdict = try JSONDocument(parsing: audit.output)
    #expect(audit.status == 3 && verdict["verdict"].string == "unknown")
    #expect(verdict["findings"].elements.contains { $0["id"].string == "A04" })
    let plan = try await run(["plan"] + sources)
    #expect(plan.status == 3 && plan.output.isEmpty)
    #expect(plan.error.contains("no plan: The \(node) has catalog version 202701011"), "\(plan.error)")
  }
}
