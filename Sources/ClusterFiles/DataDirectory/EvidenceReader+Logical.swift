import ByteReading
import Evidence
import PostgresFormat

extension EvidenceReader {
  /// `pg_logical`: serialized snapshots and the progress of replication origins.
  func readLogical(into evidence: inout Evidence) {
    let version = evidence.version
    evidence.logicalFiles = logicalFiles()
    for entry in entries("pg_logical/snapshots", subject: "snapshot", into: &evidence) ?? [] {
      guard let lsn = SnapshotFileName(entry.name)?.lsn else { continue }
      let snapshot = decoded(
        "pg_logical/snapshots/" + entry.name, limit: SnapshotFile.fileSizeLimit, subject: "snapshot", into: &evidence
      ) { (bytes) throws(FormatError) in
        SnapshotEvidence(lsn: lsn, snapshot: try SnapshotFile(parsing: bytes, version: version))
      }
      if let snapshot { evidence.snapshots.append(snapshot) }
    }
    let progress = decoded(
      "pg_logical/replorigin_checkpoint", limit: OriginProgress.fileSizeLimit, subject: "replication_origins",
      into: &evidence
    ) { (bytes) throws(FormatError) in try OriginProgress.list(parsing: bytes) }
    evidence.origins = (progress?.value ?? []).map {
      OriginEvidence(originID: $0.originID, name: nil, remoteLSN: $0.remoteLSN)
    }
  }

  /// How much lies in the folders that slots keep full.
  private func logicalFiles() -> LogicalFiles {
    var files = LogicalFiles()
    for (folder, isSnapshots) in [("snapshots", true), ("mappings", false)] {
      let path = "\(directory)/pg_logical/\(folder)"
      for entry in (try? DirectoryListing(path: path))?.entries ?? [] where entry.kind == .regular {
        let size = UInt64(clamping: (try? FileStatus(path: "\(path)/\(entry.name)", followingLinks: false))?.size ?? 0)
        if isSnapshots {
          files.snapshotCount += 1
          files.snapshotBytes = files.snapshotBytes.addingReportingOverflow(size).partialValue
        } else {
          files.mappingCount += 1
          files.mappingBytes = files.mappingBytes.addingReportingOverflow(size).partialValue
        }
      }
    }
    return files
  }

  /// `pg_twophase`: prepared transactions that a checkpoint has written out. Younger ones are in WAL only.
  func readPreparedTransactions(into evidence: inout Evidence) {
    for entry in entries("pg_twophase", subject: "prepared_transaction", into: &evidence) ?? []
    where PreparedTransactionFileName(entry.name) != nil {
      readPreparedTransaction(entry.name, into: &evidence)
    }
  }

  /// One of them. On a running server it may have ended since the listing: then there is none.
  func readPreparedTransaction(_ name: String, into evidence: inout Evidence) {
    let (path, version) = ("pg_twophase/" + name, evidence.version)
    let transaction = decoded(
      path, limit: PreparedTransaction.fileSizeLimit, subject: "prepared_transaction", required: true, into: &evidence
    ) { (bytes) throws(FormatError) in try PreparedTransaction(parsing: bytes, version: version) }
    if let transaction {
      evidence.preparedTransactions.append(transaction)
    } else if FileStatus.isGone(directory + "/" + path) {
      evidence.problems.removeAll { $0.path == path }
    }
  }
}
