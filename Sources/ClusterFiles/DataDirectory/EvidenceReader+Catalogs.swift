import Evidence
import PostgresFormat

extension EvidenceReader {
  /// Names from the shared catalogs: databases, tablespaces, subscriptions, origins.
  func readCatalogs(into evidence: inout Evidence) {
    guard let version = evidence.version else { return }
    let catalogs = SharedCatalogs(
      dataDirectory: directory, in: storage, version: version, oldestXID: evidence.control?.value.checkpoint.oldestXID)
    evidence.databases = catalogs.databases
    evidence.tablespaces = catalogs.tablespaces
    do throws(FileError) {
      let links = try storage.entries(of: directory + "/pg_tblspc", limit: DirectoryListing.defaultLimit)
      evidence.tablespaceLinks = links.compactMap { UInt32($0.name).map { OID($0) } }.sorted()
      for link in links { note(link, into: &evidence) }
    } catch {
      if !error.isMissing { evidence.problems.append(Problem(error, subject: "tablespaces", path: "pg_tblspc")) }
    }
    evidence.subscriptions = catalogs.subscriptions
    evidence.problems += catalogs.problems
    readSubscribedTables(into: &evidence, version)
    readPublications(into: &evidence, version)
    var progress: [UInt16: LSN] = [:]
    for origin in evidence.origins { progress[origin.originID] = origin.remoteLSN }
    var merged = catalogs.origins.map {
      OriginEvidence(originID: $0.originID, name: $0.name, remoteLSN: progress.removeValue(forKey: $0.originID))
    }
    merged += progress.map { OriginEvidence(originID: $0.key, name: nil, remoteLSN: $0.value) }
    evidence.origins = merged.sorted { $0.originID < $1.originID }
  }

  /// What lies in pg_tblspc and is no link to a folder: a server that recovers stops at it.
  private func note(_ link: DirectoryListing.Entry, into evidence: inout Evidence) {
    let path = "pg_tblspc/" + link.name
    guard storage.mayHaveServers, let kind = try? storage.status(directory + "/" + path).kind else { return }
    guard kind == .directory else {
      let error = FileError(path: path, reason: .notDirectory(kind))
      evidence.problems.append(Problem(error, subject: "tablespaces", path: path))
      return
    }
    let mayBeInPlace = evidence.settings.assignments.contains {
      $0.name == "allow_in_place_tablespaces" && SettingValue.bool($0.value) != false
    }
    guard !mayBeInPlace, UInt32(link.name) != nil, storage.target(ofLink: directory + "/" + path) == nil else { return }
    let message =
      "is a directory, not a link to the tablespace's folder; a server that recovers from a backup or as a standby stops at it"
    evidence.problems.append(
      Problem(subject: Problem.tablespaceInPlace, path: path, cause: .other(code: "wrong_kind", message: message)))
  }

  /// The publications of the databases that slots of pgoutput decode, where their folders are there.
  private func readPublications(into evidence: inout Evidence, _ version: ServerVersion) {
    let wanted = Set(
      evidence.slots.compactMap { slot in
        slot.state.flatMap { $0.isLogical && $0.plugin == "pgoutput" && $0.invalidation == nil ? $0.database : nil }
      })
    guard version.has(.logicalReplication), !wanted.isEmpty else { return }
    var found: [PublicationEvidence] = []
    for database in evidence.databases where wanted.contains(database.oid) {
      let catalogs = DatabaseCatalogs(
        dataDirectory: directory, in: storage, version: version, database: database,
        oldestXID: evidence.control?.value.checkpoint.oldestXID, publications: true)
      found += catalogs.publications.map {
        PublicationEvidence(database: database.oid, name: $0.name, insertedBy: $0.insertedBy)
      }
    }
    if !found.isEmpty { evidence.publications = found }
  }

  /// The catalogs of the databases that have subscriptions, where their folders are there: evidence that was cut down to the
  /// shared catalogs is none the worse.
  private func readSubscribedTables(into evidence: inout Evidence, _ version: ServerVersion) {
    let wanted = Set(evidence.subscriptions.map(\.database))
    guard !wanted.isEmpty else { return }
    var found: [SubscribedTables] = []
    for database in evidence.databases where wanted.contains(database.oid) {
      let catalogs = DatabaseCatalogs(
        dataDirectory: directory, in: storage, version: version, database: database,
        oldestXID: evidence.control?.value.checkpoint.oldestXID, subscribedTables: true)
      guard !catalogs.relations.isEmpty else { continue }
      evidence.problems += catalogs.problems
      found.append(
        SubscribedTables(
          database: database.oid,
          tables: catalogs.subscribedTables.map { row in
            let relation = catalogs.relation(oid: row.relation)
            return SubscribedTables.Table(
              row: row, schemaName: relation.flatMap { catalogs.namespaceName($0.namespace) }, tableName: relation?.name
            )
          }))
    }
    evidence.subscribedTables = found
  }
}
