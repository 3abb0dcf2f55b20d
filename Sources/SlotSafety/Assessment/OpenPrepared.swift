import Evidence
import PostgresFormat

/// A transaction that is prepared and not finished.
struct OpenPrepared: Sendable {
  var xid: TransactionID
  var gid: String
  var database: OID
  /// Where its PREPARE record begins; nil where only its file tells of it.
  var start: LSN?
  var path: String
  var node: String

  /// On any of these nodes, by the WAL that was read and by the files of pg_twophase, each once.
  static func all(on nodes: [(name: String, evidence: Evidence)]) -> [OpenPrepared] {
    var open: [OpenPrepared] = []
    var places: [TransactionID: Set<LSN>] = [:]
    for (node, evidence) in nodes {
      for stretch in evidence.stretches where stretch.to == evidence.wal.end?.lsn {
        for one in stretch.activity.openPreparedTransactions
        where places[one.xid, default: []].insert(one.start).inserted {
          open.append(
            OpenPrepared(
              xid: one.xid, gid: one.gid, database: one.database, start: one.start,
              path: evidence.wal.path ?? "pg_wal", node: node))
        }
      }
    }
    for (node, evidence) in nodes {
      for file in evidence.preparedTransactions where places[file.value.xid] == nil {
        places[file.value.xid] = []
        open.append(
          OpenPrepared(
            xid: file.value.xid, gid: file.value.gid, database: file.value.database, path: file.path, node: node))
      }
    }
    return open
  }
}
