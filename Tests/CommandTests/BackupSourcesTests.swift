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

  /// A manifest vouches for itself.
  @Test func aManifestThatWasChangedIsNamed() async throws {
    let scratch = ScratchDirectory()
    let source = try Fixtures.unpacked("backups/basebackup-pg15") + "/tar"
    try ExternalProgram.run("/bin/cp", ["-r", source, scratch.path + "/backup"])
    let manifest = scratch.path + "/backup/backup_manifest"
    let sound = try await slotscope(["show", manifest, "--format", "json"])
    #expect(sound.status == 0 && sound.output.contains(#""format": "backup_manifest""#), "\(sound)")
    try FileTree.change(manifest) { bytes in
      bytes = Array(String(decoding: bytes, as: UTF8.self).replacing("\"Size\": 8192", with: "\"Size\": 8192 ").utf8)
    }
    let changed = try await slotscope(["show", manifest])
    #expect(changed.status == 2 && changed.error.contains("backup manifest: the checksum does not match"), "\(changed)")
    let outcome = try await AuditFailoverTests.slotscope(["inspect", scratch.path + "/backup"])
    let words = outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("backup_manifest is not as it was written"), "\(words)")
  }

  /// The files in an archive are shown as those of the unpacked directory are.
  @Test(arguments: ["tar", "client-gzip"]) func filesInATarAreShown(form: String) async throws {
    let scratch = ScratchDirectory()
    let folder = try Fixtures.unpacked("backups/basebackup-pg15") + "/" + form
    let base = try #require(FileTree.entries(of: folder).first { $0.hasPrefix("base.tar") })
    let wal = try #require(FileTree.entries(of: folder).first { $0.hasPrefix("pg_wal.tar") })
    try ExternalProgram.run("/usr/bin/tar", ["-xf", "\(folder)/\(base)", "-C", scratch.path])
    try ExternalProgram.run("/usr/bin/tar", ["-xf", "\(folder)/\(wal)", "-C", scratch.path + "/pg_wal"])
    let files = ["PG_VERSION", "global/pg_control", "backup_label", "global/pg_filenode.map", "postgresql.conf"]
    func shown(_ place: String, _ files: [String], _ format: String) async throws -> String {
      let outcome = try await slotscope(["show", "--format", format] + files.map { place + "/" + $0 })
      #expect(outcome.status == 0 && outcome.error.isEmpty, "\(outcome)")
      return outcome.output.replacing(place, with: "")
    }
    for format in ["text", "json"] {
      let plain = try await shown(scratch.path, files, format)
      #expect(try await shown("\(folder)/\(base)", files, format) == plain)
      #expect(try await shown(folder, files, format) == plain)
    }
    let segment = try #require(FileTree.entries(of: scratch.path + "/pg_wal").first { $0.count == 24 })
    #expect(
      try await shown("\(folder)/\(wal)", [segment], "json") == shown(scratch.path + "/pg_wal", [segment], "json"))
    for (path, words) in [
      ("none", "No such file or directory"), ("global", "is a directory, not a regular file"),
      ("PG_VERSION/x", "Not a directory"), ("../none", "Not a directory"),
    ] {
      let outcome = try await slotscope(["show", "\(folder)/\(base)/\(path)"])
      #expect(outcome.status == 3 && outcome.error.contains("/\(path): \(words)"), "\(outcome)")
    }
    let itself = try await slotscope(["show", "\(folder)/\(base)"])
    #expect(itself.status == 3 && itself.error.contains("a tar archive\n"), "\(itself)")
    #expect(itself.error.contains("Name a file in it: slotscope show "), "\(itself)")
  }
}
