import PostgresFormat

/// What an invalidated physical slot still does, by version.
///
/// 13 to 15 forget the invalidation as soon as the follower streams through the slot again and confirms a position. 16 and 17 let it stream,
/// and the slot stays invalidated: it keeps no WAL (`ReplicationSlotsComputeRequiredLSN` passes it over). 18 and later refuse the
/// follower (`ReplicationSlotAcquire`, src/backend/replication/slot.c).
struct LostPhysicalSlot: Sendable {
  /// Goes on after a colon; without a period.
  let sentence: String
  let remedy: String

  init(_ version: ServerVersion) {
    let anew = "drop the slot and make it anew (SELECT pg_create_physical_replication_slot('…', true)"
    if !version.has(.invalidatedPhysicalStaysInvalid) {
      sentence = "it retains no WAL until its follower streams again, which makes it valid"
      remedy =
        "Let the follower catch up from an archive (restore_command), or build it anew; the slot becomes valid as soon as it streams."
    } else if !version.has(.invalidatedSlotRefused) {
      sentence = "its follower may still stream through it, but it retains no WAL and stays lost"
      remedy =
        "On the server that has it, \(anew)); let the follower catch up from an archive (restore_command), or build it anew."
    } else {
      sentence = "the server refuses its follower (\"can no longer access replication slot\")"
      remedy =
        "On the server that has it, \(anew)) before its follower can stream; let that catch up from an archive (restore_command), or build it anew."
    }
  }
}
