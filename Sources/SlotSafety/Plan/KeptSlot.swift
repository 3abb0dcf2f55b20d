import PostgresFormat

/// A slot on the standby that the primary does not have and that the plan leaves alone: somebody may read from the standby.
///
/// Its drop stands in the script as a comment, with the reason, for an operator who knows better.
package struct KeptSlot: Sendable, Hashable {
  /// The slot on the standby.
  package let name: SlotName
  /// Why it is not dropped, as a clause.
  package let reason: String

  /// The statement that would drop it, in any database.
  package var sql: SQL { "select pg_drop_replication_slot(\(name))" }

  init(_ slot: SlotState) throws(QuotingError) {
    name = try SlotName(slot.name)
    // Such a name is damage or forgery, in a comment too.
    _ = try PluginName(slot.plugin)
    reason =
      if let cause = slot.invalidation {
        "the primary has no such slot; it is invalid (\(cause.rawValue)), and its consumer, if any, needs another one"
      } else if TableSynchronizationSlotName(slot.name) != nil {
        "the primary has no such slot; it belongs to a table that a subscription copies from this standby, or did"
      } else {
        "the primary has no such slot; a consumer may read from this standby, also one that is not connected now"
      }
  }
}

extension SlotState {
  /// On a standby: left from when the node was the primary, as no slot made on a standby can have failover, and the copies of
  /// synchronization are synced (17 and later).
  var isLeftover: Bool { failover == true && synced != true }
}
