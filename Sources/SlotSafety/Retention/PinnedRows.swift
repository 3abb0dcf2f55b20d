package import Evidence
package import PostgresFormat

/// Rows that vacuum must leave, and who pins them.
package struct PinnedRows: Sendable, Hashable {
  /// Who it is.
  package enum Holder: Sendable, Hashable {
    case slot(String)
    /// By its gid.
    case preparedTransaction(String)
    /// A transaction that ran at the last record of running transactions; a crash has ended it.
    case transaction
  }

  /// Who pins them.
  package var holder: Holder
  /// The catalogs' rows alone (`catalog_xmin`), or those of all tables (`xmin`).
  package var isCatalogOnly: Bool
  /// Rows that this transaction or a later one deleted stay.
  package var xid: TransactionID
  /// Transactions that have got their number since; nil where the newest number is not known.
  package var age: UInt32?
  /// It had its number before this time, which a checkpoint tells; nil where none does.
  package var before: Timestamp?

  /// The oldest first.
  static func all(_ evidence: Evidence, next: TransactionID?) -> [PinnedRows] {
    var rows: [PinnedRows] = []
    let checkpoint = evidence.control?.value.checksumMatches == true ? evidence.control?.value.checkpoint : nil
    func add(_ holder: Holder, _ xid: TransactionID, catalogs: Bool) {
      guard xid.isNormal else { return }
      let isOlder = checkpoint.map { xid.precedes($0.nextXID.xid) } ?? false
      rows.append(
        PinnedRows(
          holder: holder, isCatalogOnly: catalogs, xid: xid,
          age: next.map { xid.precedes($0) ? $0.rawValue &- xid.rawValue : 0 }, before: isOlder ? checkpoint?.time : nil
        ))
    }
    for slot in evidence.slots {
      guard let state = slot.state, state.invalidation == nil,
        state.persistency == .persistent || evidence.isRunning == true
      else { continue }
      add(.slot(state.name), state.xmin, catalogs: false)
      add(.slot(state.name), state.catalogXmin, catalogs: true)
    }
    for prepared in evidence.preparedTransactions {
      add(.preparedTransaction(prepared.value.gid), prepared.value.xid, catalogs: false)
    }
    let prepared = Set(evidence.preparedTransactions.map(\.value.xid))
    if evidence.isRunning == true, evidence.role == .primary {
      for xid in evidence.wal.replay?.running?.xids ?? [] where !prepared.contains(xid) {
        add(.transaction, xid, catalogs: false)
      }
    }
    return rows.sorted { ($0.age ?? 0, $1.isCatalogOnly ? 1 : 0) > ($1.age ?? 0, $0.isCatalogOnly ? 1 : 0) }
  }
}

extension Evidence {
  /// The number that the next transaction gets, by the control file and the WAL after its redo position.
  package var newestKnownXID: TransactionID? {
    let known = control.flatMap { $0.value.checksumMatches ? $0.value.checkpoint.nextXID.xid : nil }
    guard let read = wal.replay?.nextXID, read.isNormal else { return known }
    return known.map { $0.precedes(read) ? read : $0 } ?? read
  }
}
