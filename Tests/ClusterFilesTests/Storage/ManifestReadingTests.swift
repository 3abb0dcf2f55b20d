import Evidence
import FixtureSupport
import PostgresFormat
import Testing

@testable import ClusterFiles

/// `backup_manifest` is held against the files, in the directory or beside the archives.
@Suite struct ManifestReadingTests {
  let scratch = ScratchDirectory()

  /// A copy of the plain backup, in which things may be changed.
  private func backup() throws -> String {
    try Fixtures.unpacked("backups/basebackup-pg15", in: scratch)
  }

  private func manifest(_ directory: DataDirectory) throws -> BackupManifestEvidence? {
    directory.gather().startFiles.backupManifest
  }

  @Test func aBackupIsWhatItsManifestSays() throws {
    let folder = try Fixtures.unpacked("backups/basebackup-pg15")
    let plain = try #require(try manifest(DataDirectory(path: folder + "/plain")))
    #expect(plain.fileCount > 900 && plain.version == 1 && plain.systemIdentifier == nil)
    #expect(plain.checksumMatches == true)
    let newer = try Fixtures.unpacked("backups/basebackup-pg17-incremental") + "/incr"
    let incremental = try #require(try manifest(DataDirectory(path: newer)))
    #expect(incremental.version == 2 && incremental.systemIdentifier != nil && incremental.checksumMatches == true)
    // A tablespace's link may lead to where it was.
    #expect(plain.differences.allSatisfy { $0.hasPrefix("pg_tblspc/") }, "\(plain.differences)")
    #expect(plain.walRanges.count == 1 && plain.walRanges[0].start < plain.walRanges[0].end)
    for form in ["tar", "tar-fetch", "client-gzip", "client-zstd", "server-lz4"] {
      guard let base = TarStorage.base(at: "\(folder)/\(form)"), let storage = try? TarStorage(path: base) else {
        continue
      }
      let found = try #require(try manifest(DataDirectory(path: base, in: storage)))
      #expect(found.differenceCount == 0 && found.checkedCount > 900, "\(form) \(found.differences)")
    }
  }

  @Test func whatIsOtherwiseIsNamed() throws {
    let path = try backup() + "/plain"
    try FileTree.change(path + "/global/pg_control") { $0[300] ^= 1 }
    try FileTree.change(path + "/PG_VERSION") { $0.append(10) }
    try ExternalProgram.run("/bin/rm", [path + "/global/1262"])
    try FileTree.change(path + "/postgresql.conf") { $0 += Array("\nport = 5433\n".utf8) }
    let found = try #require(try manifest(DataDirectory(path: path)))
    let words = found.differences.filter { !$0.hasPrefix("pg_tblspc/") }.sorted()
    #expect(
      words == ["PG_VERSION has 4 bytes, not 3", "global/1262 is missing", "global/pg_control has another checksum"])
    // Of a server that was started since, nothing is as it was.
    try ExternalProgram.run("/bin/rm", [path + "/backup_label"])
    #expect(try manifest(DataDirectory(path: path)) == nil)
  }

  @Test func oneThatWasChangedIsNamed() throws {
    let path = try backup() + "/plain"
    try FileTree.change(path + "/backup_manifest") { bytes in
      bytes = Array(String(decoding: bytes, as: UTF8.self).replacing("\"Size\": 8192", with: "\"Size\": 8192 ").utf8)
    }
    #expect(try manifest(DataDirectory(path: path))?.checksumMatches == false)
  }

  @Test func aDamagedOneIsAProblem() throws {
    let path = try backup() + "/plain"
    try FileTree.change(path + "/backup_manifest") { $0.removeLast(300) }
    let evidence = try DataDirectory(path: path).gather()
    #expect(evidence.startFiles.backupManifest == nil)
    #expect(evidence.problems.contains { $0.path == "backup_manifest" })
  }
}
