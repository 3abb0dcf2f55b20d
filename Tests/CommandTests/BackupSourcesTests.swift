import FixtureSupport
import ServerLab
import Testing

/// What `inspect` says of base backups, in whatever form they are.
@Suite struct BackupSourcesTests {
  private func inspect(_ backup: String, _ form: String, _ options: [String] = []) async throws -> Outcome {
    try await slotscope(["inspect", "\(try Fixtures.unpacked("backups/" + backup))/\(form)"] + options)
  }

  @Test(arguments: ["plain", "tar", "tar-fetch", "client-gzip", "client-lz4", "server-zstd"])
  func aBaseBackupHasNoSlots(form: String) async throws {
    let outcome = try await inspect("basebackup-pg15", form)
    #expect((0...2).contains(outcome.status), "\(outcome)")
    let words = outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("none: a base backup has none, whatever its server had"), "\(words)")
    #expect(!words.contains("incremental") && !words.contains("backup_manifest"), "\(words)")
  }

  @Test(arguments: ["incr", "incr-tar"]) func anIncrementalBackupIsNamed(form: String) async throws {
    let outcome = try await inspect("basebackup-pg17-incremental", form, ["-v"])
    let words = outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("This is an incremental backup"), "\(words)")
    #expect(
      words.contains("pg_combinebackup") && words.contains("global/1262: only what changed of it is here"), "\(words)")
    #expect(!words.contains("could not be read: No such file"), "\(words)")
    #expect(!words.contains("[damage.catalog]"), "\(words)")
  }

  /// Permissions that stop a start first hide nothing of what else does.
  @Test func wrongPermissionsHideNothing() async throws {
    let scratch = ScratchDirectory()
    let source = try Fixtures.unpacked("backups/basebackup-pg17-incremental") + "/incr"
    try ExternalProgram.run("/bin/cp", ["-r", source, scratch.path + "/backup"])
    try ExternalProgram.run("/bin/chmod", ["0755", scratch.path + "/backup"])
    let outcome = try await AuditFailoverTests.slotscope(["inspect", scratch.path + "/backup"])
    let words = outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("has invalid permissions"), "\(words)")
    #expect(words.contains("With other permissions it would not start either: FATAL: this is an incremental backup"))
  }

  @Test func walThatABackupLacksIsNamed() async throws {
    let scratch = ScratchDirectory()
    let source = try Fixtures.unpacked("backups/basebackup-pg15") + "/tar"
    try ExternalProgram.run("/bin/cp", ["-r", source, scratch.path + "/backup"])
    try ExternalProgram.run("/bin/rm", [scratch.path + "/backup/pg_wal.tar"])
    let outcome = try await AuditFailoverTests.slotscope(["inspect", scratch.path + "/backup"])
    let words = outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("The backup is consistent only once WAL from 0/00"), "\(words)")
    #expect(words.contains("there is none here"), "\(words)")
  }
}
