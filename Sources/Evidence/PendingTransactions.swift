import PostgresFormat

/// What one transaction has done, as somebody who follows it notes it.
protocol TransactionWork: Sendable {
  /// Nothing yet; its first record begins at `first`.
  init(first: LSN)
  /// Where its first record begins.
  var first: LSN { get }
  /// It goes on across a restart.
  var isPrepared: Bool { get }
  /// Entries in its lists, by which memory is bounded.
  var entryCount: Int { get }
  /// Adds what another one did, in no more than `limit` entries of a kind.
  mutating func add(_ other: Self, limit: Int)
}

/// What transactions have done that have not ended yet, by the xid in the records: subtransactions by themselves, since a
/// commit lists those that count.
///
/// Bounded: beyond the limits no entry is added to a transaction, and no transaction is followed; either is to be said of every
/// commit that it may belong to. Numbers are given out in order, so those that write at a time differ in their last bits:
/// each has a place by them, and only where two share one does the older go to a dictionary.
struct PendingTransactions<Work: TransactionWork>: Sendable {
  private struct Place: Sendable {
    /// 0: free.
    var xid: UInt32 = 0
    var work = Work(first: .none)
  }

  let limits: PendingLimits
  private var places = [Place](repeating: Place(), count: Self.placeCount)
  private var placed = 0
  private var displaced: [UInt32: Work] = [:]
  /// Of all together.
  private var entryCount = 0
  /// The newest number that was seen; 0 before the first.
  private(set) var highest = TransactionID.none
  /// All before this one have ended, but for the prepared ones.
  private var endedBefore = TransactionID.none
  private var addedSincePruning = 0
  /// Some transaction was not followed: any may lack what it did.
  private(set) var overflowed = false

  private static var placeCount: Int { 128 }

  init(limits: PendingLimits = PendingLimits()) { self.limits = limits }

  private var count: Int { placed + displaced.count }

  /// Entries of a kind that a transaction may have now.
  var entryLimit: Int { entryCount < limits.entries ? limits.entriesPerTransaction : 0 }

  /// Changes what is noted of a transaction, which is noted from here on if it is new.
  @inline(__always)
  mutating func update(_ xid: TransactionID, at lsn: LSN, _ change: (inout Work) -> Void) {
    guard xid.rawValue != 0 else { return }
    let index = Int(xid.rawValue) & (Self.placeCount - 1)
    guard places[index].xid == xid.rawValue || settle(xid, at: index, first: lsn) else { return }
    let before = places[index].work.entryCount
    change(&places[index].work)
    entryCount += places[index].work.entryCount - before
  }

  /// Brings a transaction to its place. Returns false where there are too many to follow it.
  private mutating func settle(_ xid: TransactionID, at index: Int, first: LSN) -> Bool {
    let known = displaced.isEmpty ? nil : displaced.removeValue(forKey: xid.rawValue)
    if known == nil {
      if !highest.isValid || highest.precedes(xid) { highest = xid }
      guard makeRoom() else { return false }
    }
    if places[index].xid != 0 {
      displaced[places[index].xid] = places[index].work
      placed -= 1
    }
    places[index] = Place(xid: xid.rawValue, work: known ?? Work(first: first))
    placed += 1
    return true
  }

  private mutating func makeRoom() -> Bool {
    addedSincePruning += 1
    if count >= limits.transactions, addedSincePruning > limits.transactions / 2 { prune() }
    if count >= limits.transactions { overflowed = true }
    return count < limits.transactions
  }

  private mutating func remove(_ xid: TransactionID) -> Work? {
    var work: Work?
    let index = Int(xid.rawValue) & (Self.placeCount - 1)
    if places[index].xid == xid.rawValue, xid.isValid {
      work = places[index].work
      places[index] = Place()
      placed -= 1
    } else if !displaced.isEmpty {
      work = displaced.removeValue(forKey: xid.rawValue)
    }
    entryCount -= work?.entryCount ?? 0
    return work
  }

  /// What a transaction and its subtransactions did, which is then forgotten. nil: nothing is known of them.
  mutating func take(_ xid: TransactionID, _ subtransactions: [TransactionID]) -> Work? {
    var sum = remove(xid)
    for subtransaction in subtransactions {
      guard let part = remove(subtransaction) else { continue }
      sum?.add(part, limit: limits.entriesPerTransaction)
      if sum == nil { sum = part }
    }
    return sum
  }

  /// Puts back what was taken: a transaction that is prepared, or that a later stretch ends.
  mutating func put(_ work: Work, as xid: TransactionID) {
    let limit = entryLimit
    update(xid, at: work.first) { $0.add(work, limit: limit) }
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
      guard !isOpen(TransactionID(places[index].xid), places[index].work) else { continue }
      places[index] = Place()
      placed -= 1
    }
    entryCount = displaced.values.reduce(0) { $0 + $1.entryCount } + places.reduce(0) { $0 + $1.work.entryCount }
  }

  private func isOpen(_ xid: TransactionID, _ work: Work) -> Bool {
    work.isPrepared || !endedBefore.isValid || !xid.precedes(endedBefore)
  }

  /// All that are open, by where they began.
  var open: [(xid: TransactionID, work: Work)] {
    var all = displaced.map { (xid: TransactionID($0.key), work: $0.value) }
    for place in places where place.xid != 0 { all.append((TransactionID(place.xid), place.work)) }
    return all.filter(isOpen).sorted { $0.work.first < $1.work.first }
  }

  /// What was noted so far can no longer be relied on: only the prepared transactions are certain to be open.
  mutating func forget() {
    noteRestart()
    prune()
    overflowed = true
  }

  mutating func noteOverflow() { overflowed = true }
}

/// How much is kept of transactions that have not ended.
struct PendingLimits: Sendable {
  var transactions = 1 << 16
  var entriesPerTransaction = 256
  /// Of all transactions together, which may go beyond it by what one record adds.
  var entries = 1 << 17
}
