import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

/// The timeline histories of an archive.
@Suite struct ArchiveHistoriesTests {
  @Test func theFolderAndItsSubfolders() throws {
    let scratch = ScratchDirectory()
    scratch.write("00000002.history", "1\t0/3000000\tx\n")
    scratch.write("0000000200000000/00000003.history", "1\t0/3000000\tx\n2\t0/4000000\ty\n")
    scratch.write("00000004.history", "garbage\n")
    let (archive, problems) = try ArchivedTimelines.read(scratch.path)
    #expect(archive.histories.map(\.value.timeline.rawValue) == [2, 3])
    #expect(archive.histories.first?.path == scratch.path + "/00000002.history")
    #expect(problems.count == 1 && problems.first?.path.hasSuffix("00000004.history") == true)
    #expect(throws: FileError.self) { try ArchivedTimelines.read(scratch.path + "/nope") }
  }
}
