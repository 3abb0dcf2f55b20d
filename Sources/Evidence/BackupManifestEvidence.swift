package import PostgresFormat

/// What `backup_manifest` says of a base backup, and what of it is not so.
package struct BackupManifestEvidence: Sendable, Hashable {
  /// `PostgreSQL-Backup-Manifest-Version`.
  package var version: Int
  /// 17 and later.
  package var systemIdentifier: UInt64?
  /// Files that it lists.
  package var fileCount: Int
  /// Bytes of these.
  package var totalBytes: UInt64
  /// Files of which the backup has the changed blocks only.
  package var incrementalCount: Int
  /// WAL that must be replayed before the backup is consistent.
  package var walRanges: [BackupManifest.WALRange]
  /// Whether its own checksum is that of its lines; nil where it has none, and in evidence of older releases.
  package var checksumMatches: Bool?
  /// Files that were held against it: their size, and of small ones outside the databases their checksum.
  package var checkedCount: Int
  /// Those that are missing, or differ.
  package var differenceCount: Int
  /// The first of them: a path, and what is the matter.
  package var differences: [String]

  /// Differences that are listed.
  package static let listLimit = 50

  /// A manifest and what was found.
  package init(_ manifest: BackupManifest, checkedCount: Int, differenceCount: Int, differences: [String]) {
    (version, systemIdentifier, fileCount) = (manifest.version, manifest.systemIdentifier, manifest.fileCount)
    (totalBytes, incrementalCount) = (manifest.totalBytes, manifest.incrementalCount)
    walRanges = manifest.walRanges
    checksumMatches = manifest.checksum.map { _ in manifest.checksumError == nil }
    (self.checkedCount, self.differenceCount, self.differences) = (checkedCount, differenceCount, differences)
  }
}
