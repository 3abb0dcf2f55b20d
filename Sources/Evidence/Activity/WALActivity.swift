package import PostgresFormat

/// What happened in a stretch of WAL, as far as slots, timelines and consumers are concerned.
///
/// Bounded, whatever the length of the WAL: lists that would grow too long give up detail for their older part and say
/// so, while sums over any range of positions stay decidable as bounds.
package struct WALActivity: Sendable, Hashable {
  /// Where the first record begins; nil where there was none.
  package var from: LSN?
  /// After the last record.
  package var to: LSN?
  /// All records of the stretch, of every resource manager.
  package var recordCount: UInt64 = 0
  /// The sum of `xl_tot_len`: without page headers and the padding to 8 bytes.
  package var recordBytes: UInt64 = 0
  /// The transaction number after the newest one that a record names, as recovery counts on; nil where none was seen.
  package var nextXID: TransactionID?
  /// Commits by database, ascending; last those without one (written below wal_level logical).
  package var databases: [DatabaseActivity] = []
  /// XLOG_RUNNING_XACTS records, ascending by position.
  package var runningTransactions: [RunningTransactionsEvent] = []
  /// The older part of `runningTransactions` has gaps.
  package var runningTransactionsThinned = false
  /// 16 and later: removed catalog rows, which invalidate logical slots on standbys. Before, no record marks them.
  package var catalogCleanups: [CatalogCleanup] = []
  /// Where a timeline begins, ascending by position: END_OF_RECOVERY records, and shutdown checkpoints that begin one.
  package var timelineChanges: [TimelineChange] = []
  /// Online and shutdown checkpoint records, ascending by position.
  package var checkpoints: [CheckpointEvent] = []
  /// The counter of OIDs in checkpoint and XLOG_NEXTOID records, ascending by position. nil in evidence that was made before
  /// it was asked.
  package var oidCounters: [OIDCounterEvent]? = []
  /// XLOG_PARAMETER_CHANGE records: a start with other values of the settings that a standby must match.
  package var parameterChanges: [ParameterChangeEvent] = []
  /// 19: logical decoding switched on or off while the server ran.
  package var logicalDecodingChanges: [LogicalDecodingChange] = []
  /// CREATE and DROP DATABASE, in the order of their records, of which one command may write several.
  package var databaseChanges: [DatabaseChange] = []
  /// CREATE TABLESPACE with a folder outside the data directory. nil in evidence that was made before it was asked.
  package var tablespacesMade: [TablespaceMade]? = []
  /// Replication origins (`RepOriginId`) whose progress was set by hand, or which were dropped: commits alone do not tell how far those
  /// are. nil in evidence that was made before it was asked.
  package var originsSet: [UInt16]? = []
  /// Prepared in this stretch and neither committed nor rolled back in it.
  package var openPreparedTransactions: [OpenPreparedTransaction] = []
  /// ROLLBACK PREPARED, ascending by position: a two-phase slot sends it. nil in evidence that was made before it was asked.
  package var preparedRollbacks: [PreparedRollback]? = []
  /// Older ones than this are left out of `preparedRollbacks`; nil: none is.
  package var preparedRollbacksFrom: LSN?
  /// Wrote in this stretch and did not end in it: running, or cut off by a crash.
  package var openTransactions: [OpenTransaction] = []
  /// All of them; `openTransactions` lists only so many, those that began first.
  package var openTransactionCount = 0
  /// Some lists of checkpoints, timeline or other changes had to leave out their oldest entries.
  package var eventsOmitted = false
  /// Every listed commit has all the relations that it changed, from the first record of the stretch on.
  package var relationsComplete = true

  /// A stretch without records.
  package init() {}
}
