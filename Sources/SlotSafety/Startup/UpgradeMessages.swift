import PostgresFormat

/// What pg_upgrade of a major prints. Follows src/bin/pg_upgrade/check.c.
struct UpgradeMessages {
  /// Of the new cluster, whose pg_upgrade is run.
  var version: ServerVersion

  private var oldCluster: String { version >= .v19 ? "in the old cluster" : "on the old cluster" }

  /// `cluster` is `source` or `target`.
  func notCleanlyStopped(_ cluster: String, _ state: String) -> String {
    "The \(cluster) cluster was not shut down cleanly, state reported as: \"\(state)\""
  }
  func shutDownInRecovery(_ cluster: String) -> String {
    "The \(cluster) cluster was shut down while in recovery mode.  To upgrade, use \"rsync\" as documented or shut it down as a primary."
  }
  /// The first line of several.
  var libraries: String { "Your installation references loadable libraries that are missing from the" }
  var prepared: String { "The source cluster contains prepared transactions" }
  var slots: String { "Your installation contains logical replication slots that cannot be upgraded." }
  var subscriptions: String {
    "Your installation contains subscriptions without origin or having relations not in i (initialize) or r (ready) state."
  }
  var plugins: String { "Your installation contains logical replication slots with plugins" }
  func slotsExist(_ count: Int) -> String { "expected 0 logical replication slots but found \(count)" }
  func walLevel(_ level: String) -> String {
    let wanted = version >= .v19 ? "\"replica\" or \"logical\"" : "\"logical\""
    return "\"wal_level\" must be \(wanted) but is set to \"\(level)\""
  }
  func slotRoom(_ limit: Int64, _ count: Int, conflict: Bool) -> String {
    conflict
      ? "\"max_replication_slots\" (\(limit)) must be greater than or equal to the number of logical replication slots in the old cluster plus one additional slot required for retaining conflict detection information (\(count + 1))"
      : "\"max_replication_slots\" (\(limit)) must be greater than or equal to the number of logical replication slots (\(count)) \(oldCluster)"
  }
  func originRoom(_ limit: Int64, _ count: Int) -> String {
    "\"\(version.originLimitName)\" (\(limit)) must be greater than or equal to the number of subscriptions (\(count)) \(oldCluster)"
  }
  func originMissing(_ database: String, _ subscription: String) -> String {
    "The replication origin is missing for database:\"\(database)\" subscription:\"\(subscription)\""
  }
  func tableState(_ state: String, _ database: String, _ subscription: String, _ schema: String, _ table: String)
    -> String
  {
    "The table sync state \"\(state)\" is not allowed for database:\"\(database)\" subscription:\"\(subscription)\" schema:\"\(schema)\" relation:\"\(table)\""
  }
}
