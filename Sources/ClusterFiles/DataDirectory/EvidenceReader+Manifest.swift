import ByteReading
import Evidence
import PostgresFormat

extension EvidenceReader {
  /// Files that are looked for, and bytes of those whose checksum is computed.
  private static let (fileLimit, byteLimit, sizeLimit) = (400_000, 64 << 20, 1 << 20)

  /// `backup_manifest` of a backup that was not started yet: later its files are others.
  func readManifest(into evidence: inout Evidence) {
    guard evidence.startFiles.backupLabelPresent,
      let (bytes, _) = bytes(
        "backup_manifest", limit: BackupManifest.fileSizeLimit, subject: "backup_manifest", into: &evidence)
    else { return }
    var check = Check(reader: self)
    do throws(FormatError) {
      let manifest = try BackupManifest(parsing: bytes) { check.look(at: $0) }
      evidence.startFiles.backupManifest = BackupManifestEvidence(
        manifest, checkedCount: check.count, differenceCount: check.differenceCount, differences: check.differences)
    } catch {
      evidence.problems.append(Problem(error, subject: "backup_manifest", path: "backup_manifest"))
    }
  }

  /// Holds files against the manifest.
  private struct Check {
    let reader: EvidenceReader
    private(set) var count = 0
    private(set) var differenceCount = 0
    private(set) var differences: [String] = []
    private var bytesLeft = EvidenceReader.byteLimit

    init(reader: EvidenceReader) { self.reader = reader }

    /// What whoever restores a backup changes on purpose.
    private static let changed: Set<String> = [
      "postgresql.auto.conf", "postgresql.conf", "pg_hba.conf", "pg_ident.conf", "recovery.conf", "standby.signal",
      "recovery.signal", "tablespace_map", "backup_manifest",
    ]

    mutating func look(at file: BackupManifest.File) {
      guard count < EvidenceReader.fileLimit, let path = String(validating: file.path, as: UTF8.self),
        !Self.changed.contains(path), !path.hasPrefix("pg_wal/"), !path.split(separator: "/").contains("..")
      else { return }
      count += 1
      if let words = difference(file, path) {
        differenceCount += 1
        if differences.count < BackupManifestEvidence.listLimit { differences.append("\(path) \(words)") }
      }
    }

    private mutating func difference(_ file: BackupManifest.File, _ path: String) -> String? {
      let whole = reader.directory + "/" + path
      do throws(FileError) {
        let status = try reader.storage.status(whole)
        guard status.kind == .regular else { return "is \(status.kind.phrase)" }
        guard UInt64(clamping: status.size) == file.size else { return "has \(status.size) bytes, not \(file.size)" }
        guard let expected = file.crc32c, status.size <= EvidenceReader.sizeLimit, status.size <= bytesLeft,
          !path.hasPrefix("base/"), !path.hasPrefix("pg_tblspc/")
        else { return nil }
        bytesLeft -= status.size
        let bytes = try reader.storage.wholeFile(whole, limit: EvidenceReader.sizeLimit)
        // SAFETY: the array's elements are plain bytes.
        return CRC32C.checksum(unsafe bytes.span.bytes) == expected ? nil : "has another checksum"
      } catch {
        return error.isMissing ? "is missing" : error.message
      }
    }
  }
}
