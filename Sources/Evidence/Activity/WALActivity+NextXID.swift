import PostgresFormat

extension WALActivity {
  /// A record names a transaction: the next number is after it (`AdvanceNextFullTransactionIdPastXid`).
  mutating func note(_ xid: TransactionID) {
    guard xid.isNormal else { return }
    let after = xid.rawValue &+ 1
    noteNext(TransactionID(after < 3 ? 3 : after))
  }

  /// A record tells the next number itself.
  mutating func noteNext(_ xid: TransactionID) {
    guard xid.isNormal, nextXID?.precedes(xid) ?? true else { return }
    nextXID = xid
  }
}
