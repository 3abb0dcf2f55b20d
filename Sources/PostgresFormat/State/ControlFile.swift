package import ByteReading

/// The server's state, as pg_controldata words it (`DBState`). Follows src/include/catalog/pg_control.h.
package enum ClusterState: UInt32, Sendable, Hashable, Codable, CaseIterable {
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
package enum WALLevel: Int32, Sendable, Hashable, Codable, CaseIterable, Comparable {
  case minimal = 0
  case replica = 1
  case logical = 2
  package static func < (a: WALLevel, b: WALLevel) -> Bool { a.rawValue < b.rawValue }
  package var name: String {
    switch self {
    case .minimal: "minimal"
    case .replica: "replica"
    case .logical: "logical"
    }
  }
}

/// A checkpoint, as the control file and checkpoint records carry it (`CheckPoint`).
package struct Checkpoint: Sendable, Hashable, Codable {
  /// Where replay would begin.
  package var redo: LSN
  package var timeline: TimelineID
  /// Differs from `timeline` only in a checkpoint that begins a timeline.
  package var previousTimeline: TimelineID
  package var fullPageWrites: Bool
  /// 17 and later.
  package var walLevel: Int32?
  /// 19: whether logical decoding is active, whatever wal_level says.
  package var logicalDecodingEnabled: Bool?
  package var nextXID: FullTransactionID
  package var nextOID: OID
  package var nextMulti: UInt32
  package var nextMultiOffset: UInt64
  package var oldestXID: TransactionID
  package var oldestXIDDatabase: OID
  package var oldestMulti: UInt32
  package var oldestMultiDatabase: OID
  package var time: Timestamp
  package var oldestCommitTimestampXID: TransactionID
  package var newestCommitTimestampXID: TransactionID
  package var oldestActiveXID: TransactionID
}

/// `global/pg_control` (`ControlFileData`), in every layout from 9.6 to 19. Fields that a version lacks are nil.
package struct ControlFile: Sendable, Hashable, Codable {
  package var systemIdentifier: UInt64
  package var controlVersion: UInt32
  package var catalogVersion: UInt32
  /// nil for a number that no version writes; `stateNumber` has it.
  package var state: ClusterState?
  package var stateNumber: UInt32
  /// Of the last write of this file.
  package var time: Timestamp
  /// Where the last checkpoint's record begins; on a standby that of the last restartpoint.
  package var checkpointLSN: LSN
  /// 9.6 and 10.
  package var priorCheckpointLSN: LSN?
  package var checkpoint: Checkpoint
  /// nil in what a server says of its control file.
  package var unloggedLSN: LSN?
  package var minRecoveryPoint: LSN
  package var minRecoveryPointTimeline: TimelineID
  package var backupStartPoint: LSN
  package var backupEndPoint: LSN
  package var backupEndRequired: Bool
  /// The level at which the WAL was written: on a standby the primary's. 9.6 and later: 0 minimal, 1 replica, 2 logical.
  ///
  /// This and the next seven are nil in what a standby's server says of its control file: no function shows them.
  package var walLevel: Int32?
  package var walLogHints: Bool?
  package var maxConnections: Int32?
  package var maxWorkerProcesses: Int32?
  /// 12 and later.
  package var maxWALSenders: Int32?
  package var maxPreparedTransactions: Int32?
  package var maxLocksPerTransaction: Int32?
  package var trackCommitTimestamp: Bool?
  package var maxAlign: UInt32
  /// Whether floating-point numbers have the format of this machine.
  package var floatFormatMatches: Bool
  package var blockSize: UInt32
  /// Blocks per file of a relation.
  package var relationSegmentBlocks: UInt32
  /// 19.
  package var slruPagesPerSegment: UInt32?
  package var walBlockSize: UInt32
  /// Bytes.
  package var walSegmentSize: UInt32
  package var nameDataLength: UInt32
  package var indexMaxKeys: UInt32
  package var toastMaxChunkSize: UInt32
  package var largeObjectBlockSize: UInt32
  /// 9.6 only.
  package var integerTimestamps: Bool?
  /// To 12.
  package var float4ByValue: Bool?
  package var float8ByValue: Bool
  package var dataChecksumVersion: UInt32
  /// 19: as set by initdb.
  package var dataChecksumVersionAtInit: UInt32?
  /// 18 and later.
  package var defaultCharSigned: Bool?
  /// 10 and later: 32 bytes, lower-case hex.
  package var mockAuthenticationNonce: String?
  /// Whether the stored checksum is that of the bytes. All other fields are shown even where it is not.
  package var checksumMatches: Bool { checksumError == nil }
  /// What is wrong with the stored checksum, nil where nothing is.
  package var checksumError: FormatError?
  /// The layout that fits: the major version, or the first of several that share it (13 to 16).
  package var layout: ServerVersion
  /// `dbmode` of IvorySQL, a PostgreSQL with the same files otherwise; nil where nothing tells that it is one.
  package var databaseMode: UInt8? = nil
  /// Whether IvorySQL wrote the file. From 18 on one whose mode is 0, PostgreSQL's own, cannot be told apart.
  package var isIvorySQL: Bool { databaseMode != nil }
}
