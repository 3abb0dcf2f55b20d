import ByteReading
import Evidence
import PostgresFormat

extension EvidenceReader {
  /// `pg_logical`: serialized snapshots and the progress of replication origins.
  func readLogical(into evidence: inout Evidence) {
    let version = evidence.version
    let snapshots = entries("pg_logical/snapshots", subject: "snapshot", into: &evidence) ?? []
    let mappings = (try? storage.entries(of: directory + "/pg_logical/mappings")) ?? []
    var files = LogicalFiles()
    (files.snapshotCount, files.snapshotBytes) = total(of: snapshots, in: "pg_logical/snapshots")
    (files.mappingCount, files.mappingBytes) = total(of: mappings, in: "pg_logical/mappings")
    evidence.logicalFiles = files
    for entry in snapshots {
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

  /// The regular files among the entries of a folder, and their sizes.
  private func total(of entries: [DirectoryListing.Entry], in folder: String) -> (count: Int, bytes: UInt64) {
    var (count, bytes) = (0, UInt64(0))
    for entry in entries where entry.kind == .regular {
      let status = try? storage.status("\(directory)/\(folder)/\(entry.name)", followingLinks: false)
      count += 1
      bytes = bytes.addingReportingOverflow(UInt64(clamping: status?.size ?? 0)).partialValue
    }
    return (count, bytes)
  }

  /// `pg_twophase`: prepared transactions that a checkpoint has written out. Younger ones are in WAL only.
  func readPreparedTransactions(into evidence: inout Evidence) {
    for entry in entries("pg_twophase", subject: "prepared_transaction", into: &evidence) ?? []
    where PreparedTransactionFileName(entry.name).map({ $0.isRead(by: evidence.version) }) == true {
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
    } else if storage.isGone(directory + "/" + path) {
      evidence.problems.removeAll { $0.path == path }
    }
  }
}
