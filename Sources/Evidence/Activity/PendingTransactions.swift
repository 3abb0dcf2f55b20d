import PostgresFormat

/// What transactions have done that have not ended yet, by the xid in the records: subtransactions by themselves, since a
/// commit lists those that count.
///
/// Bounded: when there are too many transactions or relations, the excess is counted no more and every commit that it may
/// belong to says that its relations are not complete. Numbers are given out in order, so those that write at a time
/// differ in their last bits: each has a place by them, and only where two share one does the older go to a dictionary.
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
  }

  struct Prepared: Sendable {
    var gid: String
    var database: OID
    var start: LSN
    var end: LSN
    var time: Timestamp
  }

  private struct Place: Sendable {
    /// 0: free.
    var xid: UInt32 = 0
    var transaction = Transaction(first: .none)
  }

  let limits: Limits
  private var places = [Place](repeating: Place(), count: Self.placeCount)
  private var placed = 0
  private var displaced: [UInt32: Transaction] = [:]
  /// The newest number that was seen; 0 before the first.
  private(set) var highest = TransactionID.none
  /// All before this one have ended, but for the prepared ones.
  private var endedBefore = TransactionID.none
  private var addedSincePruning = 0
  /// Some transaction was not followed: any may lack what it did.
  private(set) var overflowed = false

  private static let placeCount = 128

  init(limits: Limits = Limits()) { self.limits = limits }

  private var count: Int { placed + displaced.count }

  /// Changes what is noted of a transaction, which is noted from here on if it is new.
  @inline(__always)
  mutating func update(_ xid: TransactionID, at lsn: LSN, _ change: (inout Transaction) -> Void) {
    guard xid.rawValue != 0 else { return }
    let index = Int(xid.rawValue) & (Self.placeCount - 1)
    guard places[index].xid == xid.rawValue || settle(xid, at: index, first: lsn) else { return }
    change(&places[index].transaction)
  }

  /// Brings a transaction to its place. Returns false where there are too many to follow it.
  private mutating func settle(_ xid: TransactionID, at index: Int, first: LSN) -> Bool {
    let known = displaced.isEmpty ? nil : displaced.removeValue(forKey: xid.rawValue)
    if known == nil {
      if !highest.isValid || highest.precedes(xid) { highest = xid }
      guard makeRoom() else { return false }
    }
    if places[index].xid != 0 {
      displaced[places[index].xid] = places[index].transaction
      placed -= 1
    }
    places[index] = Place(xid: xid.rawValue, transaction: known ?? Transaction(first: first))
    placed += 1
    return true
  }

  private mutating func makeRoom() -> Bool {
    addedSincePruning += 1
    if count >= limits.transactions, addedSincePruning > limits.transactions / 2 { prune() }
    if count >= limits.transactions { overflowed = true }
    return count < limits.transactions
  }

  private mutating func remove(_ xid: TransactionID) -> Transaction? {
    let index = Int(xid.rawValue) & (Self.placeCount - 1)
    if places[index].xid == xid.rawValue, xid.isValid {
      placed -= 1
      defer { places[index] = Place() }
      return places[index].transaction
    }
    return displaced.isEmpty ? nil : displaced.removeValue(forKey: xid.rawValue)
  }

  /// What a transaction and its subtransactions did, which is then forgotten. nil: nothing is known of them.
  mutating func take(_ xid: TransactionID, _ subtransactions: [TransactionID]) -> Transaction? {
    var sum = remove(xid)
    for subtransaction in subtransactions {
      guard let part = remove(subtransaction) else { continue }
      sum?.add(part, limit: limits.relationsPerTransaction)
      if sum == nil { sum = part }
    }
    return sum
  }

  /// Puts back what was taken: a transaction that is prepared, or that a later stretch ends.
  mutating func put(_ transaction: Transaction, as xid: TransactionID) {
    let limit = limits.relationsPerTransaction
    update(xid, at: transaction.first) { known in
      known.add(transaction, limit: limit)
      known.prepared = transaction.prepared ?? known.prepared
    }
  }

  /// A crash or shutdown has ended all so far but the prepared ones.
  mutating func noteRestart() { if highest.isValid { dropEnded(before: TransactionID(highest.rawValue &+ 1)) } }

  /// All that are older than every running one have ended, maybe without a record, in a crash.
  mutating func dropEnded(before oldestRunning: TransactionID) {
    if !endedBefore.isValid || endedBefore.precedes(oldestRunning) { endedBefore = oldestRunning }
  }

  /// Forgets those that have ended without a record. Seldom: no transaction of a number from before comes again.
  private mutating func prune() {
    addedSincePruning = 0
    displaced = displaced.filter { isOpen(TransactionID($0.key), $0.value) }
    for index in places.indices where places[index].xid != 0 {
      guard !isOpen(TransactionID(places[index].xid), places[index].transaction) else { continue }
      places[index] = Place()
      placed -= 1
    }
  }

  private func isOpen(_ xid: TransactionID, _ transaction: Transaction) -> Bool {
    transaction.prepared != nil || !endedBefore.isValid || !xid.precedes(endedBefore)
  }

  /// All that are open, by where they began.
  var open: [(xid: TransactionID, transaction: Transaction)] {
    var all = displaced.map { (xid: TransactionID($0.key), transaction: $0.value) }
    for place in places where place.xid != 0 { all.append((TransactionID(place.xid), place.transaction)) }
    return all.filter(isOpen).sorted { $0.transaction.first < $1.transaction.first }
  }

  /// What was noted so far can no longer be relied on: only the prepared transactions are certain to be open.
  mutating func forget() {
    noteRestart()
    prune()
    overflowed = true
  }

  mutating func noteOverflow() { overflowed = true }
}

extension PendingTransactions.Transaction {
  mutating func add(_ other: Self, limit: Int) {
    first = min(first, other.first)
    bytes &+= other.bytes
    changesCatalogs = changesCatalogs || other.changesCatalogs
    isComplete = isComplete && other.isComplete
    truncate(other.truncated, limit: limit)
    if relations.isEmpty {
      relations = other.relations
      return
    }
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

  @inline(__always)
  mutating func update(_ relation: RelationLocator, limit: Int, _ change: (inout RelationChanges) -> Void) {
    // Changes come in runs of one relation, and mostly of few.
    var index = relations.count - 1
    while index >= 0 {
      if relations[index].relation.isSame(as: relation) { return change(&relations[index]) }
      index -= 1
    }
    guard relations.count < limit else {
      isComplete = false
      return
    }
    if relations.isEmpty { relations.reserveCapacity(4) }
    relations.append(RelationChanges(relation: relation))
    change(&relations[relations.count - 1])
  }
}

extension RelationLocator {
  /// Equality without a call: the numbers mostly differ.
  @inline(__always)
  fileprivate func isSame(as other: RelationLocator) -> Bool {
    number == other.number && database.rawValue == other.database.rawValue
      && tablespace.rawValue == other.tablespace.rawValue
  }
}
