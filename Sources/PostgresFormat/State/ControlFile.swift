package import ByteReading

/// The server's state, as pg_controldata words it (`DBState`). Follows src/include/catalog/pg_control.h.
package enum ClusterState: UInt32, Sendable, Hashable, CaseIterable {
  case startingUp = 0
  case shutDown = 1
  case shutDownInRecovery = 2
  case shuttingDown = 3
  case inCrashRecovery = 4
  case inArchiveRecovery = 5
  case inProduction = 6

  /// pg_controldata's words.
  package var name: String {
    switch self {
    case .startingUp: "starting up"
    case .shutDown: "shut down"
    case .shutDownInRecovery: "shut down in recovery"
    case .shuttingDown: "shutting down"
    case .inCrashRecovery: "in crash recovery"
    case .inArchiveRecovery: "in archive recovery"
    case .inProduction: "in production"
    }
  }
}

/// How much the WAL tells (`WalLevel`), numbered as in 9.6 and later.
package enum WALLevel: Int32, Sendable, Hashable, CaseIterable, Comparable {
  case minimal = 0
  case replica = 1
  case logical = 2
  /// In the order of how much the WAL tells: minimal, replica, logical.
  package static func < (a: WALLevel, b: WALLevel) -> Bool { a.rawValue < b.rawValue }
  /// The word that `wal_level` takes in postgresql.conf.
  package var name: String {
    switch self {
    case .minimal: "minimal"
    case .replica: "replica"
    case .logical: "logical"
    }
  }
}

/// A checkpoint, as the control file and checkpoint records carry it (`CheckPoint`).
package struct Checkpoint: Sendable, Hashable {
  /// Where replay would begin.
  package var redo: LSN
  /// The timeline of the record (`ThisTimeLineID`). After a promotion still the old one until the next checkpoint.
  package var timeline: TimelineID
  /// Differs from `timeline` only in a checkpoint that begins a timeline.
  package var previousTimeline: TimelineID
  /// Whether full_page_writes was on (`fullPageWrites`).
  package var fullPageWrites: Bool
  /// 17 and later.
  package var walLevel: Int32?
  /// 19: whether logical decoding is active, whatever wal_level says.
  package var logicalDecodingEnabled: Bool?
  /// The next transaction to be assigned (`nextXid`; `nextFullXid` in 12 and 13; to 11 from `nextXidEpoch` and
  /// `nextXid`).
  package var nextXID: FullTransactionID
  /// The next OID that the counter gives out (`nextOid`), ahead of what is used: the WAL reserves OIDs in batches.
  package var nextOID: OID
  /// The next MultiXactId (`nextMulti`).
  package var nextMulti: UInt32
  /// The next offset into the members of multixacts (`nextMultiOffset`): 64 bits wide from 19 on, 32 before.
  package var nextMultiOffset: UInt64
  /// The least `datfrozenxid` of all databases (`oldestXid`); older transactions have no commit log any more.
  package var oldestXID: TransactionID
  /// The database that has it (`oldestXidDB`).
  package var oldestXIDDatabase: OID
  /// The least `datminmxid` of all databases (`oldestMulti`).
  package var oldestMulti: UInt32
  /// The database that has it (`oldestMultiDB`).
  package var oldestMultiDatabase: OID
  /// When the checkpoint was made (`time`): whole seconds, as a `pg_time_t`.
  package var time: Timestamp
  /// The oldest transaction with a commit timestamp (`oldestCommitTsXid`); 0 where track_commit_timestamp is off.
  package var oldestCommitTimestampXID: TransactionID
  /// The newest transaction with a commit timestamp (`newestCommitTsXid`); 0 where track_commit_timestamp is off.
  package var newestCommitTimestampXID: TransactionID
  /// The oldest transaction still running (`oldestActiveXid`): only in online checkpoints, 0 in shutdown checkpoints.
  package var oldestActiveXID: TransactionID
}

/// `global/pg_control` (`ControlFileData`), in every layout from 9.6 to 19. Fields that a version lacks are nil.
package struct ControlFile: Sendable, Hashable {
  /// What all physical copies of one initdb share (`system_identifier`); a promotion does not change it.
  package var systemIdentifier: UInt64
  /// `pg_control_version`: 960, 1002, 1100, 1201, 1300 (13 to 16), 1700, 1800, 1905 in order of the majors.
  package var controlVersion: UInt32
  /// `catalog_version_no`: a date and a serial digit, such as 202506291 for 18. It tells apart 13 to 16.
  package var catalogVersion: UInt32
  /// nil for a number that no version writes; `stateNumber` has it.
  package var state: ClusterState?
  /// `state` as it is on disk, whether or not ``ClusterState`` has a name for it.
  package var stateNumber: UInt32
  /// Of the last write of this file.
  package var time: Timestamp
  /// Where the last checkpoint's record begins; on a standby that of the last restartpoint.
  package var checkpointLSN: LSN
  /// 9.6 and 10.
  package var priorCheckpointLSN: LSN?
  /// The fields of the record at `checkpointLSN` (`checkPointCopy`).
  package var checkpoint: Checkpoint
  /// nil in what a server says of its control file.
  package var unloggedLSN: LSN?
  /// Archive recovery is consistent only from here on (`minRecoveryPoint`); 0 on a primary, which replays all WAL it
  /// has.
  package var minRecoveryPoint: LSN
  /// The timeline of `minRecoveryPoint` (`minRecoveryPointTLI`); 0 where that is 0.
  package var minRecoveryPointTimeline: TimelineID
  /// Redo position of the base backup that recovery began from (`backupStartPoint`); 0 once its end was replayed.
  package var backupStartPoint: LSN
  /// For a backup from a standby: where it ends (`backupEndPoint`); 0 where no such backup is being recovered.
  package var backupEndPoint: LSN
  /// A BACKUP_END record must be replayed before the directory is consistent (`backupEndRequired`).
  package var backupEndRequired: Bool
  /// The level at which the WAL was written: on a standby the primary's. 9.6 and later: 0 minimal, 1 replica, 2 logical.
  ///
  /// This and the next seven are nil in what a standby's server says of its control file: no function shows them.
  package var walLevel: Int32?
  /// `wal_log_hints` of the server that wrote the WAL.
  package var walLogHints: Bool?
  /// `MaxConnections`. A hot standby needs at least as much of this setting and of the next four.
  package var maxConnections: Int32?
  /// `max_worker_processes` of the server that wrote the WAL.
  package var maxWorkerProcesses: Int32?
  /// 12 and later.
  package var maxWALSenders: Int32?
  /// `max_prepared_xacts` (setting max_prepared_transactions); 0 where prepared transactions are off.
  package var maxPreparedTransactions: Int32?
  /// `max_locks_per_xact` (setting max_locks_per_transaction): 64 by default, 128 in 19.
  package var maxLocksPerTransaction: Int32?
  /// `track_commit_timestamp` of the server that wrote the WAL.
  package var trackCommitTimestamp: Bool?
  /// Bytes to which the widest type is aligned (`maxAlign`): 8 in 64-bit builds.
  package var maxAlign: UInt32
  /// Whether floating-point numbers have the format of this machine.
  package var floatFormatMatches: Bool
  /// `blcksz`: bytes of a page of a relation, 8192 unless the server was built otherwise.
  package var blockSize: UInt32
  /// Blocks per file of a relation.
  package var relationSegmentBlocks: UInt32
  /// 19.
  package var slruPagesPerSegment: UInt32?
  /// `xlog_blcksz`: bytes of a WAL page, 8192 unless the server was built otherwise.
  package var walBlockSize: UInt32
  /// Bytes; any number in a damaged file. ``segmentSize`` is one to count with.
  package var walSegmentSize: UInt32
  /// `nameDataLen`: bytes of a `name`, its NUL included; 64.
  package var nameDataLength: UInt32
  /// `indexMaxKeys`: columns that an index can have; 32.
  package var indexMaxKeys: UInt32
  /// `toast_max_chunk_size`: bytes of an out-of-line value that one row of a TOAST table holds; 1996.
  package var toastMaxChunkSize: UInt32
  /// `loblksize`: bytes of a large object that one row of `pg_largeobject` holds; 2048.
  package var largeObjectBlockSize: UInt32
  /// 9.6 only.
  package var integerTimestamps: Bool?
  /// To 12.
  package var float4ByValue: Bool?
  /// `float8ByVal`: float8, int8 and timestamps are passed by value, as in every 64-bit build.
  package var float8ByValue: Bool
  /// `data_checksum_version`: 0 off, 1 on; 19 also has 2 while they are being switched off, 3 while on.
  package var dataChecksumVersion: UInt32
  /// 19: as set by initdb.
  package var dataChecksumVersionAtInit: UInt32?
  /// 18 and later.
  package var defaultCharSigned: Bool?
  /// 10 and later: 32 bytes, lower-case hex.
  package var mockAuthenticationNonce: String?
  /// Whether the stored checksum is that of the bytes. All other fields are shown even where it is not.
  package var checksumMatches: Bool { checksumError == nil }
  /// `xlog_seg_size`, nil where no WAL has segments of that size.
  package var segmentSize: Int? { WALGeometry.isSegmentSize(Int(walSegmentSize)) ? Int(walSegmentSize) : nil }
  /// What is wrong with the stored checksum, nil where nothing is.
  package var checksumError: FormatError?
  /// The layout that fits: the major version, or the first of several that share it (13 to 16).
  package var layout: ServerVersion
  /// `dbmode` of IvorySQL, a PostgreSQL with the same files otherwise; nil where nothing tells that it is one.
  package var databaseMode: UInt8? = nil
  /// The node's own timeline: of the minimum recovery point where that is newer than the checkpoint, as after a promotion.
  package var ownTimeline: TimelineID { max(checkpoint.timeline, minRecoveryPointTimeline) }

  /// A base backup was restored, and its end has not been replayed.
  package var isBackupUnfinished: Bool { backupEndRequired || backupStartPoint.isValid }

  /// Whether IvorySQL wrote the file. From 18 on one whose mode is 0, PostgreSQL's own, cannot be told apart.
  package var isIvorySQL: Bool { databaseMode != nil }
}
