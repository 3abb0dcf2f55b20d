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
    arguments: Lab.servers,
    [
      ("stream", nil), ("fetch", nil), ("stream", "gzip"), ("fetch", "gzip"), ("stream", "client-lz4"),
      ("fetch", "server-zstd"),
    ])
  func theTarSaysWhatTheDirectorySays(server: Lab.Server, form: (wal: String, packing: String?)) async throws {
    // Before 15 there is gzip alone.
    guard server.major >= 15 || form.packing ?? "gzip" == "gzip" else { return }
    let wal = form.wal
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary(settings: ["wal_level": "logical", "max_replication_slots": "4"])
      try await primary.sql("create database shop; select pg_create_logical_replication_slot('orders', 'pgoutput');")
      try await primary.sql("create table t as select generate_series(1, 1000) a", database: "shop")
      let (backup, folder) = (primary.home + "/backup", primary.home + "/unpacked")
      let packing = form.packing.map { $0 == "gzip" ? ["-z"] : ["--compress=\($0)"] } ?? []
      try await primary.program(
        "pg_basebackup",
        ["-Ft", "-X", wal, "-c", "fast", "-D", backup, "-h", primary.home, "-U", "postgres"] + packing)
      try ExternalProgram.run("/bin/mkdir", [folder])
      // tar knows a compression by the first bytes, but has no name for LZ4.
      func unpack(_ name: String, into folder: String) throws {
        let path = try #require(
          ["", ".gz", ".lz4", ".zst"].map { "\(backup)/\(name)\($0)" }.first(where: DataDirectory.exists))
        let program = path.hasSuffix(".lz4") ? ["-I", "lz4"] : []
        try ExternalProgram.run("/usr/bin/tar", program + ["-xpf", path, "-C", folder])
      }
      try unpack("base.tar", into: folder)
      if wal == "stream" { try unpack("pg_wal.tar", into: folder + "/pg_wal") }
      // 13 and later.
      if DataDirectory.exists(backup + "/backup_manifest") {
        try ExternalProgram.run("/bin/cp", [backup + "/backup_manifest", folder])
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
