import ByteReading
import ClusterFiles
import Evidence
import FixtureSupport
import PostgresFormat
import Testing

/// Copies of a real directory's catalogs, each with one thing missing or wrong.
@Suite struct DamagedCatalogsTests {
  /// A copy of `global` and `pg_xact` that may be changed.
  private func copy(
    of fixture: String = "pg17-pubsub", _ node: String = "subscriber", _ change: (String) throws -> Void
  ) throws -> SharedCatalogs {
    let source = try Fixtures.node(fixture, node).path
    let scratch = ScratchDirectory()
    let folder = scratch.path
    for part in ["global", "pg_xact"] { try ExternalProgram.run("/bin/cp", ["-r", "\(source)/\(part)", folder]) }
    try change(folder)
    return SharedCatalogs(dataDirectory: folder, version: .v17)
  }

  private func codes(_ problems: [Problem]) -> [FormatError.Code] {
    problems.compactMap { if case .format(let error) = $0.cause { error.code } else { nil } }
  }

  @Test func withoutAMapNothingIsGuessed() throws {
    let catalogs = try copy { try ExternalProgram.run("/bin/rm", [$0 + "/global/pg_filenode.map"]) }
    #expect(catalogs.databases.isEmpty && catalogs.subscriptions.isEmpty)
    #expect(catalogs.problems.map(\.path) == ["global/pg_filenode.map"])
  }

  @Test func aDamagedMapIsNotUsed() throws {
    let catalogs = try copy { try FileTree.change($0 + "/global/pg_filenode.map") { $0[12] ^= 1 } }
    #expect(catalogs.databases.isEmpty)
    #expect(codes(catalogs.problems) == [.badChecksum])
  }

  @Test func aMissingCatalogLeavesTheOthers() throws {
    let catalogs = try copy { try ExternalProgram.run("/bin/rm", [$0 + "/global/6100"]) }
    #expect(catalogs.subscriptions.isEmpty && !catalogs.databases.isEmpty)
    #expect(catalogs.problems.map(\.path) == ["global/6100"])
  }

  @Test func aFileThatEndsInsideAPage() throws {
    let catalogs = try copy { try FileTree.change($0 + "/global/1262") { $0 += [1, 2, 3] } }
    #expect(catalogs.databases.count == 4)
    #expect(codes(catalogs.problems) == [.tooShort])
  }

  @Test func ofACatalogThatIsTooLargeTheBeginningIsRead() throws {
    let catalogs = try copy { try ExternalProgram.run("/usr/bin/truncate", ["-s", "65M", $0 + "/global/1262"]) }
    #expect(catalogs.databases.count == 4)
    let message = "has 68157440 bytes, of which only the first 67108864 were read"
    #expect(catalogs.problems.map(\.cause) == [.other(code: "too_large", message: message)])
  }

  @Test func withoutACommitLogRowsAreShownAndItIsSaid() throws {
    let catalogs = try copy(of: "pg17-crash", "data") { try ExternalProgram.run("/bin/rm", ["-r", $0 + "/pg_xact"]) }
    #expect(catalogs.origins.count == 2)
    #expect(catalogs.problems.map(\.path) == ["pg_xact/0000"])
    #expect(catalogs.problems.map(\.subject) == ["commit_log"])
  }

  @Test func aFolderInAFilesPlaceIsAProblem() throws {
    let catalogs = try copy {
      try ExternalProgram.run("/bin/rm", [$0 + "/global/6000"])
      try ExternalProgram.run("/bin/mkdir", [$0 + "/global/6000"])
    }
    #expect(catalogs.origins.isEmpty && !catalogs.databases.isEmpty)
    #expect(catalogs.problems.map(\.path) == ["global/6000"])
  }
}
