import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

/// Folders with more names than are read: nothing that was not counted counts, and each is named.
@Suite struct ManyNamesTests {
  private let scratch = ScratchDirectory()

  /// The WAL of a copy of a node, of whose folders no more than ten names are read, after a shell made more in one of them.
  private func gathered(_ shell: String) throws -> (wal: WALEvidence, problems: [Problem]) {
    let folder = scratch.path + "/data"
    try ExternalProgram.run("/bin/cp", ["-r", Fixtures.node("pg17-clean", "data").path, folder])
    let all = try DataDirectory(path: folder).gather()
    try ExternalProgram.run("/bin/sh", ["-ec", "cd '\(folder)/pg_wal'; \(shell)"])
    return WALEvidence.gather(
      dataDirectory: folder, version: all.version, control: all.control?.value, history: all.currentHistory, limit: 10)
  }

  private static let few = "mkdir -p archive_status summaries; rm -f archive_status/* summaries/*; "
  private static let names = "$(seq -f '0000000100000000000000%02g' 10 21)"

  @Test func archiveStatus() throws {
    let (wal, problems) = try gathered(Self.few + "for n in \(Self.names); do : > archive_status/$n.ready; done")
    #expect(wal.archiveReadyCount == nil && wal.archived == nil)
    #expect(wal.summaryCount == 0 && wal.summarized == [] && wal.path != nil)
    #expect(problems.map(\.path) == ["pg_wal/archive_status"] && problems[0].cause.hasTooMany)
  }

  @Test func summaries() throws {
    let (wal, problems) = try gathered(
      Self.few + "for n in \(Self.names); do : > summaries/00000001${n#00000001}00000000FFFFFFFF.summary; done")
    #expect(wal.summaryCount == nil && wal.summarized == nil)
    #expect(wal.archiveReadyCount == 0 && wal.archived == [])
    #expect(problems.map(\.path) == ["pg_wal/summaries"] && problems[0].cause.hasTooMany)
  }

  @Test func segments() throws {
    let (wal, problems) = try gathered("for n in \(Self.names); do : > $n; done")
    #expect(wal.live.isEmpty && wal.end == nil)
    #expect(problems.map(\.path) == ["pg_wal"] && problems[0].cause.hasTooMany)
  }

  @Test func foldersThatCannotBeReadAreNotEmpty() throws {
    let (wal, problems) = try gathered("rm -rf archive_status summaries; : > archive_status; : > summaries")
    #expect(wal.archiveReadyCount == nil && wal.archived == nil && wal.summaryCount == nil && wal.summarized == nil)
    #expect(Set(problems.map(\.subject)) == ["archive_status", "wal_summaries"])
  }

  /// A folder that was not read to its end leaves nothing in the inventory either.
  @Test func noneOfAFolderThatIsRefused() throws {
    let folder = scratch.path
    for number in 10..<20 { scratch.write("0000000100000000000000\(number)", [UInt8]()) }
    var inventory = WALInventory()
    #expect(throws: FileError.self) { try inventory.add(folder: folder, limit: 9) }
    #expect(inventory.files.isEmpty)
    try inventory.add(folder: folder, limit: 10)
    #expect(inventory.files.count == 10)
  }

  @Test func slots() throws {
    let folder = scratch.path + "/data"
    try ExternalProgram.run("/bin/cp", ["-r", Fixtures.node("pg17-clean", "data").path, folder])
    try ExternalProgram.run(
      "/bin/sh", ["-ec", "cd '\(folder)/pg_replslot'; seq -f 'm%05g' 1 \(Evidence.slotLimit) | xargs mkdir"])
    let evidence = try DataDirectory(path: folder).gather()
    #expect(evidence.slots.isEmpty && evidence.problems.map(\.subject) == ["slot_folder"])
    #expect(evidence.unread.count == 1 && !evidence.wasRead)
  }
}

extension Problem.Cause {
  fileprivate var hasTooMany: Bool { if case .other(Problem.tooManyEntries, _) = self { true } else { false } }
}
