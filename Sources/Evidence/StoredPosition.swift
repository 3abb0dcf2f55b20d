package import PostgresFormat

/// How far a slot's consumer is by what it stored itself, outside of any PostgreSQL server.
///
/// Never one number: what it has for certain, what it may have of the transaction after that, and the farthest position that it
/// asks from or passes over what lies before. It is a lower bound, and an upper one only where it is the consumer's last
/// (`consumer-stopped`).
package struct StoredPosition: Sendable, Hashable {
  /// What the consumer may have beyond `received`, if this is its last position.
  package enum Rest: Sendable, Hashable {
    /// Nothing: a commit record ends at `reached`.
    case nothing
    /// Rows of this transaction, whose commit record begins after the position.
    case partOf(TransactionID, after: LSN)
    /// Not to be told.
    case unknown
  }

  /// The slot that it reads from, by the operator's word.
  package var slotName: String
  /// The file, or the position as it was given.
  package var source: String
  /// All transactions of the slot's database whose commit records end here or before; nil where it has no such position.
  package var received: LSN?
  /// The largest position in it: the consumer asks for nothing before, or passes over it.
  package var reached: LSN
  /// If it is final.
  package var rest: Rest
  /// It asks from there itself, and so recognizes what it has.
  package var isItsOwn: Bool

  /// `received` at or before `reached`.
  package init(slotName: String, source: String, received: LSN?, reached: LSN, rest: Rest, isItsOwn: Bool) {
    (self.slotName, self.source, self.received) = (slotName, source, received)
    (self.reached, self.rest, self.isItsOwn) = (reached, rest, isItsOwn)
  }

  /// A position of which nothing more is said than that the consumer has what was committed before it.
  package init(slotName: String, source: String, lsn: LSN) {
    self.init(slotName: slotName, source: source, received: lsn, reached: lsn, rest: .nothing, isItsOwn: false)
  }

  /// nil in a first copy, which begins anew: there is no position.
  package init?(slotName: String, source: String, _ offset: DebeziumOffset) {
    guard !offset.isInSnapshot,
      let reached = [offset.lsn, offset.lsnProcessed, offset.lsnCommit].compactMap({ $0 }).max()
    else { return nil }
    let rest: Rest =
      if offset.isAfterSnapshot {
        .unknown
      } else if offset.messageType == "COMMIT" {
        offset.lsnCommit == reached ? .nothing : .unknown
      } else if let transaction = offset.transaction, let lsn = offset.lsn ?? offset.lsnProcessed {
        .partOf(transaction, after: lsn)
      } else {
        .unknown
      }
    self.init(
      slotName: slotName, source: source, received: offset.lsnCommit, reached: reached, rest: rest, isItsOwn: true)
  }
}
