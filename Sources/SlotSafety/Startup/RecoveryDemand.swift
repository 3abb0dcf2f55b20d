import Evidence
import PostgresFormat

/// A setting that a hot standby must have at least as high as the primary whose WAL it replays. Follows
/// `CheckRequiredParameterValues` in src/backend/access/transam/xlogrecovery.c.
struct RecoveryDemand {
  var name: String
  var least: Int32

  /// The first that the settings do not meet; nil too where hot_standby is off, and nothing is demanded.
  static func unmet(
    _ demands: [RecoveryDemand], by settings: EffectiveSettings
  ) -> (demand: RecoveryDemand, own: Int64)? {
    guard settings.bool("hot_standby") == true else { return nil }
    for demand in demands {
      if let own = settings.integer(demand.name), own < Int64(demand.least) { return (demand, own) }
    }
    return nil
  }

  /// In the server's order; those that the version does not know are nil.
  fileprivate static func all(
    connections: Int32?, workers: Int32?, senders: Int32?, prepared: Int32?, locks: Int32?
  ) -> [RecoveryDemand] {
    let values = [
      ("max_connections", connections), ("max_worker_processes", workers), ("max_wal_senders", senders),
      ("max_prepared_transactions", prepared), ("max_locks_per_transaction", locks),
    ]
    return values.compactMap { name, value in value.map { RecoveryDemand(name: name, least: $0) } }
  }
}

extension ControlFile {
  /// By the WAL that was replayed.
  var demands: [RecoveryDemand] {
    RecoveryDemand.all(
      connections: maxConnections, workers: maxWorkerProcesses, senders: maxWALSenders,
      prepared: maxPreparedTransactions, locks: maxLocksPerTransaction)
  }
}

extension ParameterChange {
  /// From this record on.
  var demands: [RecoveryDemand] {
    RecoveryDemand.all(
      connections: maxConnections, workers: maxWorkerProcesses, senders: maxWALSenders,
      prepared: maxPreparedTransactions, locks: maxLocksPerTransaction)
  }
}
