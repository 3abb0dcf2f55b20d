/// `backup_label`, or the older half of a `.backup` history file. Follows src/backend/access/transam/xlogrecovery.c.
package struct BackupLabel: Sendable, Hashable, Codable {
  package var startLSN: LSN
  /// The segment name in the first line; its first eight digits are the timeline.
  package var startSegment: String
  package var startTimeline: TimelineID
  package var checkpointLSN: LSN
  /// `streamed`, `pg_start_backup` or `pg_rewind`.
  package var method: String?
  /// `primary` (`master` before 14) or `standby`.
  package var from: String?
  package var startTime: String?
  package var label: String?
  /// 17 and later: set in an incremental backup that has not been combined; the server refuses to start on it.
  package var incrementalFromLSN: LSN?
  package var incrementalFromTimeline: TimelineID?
  /// `.backup` history files only.
  package var stopLSN: LSN?
  package var stopTime: String?
  package var stopTimeline: TimelineID?
}

/// One line of `tablespace_map`.
package struct TablespaceMapEntry: Sendable, Hashable, Codable {
  package var oid: OID
  package var path: String
}

/// `postmaster.pid`: present while a server runs, or after one crashed. Follows src/include/utils/pidfile.h.
package struct PostmasterPID: Sendable, Hashable, Codable {
  /// Negative for a single-user backend.
  package var pid: Int64
  package var dataDirectory: String?
  package var startTime: Timestamp?
  package var port: Int?
  package var socketDirectory: String?
  package var listenAddress: String?
  /// 10 and later: `starting`, `stopping`, `ready` or `standby`.
  package var status: String?
}

/// `postmaster.opts`: the command line of the last start.
package struct PostmasterOptions: Sendable, Hashable, Codable {
  package var program: String
  package var arguments: [String]
  package init(program: String, arguments: [String]) { (self.program, self.arguments) = (program, arguments) }

  /// The same without the passwords of connection strings and the like.
  package var redacted: PostmasterOptions {
    PostmasterOptions(program: program, arguments: arguments.map(SecretRedaction.redactingArgument))
  }
}

/// A serialised snapshot of the logical decoding machinery, `pg_logical/snapshots/HI-LO.snap` (`SnapBuildOnDisk`).
package struct SnapshotFile: Sendable, Hashable, Codable {
  package var fileVersion: UInt32
  /// 2 (consistent) in every file that the server uses.
  package var state: Int32
  /// All transactions before it had ended.
  package var xmin: TransactionID
  /// Transactions at or after it count as running.
  package var xmax: TransactionID
  package var startDecodingAt: LSN
  package var lastSerializedSnapshot: LSN
  package var committedCount: UInt64
  /// 16 and later.
  package var catalogChangeCount: UInt64?
}

/// Progress of one replication origin in `pg_logical/replorigin_checkpoint`.
package struct OriginProgress: Sendable, Hashable, Codable {
  package var originID: UInt16
  /// Up to here the remote server's changes are applied and durable on this node.
  package var remoteLSN: LSN
}

/// The head of a prepared transaction's file in `pg_twophase`. Follows src/backend/access/transam/twophase.c.
package struct PreparedTransaction: Sendable, Hashable, Codable {
  package var xid: TransactionID
  package var database: OID
  package var preparedAt: Timestamp
  package var owner: OID
  package var gid: String
  /// nil where a server told of it.
  package var subtransactionCount: Int32?
  /// 11 and later.
  package var originLSN: LSN?

  package init(
    xid: TransactionID, database: OID, preparedAt: Timestamp, owner: OID, gid: String,
    subtransactionCount: Int32? = nil, originLSN: LSN? = nil
  ) {
    (self.xid, self.database, self.preparedAt, self.owner) = (xid, database, preparedAt, owner)
    (self.gid, self.subtransactionCount, self.originLSN) = (gid, subtransactionCount, originLSN)
  }
}
