import FixtureSupport
import Glibc
import PostgresFormat

/// The first inputs of each target, made from the directories of real servers.
enum Seeds {
  /// Larger files teach a fuzzer nothing more, and slow it down.
  private static let fileLimit = 64 << 10

  static func write(to folder: String) throws {
    for target in FuzzTarget.all { try ExternalProgram.run("/bin/mkdir", ["-p", "\(folder)/\(target.name)"]) }
    for name in Fixtures.names where !name.contains("diverged") { try add(below: Fixtures.unpacked(name), to: folder) }
    try addOffsets(to: folder)
    try addArchives(to: folder)
    for (index, text) in texts.enumerated() {
      for target in NameTargets.all { save(Array(text.utf8), "\(folder)/\(target.name)/text-\(index)") }
    }
    for target in CommandTargets.all where target.name.hasPrefix("command") {
      // One small change of each kind to each pair.
      for pair in UInt8(0)..<3 {
        for operation in UInt8(0)..<8 {
          save(
            [pair, operation, operation &* 7, 0, operation, 0, 1, 0, 4, 0, 1, 2, 3, 4],
            "\(folder)/\(target.name)/\(pair)-\(operation)")
        }
      }
    }
    for kind in UInt8(0)..<16 {
      save([kind, kind &* 31, kind, kind, kind, 0, 0, 0, 0, 0, 0, 0], "\(folder)/evidence_numbers/\(kind)-")
    }
    for version in UInt8(0)..<11 {
      let records: [UInt8] = [version, 0, 10, 0, 1, 3, 0, 1, 0, 8, 1, 0, 1, 20, 0] + [UInt8](repeating: 1, count: 20)
      save(records, "\(folder)/wal_records/\(version)")
    }
  }

  private static func addOffsets(to folder: String) throws {
    let scratch = ScratchDirectory()
    let consumer = try Fixtures.witness("dbz-stale-5307-pg18", in: scratch) + "/consumer"
    for name in ["offsets.dat", "offsets.json"] {
      save(try FileTree.contents(of: "\(consumer)/\(name)"), "\(folder)/stored_offsets")
    }
    let records = [
      #"["a",{"server":"x"}] {"lsn_proc":8,"lsn_commit":7,"lsn":8,"txId":744,"messageType":"INSERT"}"#,
      #"{"key":"[\"a\",{\"server\":\"x\"}]","payload":"{\"lsn\":9}"}"#, #"{"snapshot":"INITIAL","lsn":7}"#,
      #"{"state":{"[\"a\",{\"server\":\"x\"}]":"{\"lsn\":9}"}}"#,
    ]
    let info = "[db:history]\n1={\"db-id\":6816647123,\"db-version\":\"15\"}\n2={\"db-id\":7,\"db-version\":\"9.6\"}\n"
    save(Array(info.utf8), "\(folder)/archive_info")
    let logs = [
      "%m [%p] %q%u@%d \n\n2026-11-21 10:04:40.123 UTC [7] LOG:  starting PostgreSQL 18.6\n2026-11-21 10:04:41 CET [7] LOG:  x\n\tmore",
      "%n %l %c %b\n\n1763719480.123 1 6920.1b postmaster LOG:  parameter \"synchronized_standby_slots\" changed to \"sb\"\n",
      "x\n\n2026-11-21 10:04:40.123 UTC,,,7,,6920.7,1,,2026-11-21 10:04:40 UTC,,0,LOG,00000,\"a \"\"b\nc\",,,,,,,,,\"\",\"postmaster\",,0\n",
      "x\n\n{\"timestamp\":\"2026-11-21 10:04:40.123 UTC\",\"pid\":7,\"error_severity\":\"LOG\",\"message\":\"x\",\"backend_type\":\"postmaster\"}\n",
    ]
    for log in logs { save(Array(log.utf8), "\(folder)/server_log") }
    for record in records { save(Array(record.utf8), "\(folder)/stored_offsets") }
  }

  /// Some files of a directory in each dialect of tar, plain and compressed; with names that are long, links and holes.
  private static func addArchives(to folder: String) throws {
    let scratch = ScratchDirectory()
    let data = try Fixtures.node("pg17-clean", "data").path
    let long = String(repeating: "long/", count: 30) + "name"
    try ExternalProgram.run(
      "/bin/sh",
      [
        "-c",
        """
        mkdir -p "$1/d/global" "$1/d/pg_wal" "$1/d/$(dirname "$3")" && cd "$1/d" && cp "$2/PG_VERSION" . &&
        cp "$2/global/pg_control" global && : >"$3" && ln -s PG_VERSION link && ln PG_VERSION hard && truncate -s 1M holes &&
        echo 'START WAL LOCATION: 0/2000028 (file 000000010000000000000002)' >backup_label
        for format in ustar v7; do tar -c -H $format -f ../$format.tar * 2>/dev/null; done
        for format in gnu posix; do tar -cS -H $format -f ../$format.tar *; done; gzip -k ../gnu.tar ../posix.tar
        exit 0
        """, "sh", scratch.path, data, long,
      ])
    for name in FileTree.entries(of: scratch.path) where name.contains(".tar") {
      save(try FileTree.contents(of: "\(scratch.path)/\(name)"), "\(folder)/tar_archive")
    }
    let manifest = """
      { "PostgreSQL-Backup-Manifest-Version": 2,
      "System-Identifier": 7713321182143761159,
      "Files": [
      { "Path": "backup_label", "Size": 278, "Last-Modified": "2026-11-28 20:25:42 GMT", "Checksum-Algorithm": "CRC32C", "Checksum": "d1c498d8" },
      { "Encoded-Path": "676c6f62616c2fff", "Size": 8192 }
      ],
      "WAL-Ranges": [
      { "Timeline": 1, "Start-LSN": "0/E00028", "End-LSN": "0/E00120" }
      ],
      "Manifest-Checksum": "924dd789"}

      """
    save(Array(manifest.utf8), "\(folder)/backup_manifest")
    save(Array(manifest.utf8), "\(folder)/recognized_file")
  }

  private static let texts = [
    "orders=0/1A2B", "orders=8389504", "000000010000000000000003", "000000010000000000000003.00000028.backup",
    "00000002.history", "0-1500028.snap",
    "000000010000000000000003.gz.partial", "0000001F", "xid-7-lsn-0-3000000.spill", "0/0150A2F8", "0x1F",
    "2026-11-21 10:04:40.5+00", "1663/5/16384", "name:a,name_like:b%", "host=db1 port=5432 password='a b' user=x",
    "postgresql://user:secret@db1:5432/shop?sslmode=require", "\"A\", b , c", "16MB", "1.5 h", "on",
    "\u{1B}[2J\u{202E}<b>",
  ]

  private static func add(below path: String, to folder: String) throws {
    for name in FileTree.entries(of: path) {
      let inner = "\(path)/\(name)"
      guard let bytes = try? FileTree.contents(of: inner) else {
        try add(below: inner, to: folder)
        continue
      }
      let format = FileFormat(head: Array(bytes.prefix(FileFormat.headLength)))
      if format == .walSegment {
        // The last pages of a segment that is not full, and the first ones.
        save(Array(bytes.prefix(4 * 8192)), "\(folder)/wal_pages")
        let packed = "\(folder)/compressed_segment/\(name)-"
        save(Array(bytes.prefix(4 * 8192)), packed)
        try ExternalProgram.run("/bin/gzip", ["-f", packed])
      } else if let format, bytes.count <= fileLimit {
        save(bytes, "\(folder)/\(format.rawValue)")
        save(bytes, "\(folder)/recognized_file")
      } else if bytes.count % 8192 == 0, !bytes.isEmpty,
        (try? HeapPage(parsing: bytes.span.bytes.extracting(0..<8192))) != nil
      {
        for version in UInt8(0)..<11 { save([version] + bytes.prefix(8192), "\(folder)/catalog_pages") }
      }
    }
  }

  /// Under a name of its own content where only the folder is given.
  private static func save(_ bytes: [UInt8], _ path: String) {
    let name = String(CRC32C.checksum(bytes.span.bytes), radix: 16)
    OriginalPair.write(path.split(separator: "/").last?.contains("-") == true ? path : "\(path)/\(name)", bytes)
  }
}
