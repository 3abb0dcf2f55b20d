import Evidence
import FoundationEssentials
import PostgresFormat

extension ServerReader {
  /// Databases, subscriptions and origins.
  func readNames(into evidence: inout Evidence) throws(ServerError) {
    evidence.databases = try ask(.databases, into: &evidence)?.compactMap { DatabaseRow($0) } ?? []
    evidence.subscriptions = try ask(.subscriptions, into: &evidence)?.compactMap { SubscriptionRow($0) } ?? []
    if !evidence.subscriptions.isEmpty, let rows = try ask(.subscribedTables, into: &evidence) {
      evidence.subscribedTables = SubscribedTables.all(rows)
    }
    evidence.origins =
      try ask(.origins, into: &evidence)?.compactMap { row in
        row.number("roident").map { OriginEvidence(originID: $0, name: row.text("roname"), remoteLSN: nil) }
      } ?? []
    guard !evidence.origins.isEmpty, let progress = try ask(.originProgress, into: &evidence) else { return }
    // Asked after the progress: what lies before it is safe. Commits of a subscriber may not be, and are undone by a crash.
    let flushed = inRecovery ? nil : try askQuietly(.positions)?.first?.lsn("flush")
    for row in progress {
      guard let local = row.lsn("local_lsn"), let flushed, local <= flushed,
        let index = evidence.origins.firstIndex(where: { $0.originID == row.number("local_id") })
      else { continue }
      evidence.origins[index].remoteLSN = row.lsn("remote_lsn")?.nonZero
    }
  }

  /// Prepared transactions, and running ones that pin rows.
  func readTransactions(into evidence: inout Evidence) throws(ServerError) {
    for row in try ask(.preparedTransactions, into: &evidence) ?? [] {
      guard let xid = row.xid("transaction"), let gid = row.text("gid"), let prepared = row.time("prepared") else {
        continue
      }
      evidence.preparedTransactions.append(
        Located(
          PreparedTransaction(
            xid: xid, database: row.oid("datoid") ?? .none, preparedAt: prepared, owner: row.oid("owner") ?? .none,
            gid: gid), path: ServerQuery.preparedTransactions.name))
    }
    let transactions = try ask(.transactions, into: &evidence) ?? []
    evidence.server?.transactions = transactions.map { SessionTransaction($0) }
  }
}

extension DatabaseRow {
  fileprivate init?(_ row: ServerRow) {
    guard let oid = row.oid("oid"), let name = row.text("datname") else { return nil }
    self.init(
      oid: oid, name: name, nameIsExact: row.isExact("datname"), tablespace: row.oid("dattablespace") ?? .none,
      isTemplate: row.flag("datistemplate") ?? false, allowsConnections: row.flag("datallowconn") ?? true,
      connectionLimit: row.number("datconnlimit") ?? -1)
  }
}

extension SubscriptionRow {
  fileprivate init?(_ row: ServerRow) {
    guard let oid = row.oid("oid"), let database = row.oid("subdbid"), let name = row.text("subname") else {
      return nil
    }
    let publications = row.bytes("subpublications").flatMap {
      try? JSONDecoder().decode([String].self, from: Data($0))
    }
    self.init(
      oid: oid, database: database, name: name, nameIsExact: row.isExact("subname"),
      owner: row.oid("subowner") ?? .none,
      enabled: row.flag("subenabled") ?? false, slotName: row.text("subslotname"), publications: publications ?? [],
      publicationsAreKnown: publications != nil, twoPhaseState: row.text("subtwophasestate"),
      failover: row.flag("subfailover"), skipLSN: row.lsn("subskiplsn"))
  }
}

extension SubscribedTables {
  fileprivate static func all(_ rows: [ServerRow]) -> [SubscribedTables] {
    guard let database = rows.first?.oid("datoid") else { return [] }
    return [
      SubscribedTables(
        database: database,
        tables: rows.compactMap { row in
          guard let subscription = row.oid("srsubid"), let relation = row.oid("srrelid"),
            let state = row.text("srsubstate")
          else { return nil }
          return Table(
            row: SubscribedTableRow(
              subscription: subscription, relation: relation, state: state, lsn: row.lsn("srsublsn")),
            schemaName: row.text("nspname"), tableName: row.text("relname"))
        })
    ]
  }
}

extension SessionTransaction {
  fileprivate init(_ row: ServerRow) {
    self.init()
    pid = row.number("pid")
    database = row.text("datname")
    userName = row.text("usename")
    applicationName = row.text("application_name")
    state = row.text("state")
    startedAt = row.time("xact_start")
    xid = row.xid("backend_xid")
    xmin = row.xid("backend_xmin")
  }
}
