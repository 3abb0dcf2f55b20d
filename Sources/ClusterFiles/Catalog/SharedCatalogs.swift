package import Evidence
package import PostgresFormat

/// What the shared catalogs in `global/` say: the databases, tablespaces, subscriptions and replication origins of a
/// cluster, read from their files without a server.
///
/// The files are as new as the last checkpoint and whatever was written out since. Of a server that crashed or still
/// runs, the newest rows may be missing.
package struct SharedCatalogs: Sendable, Hashable {
  /// Ordered by oid.
  package var databases: [DatabaseRow] = []
  /// Ordered by oid; pg_default and pg_global are among them.
  package var tablespaces: [TablespaceRow] = []
  /// Empty before 10.
  package var subscriptions: [SubscriptionRow] = []
  /// Ordered by number.
  package var origins: [ReplicationOriginRow] = []
  /// A catalog that has one may lack rows.
  package var problems: [Problem] = []

  /// Reads what can be read; the rest is in ``problems``. Without a readable relation map no catalog is read.
  ///
  /// - Parameters:
  ///   - storage: Through which the files are read.
  ///   - oldestXID: The control file's, nil where it is not known.
  ///   - outcomes: How transactions ended according to the WAL after the redo position.
  package init(
    dataDirectory: String, in storage: any ClusterStorage = PosixStorage(), version: ServerVersion,
    oldestXID: TransactionID? = nil,
    outcomes: TransactionOutcomes = TransactionOutcomes()
  ) {
    guard
      let folder = CatalogFolder(
        dataDirectory: dataDirectory, in: storage, path: "global", version: version, problems: &problems)
    else { return }
    var commitLog = CommitLogReader(
      dataDirectory: dataDirectory, in: storage, version: version, oldestXID: oldestXID, outcomes: outcomes)
    databases = folder.mappedRows(&commitLog, &problems)
    tablespaces = folder.mappedRows(&commitLog, &problems)
    subscriptions = folder.mappedRows(&commitLog, &problems)
    origins = folder.mappedRows(&commitLog, &problems)
    problems += commitLog.problems
  }
}
