package import Evidence
package import PostgresFormat

/// What a transaction is to the consumer of one slot.
package enum LedgerEffect: String, Sendable, Hashable, CaseIterable {
  /// The consumer does not have it and is not sent it.
  case missed
  /// The consumer has it, and the new primary does not.
  case vanished
  /// It is sent again to a consumer that goes on from the slot's position and not from its own.
  case repeated
  /// The slot has not been told that its consumer has it, and sends it next.
  case pending
}

/// Which transactions a ledger lists, and what each is to the consumers: ranges of positions, worked out from the slots.
///
/// With `P` a consumer's position, of which only bounds may be known, every effect has a range in which it is possible and one in
/// which it is certain. A slot sends exactly the transactions whose commit record begins at or after its position.
package struct LedgerScope: Sendable {
  /// Whose WAL.
  package enum Node: String, Sendable, Hashable, CaseIterable { case primary, standby }

  /// Part of one node's WAL.
  package struct Part: Sendable, Hashable {
    /// Whose WAL is read.
    package var node: Node
    /// Commit records that begin here or later.
    package var from: LSN
    /// nil: to the end of WAL.
    package var to: LSN?
    /// An empty part is read as one without transactions.
    package init(node: Node, from: LSN, to: LSN?) { (self.node, self.from, self.to) = (node, from, to) }
  }

  /// Where an effect holds for one slot.
  package struct Rule: Sendable, Hashable {
    /// On the primary.
    package var slotName: String
    /// The slot's: transactions marked with another one are no concern of it.
    package var database: OID
    /// What a transaction in the ranges is to the slot's consumer.
    package var effect: LedgerEffect
    /// Whose WAL the ranges are positions in.
    package var node: Node
    /// Commit records that begin here may have the effect.
    package var possible: Range<LSN>
    /// Commit records that begin here have it; lies within ``possible``.
    package var certain: Range<LSN>
  }

  /// In the order in which they are read; the standby's comes last.
  package var parts: [Part]
  /// For each slot, at most one of an effect on a node.
  package var rules: [Rule] = []
  /// Where the new primary's history leaves the old one's, or would leave it.
  package var fork: LSN?
  /// Where it would leave it at the earliest, where something may end the standby's recovery before the end of its WAL.
  package var earliestFork: LSN?
  /// The fork has happened: the standby was promoted.
  package var isPromoted = false
  /// What stands against sending it all, of one slot; without a stop.
  package var decoding: String?
  /// Of one slot: that its consumer is before its position; half a sentence.
  package var skipped: String?
  /// The standby has changes that are in no WAL: its data pages are of another history.
  package var otherHistory: Finding?
  /// State files of the primary's slots that could not be read: what their consumers are off by is not listed.
  package var unreadSlots: [String] = []
  /// Of one slot: a publication that its consumer may ask for, and that decoding does not know everywhere.
  package var youngPublications: Finding?
  /// Everything in the parts is listed, whether it concerns a slot or not.
  package var listsAll = false

  /// Without rules: then nothing has an effect on anybody.
  package init(parts: [Part]) { self.parts = parts }

  /// A transaction's effect on one consumer.
  package struct Hit: Sendable, Hashable {
    /// On the primary.
    package var slotName: String
    /// What the transaction is to the slot's consumer.
    package var effect: LedgerEffect
    /// The effect holds whatever the consumer's position within its bounds.
    package var isCertain: Bool
  }

  /// What a transaction is to every consumer. One that has nothing for a consumer is nothing to anybody.
  package func hits(of transaction: LedgerTransaction, on node: Node) -> [Hit] {
    guard transaction.hasContent else { return [] }
    return rules.compactMap { rule in
      guard rule.node == node, rule.possible.contains(transaction.start) else { return nil }
      // Decoding leaves out only what is marked with another database.
      guard transaction.database.map({ $0 == rule.database || !$0.isValid }) ?? true else { return nil }
      return Hit(
        slotName: rule.slotName, effect: rule.effect, isCertain: rule.certain.contains(transaction.start))
    }
  }

  /// The transaction is on the old primary only.
  package func isPastFork(_ transaction: LedgerTransaction, on node: Node) -> Bool {
    node == .primary && fork.map { transaction.start >= $0 } == true
  }

  /// The slots whose consumers something that was committed in a range could concern, in order.
  package func slots(touching range: Range<LSN>, on node: Node) -> [String] {
    Set(rules.filter { $0.node == node && $0.possible.overlaps(range) }.map(\.slotName)).sorted()
  }

  /// Whether it belongs into the list.
  package func lists(_ transaction: LedgerTransaction, on node: Node, hits: [Hit]) -> Bool {
    listsAll || !hits.isEmpty || isPastFork(transaction, on: node)
  }
}

extension Range<LSN> {
  /// The range, empty where its end is before its beginning.
  static func from(_ start: LSN, to end: LSN) -> Range<LSN> { start..<Swift.max(start, end) }
}
