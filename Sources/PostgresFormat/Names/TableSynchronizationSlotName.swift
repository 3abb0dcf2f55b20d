/// `pg_SUBID_sync_RELID_SYSID`: the slot that a subscription's worker makes at the publisher to copy one table for the first
/// time, by a subscriber of 14 and later (before, such a slot is temporary). Follows `ReplicationSlotNameForTablesync`,
/// src/backend/replication/logical/tablesync.c.
package struct TableSynchronizationSlotName: Sendable, Hashable {
  /// `pg_subscription.oid` at the subscriber.
  package let subscription: OID
  /// The table's OID at the subscriber.
  package let relation: OID
  /// The subscriber's.
  package let systemIdentifier: UInt64

  /// nil for any other name.
  package init?(_ name: String) {
    let parts = name.split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count == 5, parts[0] == "pg", parts[2] == "sync", let subscription = Self.number(parts[1], UInt32.self),
      let relation = Self.number(parts[3], UInt32.self), let system = Self.number(parts[4], UInt64.self),
      subscription > 0, relation > 0
    else { return nil }
    (self.subscription, self.relation, systemIdentifier) = (OID(subscription), OID(relation), system)
  }

  /// Digits alone, as the server prints a number.
  private static func number<Number: FixedWidthInteger>(_ text: Substring, _: Number.Type) -> Number? {
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      text.utf8.first != UInt8(ascii: "0")
    else { return nil }
    return Number(text)
  }
}
