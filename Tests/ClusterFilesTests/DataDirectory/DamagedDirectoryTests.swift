import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

/// Copies of real directories with one file cut or changed, by the thousand: nothing crashes, what is wrong is named with
/// its file, and the rest of the evidence stands.
@Suite struct DamagedDirectoryTests {
  /// One file of a fixture, and whether a checksum or strict grammar covers all of its bytes.
  struct Target: Sendable, CustomStringConvertible {
    var fixture: String
    var node: String
    var path: String
    var isChecksummed: Bool
    /// Bytes from here on are not read (the rest of pg_control, trailing padding).
    var meaningfulLength: Int?
    var description: String { "\(fixture) \(path)" }
  }

  static let targets: [Target] = [
    Target(fixture: "pg11-crash", node: "data", path: "pg_replslot/log_main/state", isChecksummed: true),
    Target(fixture: "pg13-crash", node: "data", path: "pg_replslot/log_main/state", isChecksummed: true),
    Target(fixture: "pg17-crash", node: "data", path: "pg_replslot/log_main/state", isChecksummed: true),
    Target(
      fixture: "pg17-crash", node: "data", path: "global/pg_control", isChecksummed: true, meaningfulLength: 292),
    Target(
      fixture: "pg19-crash", node: "data", path: "global/pg_control", isChecksummed: true, meaningfulLength: 312),
    Target(fixture: "pg17-crash", node: "data", path: "pg_logical/replorigin_checkpoint", isChecksummed: true),
    Target(fixture: "pg17-crash", node: "data", path: "global/pg_filenode.map", isChecksummed: true),
    Target(fixture: "pg17-crash", node: "data", path: "global/1262", isChecksummed: false),
    Target(fixture: "pg17-crash", node: "data", path: "PG_VERSION", isChecksummed: false),
    Target(fixture: "pg17-crash", node: "data", path: "postgresql.conf", isChecksummed: false),
    Target(fixture: "pg17-timelines", node: "data", path: "pg_wal/00000003.history", isChecksummed: false),
  ]

  private static func gathered(_ folder: String) -> Evidence? { (try? DataDirectory(path: folder))?.gather() }

  @Test(arguments: targets) func everyChangeIsSurvivedAndNamed(_ target: Target) throws {
    let source = try Fixtures.node(target.fixture, target.node).path
    let scratch = ScratchDirectory()
    let folder = scratch.path
    try ExternalProgram.run("/bin/cp", ["-r", source + "/.", folder])
    // The walk to the end of WAL has tests of its own; without segments each reading is quick.
    let pristine = try FileTree.contents(of: "\(folder)/\(target.path)")
    try #require(!pristine.isEmpty)
    let before = try DataDirectory(path: folder).gather()
    try #require(before.problems.isEmpty, "\(before.problems)")
    let otherSlots = before.slots.filter { $0.path != target.path }

    var random = SplitMix(state: 20_261_121)
    let length = target.meaningfulLength ?? pristine.count
    func check(_ bytes: [UInt8], _ what: String, mustBeNoticed: Bool) throws {
      try FileTree.change("\(folder)/\(target.path)") { $0 = bytes }
      // A PG_VERSION that now names another major is refused.
      guard let evidence = Self.gathered(folder) else { return }
      let named = evidence.problems.filter { $0.path == target.path }
      if mustBeNoticed { #expect(!named.isEmpty, "\(target) \(what)") }
      if target.path != "PG_VERSION" {
        #expect(evidence.slots.filter { $0.path != target.path } == otherSlots, "\(target) \(what)")
        #expect(evidence.versionFile?.value == before.versionFile?.value)
      }
    }

    for _ in 0..<60 {
      var bytes = pristine
      let offset = Int.random(in: 0..<length, using: &random)
      let change = UInt8.random(in: 1...255, using: &random)
      bytes[offset] ^= change
      try check(bytes, "byte \(offset) changed by \(change)", mustBeNoticed: target.isChecksummed)
    }
    for _ in 0..<30 {
      let cut = Int.random(in: 0..<length, using: &random)
      try check(Array(pristine.prefix(cut)), "cut to \(cut)", mustBeNoticed: target.isChecksummed)
    }
    try check([], "emptied", mustBeNoticed: target.isChecksummed)
  }

  /// Nothing is counted by a segment size that no WAL has, whatever names lie in the folders.
  @Test(arguments: [0, 3, 1 << 19, 1 << 31 as UInt32]) func aSegmentSizeThatNoServerHas(_ size: UInt32) throws {
    let scratch = ScratchDirectory()
    let folder = scratch.path
    try ExternalProgram.run("/bin/cp", ["-r", Fixtures.node("pg17-crash", "data").path + "/.", folder])
    let control = try #require(Self.gathered(folder)?.control?.value)
    try FileTree.change("\(folder)/global/pg_control") { bytes in
      let sizes = WALBuilder.little(control.walBlockSize) + WALBuilder.little(control.walSegmentSize)
      guard let place = bytes.firstRange(of: sizes).map({ $0.upperBound - 4 }) else { return }
      bytes.replaceSubrange(place..<place + 4, with: WALBuilder.little(size))
      let checksumPlace = 288
      let checksum = CRC32C.checksum(bytes.span.bytes.extracting(0..<checksumPlace))
      bytes.replaceSubrange(checksumPlace..<checksumPlace + 4, with: WALBuilder.little(checksum))
    }
    try ExternalProgram.run(
      "/bin/sh", ["-c", "mkdir -p '\(folder)/pg_wal/archive_status'; rm -f '\(folder)'/pg_wal/0*"])
    try ExternalProgram.run(
      "/bin/sh", ["-c", ": > '\(folder)/pg_wal/archive_status/000000010000000000000005.done'"])
    let evidence = try #require(Self.gathered(folder))
    #expect(evidence.control?.value.checksumMatches == true && evidence.control?.value.walSegmentSize == size)
    #expect(evidence.wal.segmentSize == nil && evidence.wal.archived == [])
  }

  @Test func aDirectoryWithoutAnyOfItsFilesIsRefusedOrReported() throws {
    let scratch = ScratchDirectory()
    let empty = scratch.path
    #expect(throws: DataDirectory.OpenError.self) { _ = try DataDirectory(path: empty) }
    try ExternalProgram.run("/bin/sh", ["-c", "echo 17 > '\(empty)/PG_VERSION'"])
    let evidence = try DataDirectory(path: empty).gather()
    #expect(Set(evidence.problems.map(\.path)).isSuperset(of: ["global/pg_control", "pg_replslot", "pg_wal"]))
    #expect(evidence.control == nil && evidence.slots.isEmpty && evidence.wal.end == nil)
  }

  @Test(arguments: ["9.4", "9.5", "8", "20", "120"]) func otherMajorsAreRefusedByName(_ version: String) throws {
    let scratch = ScratchDirectory()
    let folder = scratch.path
    try ExternalProgram.run("/bin/sh", ["-c", "echo \(version) > '\(folder)/PG_VERSION'"])
    #expect(Self.gathered(folder) == nil)
  }
}
