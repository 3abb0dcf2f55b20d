import ClusterFiles
import Evidence
import FixtureSupport
import PostgresFormat
import ServerLab
import Testing

/// Base backups as pg_basebackup writes them in tar format: what they say is what they say once they are unpacked.
@Suite(.serialized) struct BaseBackupLiveTests {
  @Test(
    .enabled(if: !Lab.servers.isEmpty || Lab.isContinuousIntegration, "no PostgreSQL server on this machine"),
    arguments: Lab.servers, ["stream", "fetch"])
  func theTarSaysWhatTheDirectorySays(server: Lab.Server, wal: String) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary(settings: ["wal_level": "logical", "max_replication_slots": "4"])
      try await primary.sql("create database shop; select pg_create_logical_replication_slot('orders', 'pgoutput');")
      try await primary.sql("create table t as select generate_series(1, 1000) a", database: "shop")
      let (backup, folder) = (primary.home + "/backup", primary.home + "/unpacked")
      try await primary.program(
        "pg_basebackup", ["-Ft", "-X", wal, "-c", "fast", "-D", backup, "-h", primary.home, "-U", "postgres"])
      try ExternalProgram.run("/bin/mkdir", [folder])
      try ExternalProgram.run("/usr/bin/tar", ["-xpf", backup + "/base.tar", "-C", folder])
      if wal == "stream" {
        try ExternalProgram.run("/usr/bin/tar", ["-xpf", backup + "/pg_wal.tar", "-C", folder + "/pg_wal"])
      }
      let base = try #require(TarStorage.base(at: backup))
      let storage = try TarStorage(path: base)
      var (packed, plain) = (
        try DataDirectory(path: base, in: storage).gather(), try DataDirectory(path: folder).gather()
      )
      // The archive does not say what the folder itself was.
      (packed.origin, packed.startFiles.permissions) = (plain.origin, plain.startFiles.permissions)
      #expect(packed == plain && packed.problems.isEmpty, "\(server) \(wal): \(packed.problems)")
      #expect(packed.startFiles.backupLabel != nil && packed.databases.contains { $0.name == "shop" })
      packed.stretches =
        try await WALStretchReader(packed, dataDirectory: base, in: storage)?.stretches(from: nil) ?? []
      plain.stretches = try await WALStretchReader(plain, dataDirectory: folder)?.stretches(from: nil) ?? []
      #expect(packed == plain && !packed.stretches.isEmpty, "\(server) \(wal)")
      for command in [["inspect"], ["wal", "stats", "-D"]] {
        let inTar = try await AuditFailoverTests.slotscope(command + [backup])
        let inFolder = try await AuditFailoverTests.slotscope(command + [folder])
        #expect(inTar.status == inFolder.status && (0...2).contains(inTar.status), "\(server): \(inTar) \(inFolder)")
        if command[0] == "wal" { #expect(inTar.output == inFolder.output) }
      }
    }
  }
}
