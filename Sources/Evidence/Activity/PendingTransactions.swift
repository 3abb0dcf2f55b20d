import PostgresFormat

/// What transactions have done that have not ended yet, by the xid in the records: subtransactions by themselves, since a
/// commit lists those that count.
///
/// Bounded: when there are too many transactions or relations, the excess is counted no more and every commit that it may
/// belong to says that its relations are not complete.
struct PendingTransactions: Sendable {
  struct Limits: Sendable {
    var transactions = 1 << 16
    var relationsPerTransaction = 256
  }

  struct Transaction: Sendable {
    var first: LSN
    var bytes: UInt64 = 0
    var relations: [RelationChanges] = []
    var truncated: [OID] = []
    var changesCatalogs = false
    var isComplete = true
    var prepared: Prepared?

    init(first: LSN) { self.first = first }

    mutating func add(_ other: Transaction, limit: Int) {
      first = min(first, other.first)
      bytes &+= other.bytes
      changesCatalogs = changesCatalogs || other.changesCatalogs
      isComplete = isComplete && other.isComplete
      truncate(other.truncated, limit: limit)
      for change in other.relations {
        update(change.relation, limit: limit) {
          $0.inserts &+= change.inserts
          $0.updates &+= change.updates
          $0.deletes &+= change.deletes
          $0.isToast = $0.isToast || change.isToast
        }
      }
    }

    mutating func truncate(_ relations: [OID], limit: Int) {
      for relation in relations where !truncated.contains(relation) {
        guard truncated.count < limit else {
          isComplete = false
          return
        }
        truncated.append(relation)
      }
    }

    mutating func update(_ relation: RelationLocator, limit: Int, _ change: (inout RelationChanges) -> Void) {
      // Changes come in runs of one relation.
      if let last = relations.indices.last, relations[last].relation == relation { return change(&relations[last]) }
      if let index = relations.firstIndex(where: { $0.relation == relation }) { return change(&relations[index]) }
      guard relations.count < limit else {
        isComplete = false
        return
      }
      relations.append(RelationChanges(relation: relation))
      change(&relations[relations.count - 1])
    }
  }

  struct Prepared: Sendable {
    var gid: String
    var database: OID
    var start: LSN
    var end: LSN
    var time: Timestamp
  }

  let limits: Limits
  private(set) var transactions: [UInt32: Transaction] = [:]
  /// Some transaction was not followed: any may lack what it did.
  private(set) var overflowed = false

  init(limits: Limits = Limits()) { self.limits = limits }

  /// Changes what is noted of a transaction, which is noted from here on if it is new.
  @inline(__always)
  mutating func update(_ xid: TransactionID, at lsn: LSN, _ change: (inout Transaction) -> Void) {
    guard xid.isValid else { return }
    if transactions.count >= limits.transactions, transactions[xid.rawValue] == nil {
      overflowed = true
      return
    }
    change(&transactions[xid.rawValue, default: Transaction(first: lsn)])
  }

  /// What a transaction and its subtransactions did, which is then forgotten. nil: nothing is known of them.
  mutating func take(_ xid: TransactionID, _ subtransactions: [TransactionID]) -> Transaction? {
    var sum = transactions.removeValue(forKey: xid.rawValue)
    for subtransaction in subtransactions {
      guard let part = transactions.removeValue(forKey: subtransaction.rawValue) else { continue }
      sum?.add(part, limit: limits.relationsPerTransaction)
      if sum == nil { sum = part }
    }
    return sum
  }

  /// Puts back what was taken: a transaction that is prepared, or that a later stretch ends.
  mutating func put(_ transaction: Transaction, as xid: TransactionID) {
    if transactions[xid.rawValue] == nil, transactions.count >= limits.transactions {
      overflowed = true
      return
    }
    if transactions[xid.rawValue]?.add(transaction, limit: limits.relationsPerTransaction) == nil {
      transactions[xid.rawValue] = transaction
    } else if let prepared = transaction.prepared {
      transactions[xid.rawValue]?.prepared = prepared
    }
  }

  /// A crash or shutdown has ended all but the prepared ones.
  mutating func keepPreparedOnly() { transactions = transactions.filter { $0.value.prepared != nil } }

  /// All that are older than every running one have ended without a record, in a crash.
  mutating func dropEnded(before oldestRunning: TransactionID) {
    transactions = transactions.filter {
      $0.value.prepared != nil || !TransactionID($0.key).precedes(oldestRunning)
    }
  }

  /// What was noted so far can no longer be relied on.
  mutating func noteOverflow() { overflowed = true }
}
