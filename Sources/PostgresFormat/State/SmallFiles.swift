/// `backup_label`, or the older half of a `.backup` history file. Follows src/backend/access/transam/xlogrecovery.c.
package struct BackupLabel: Sendable, Hashable {
  /// `START WAL LOCATION`: the redo position of the backup's checkpoint, from where recovery must replay.
  package var startLSN: LSN
  /// The segment name in the first line; its first eight digits are the timeline.
  package var startSegment: String
  /// The timeline in `startSegment`, with which the line `START TIMELINE` (11 and later) must agree.
  package var startTimeline: TimelineID
  /// `CHECKPOINT LOCATION`: the checkpoint record that recovery starts with, in place of the control file's.
  package var checkpointLSN: LSN
  /// `streamed`, `pg_start_backup` or `pg_rewind`.
  package var method: String?
  /// `primary` (`master` before 14) or `standby`.
  package var from: String?
  /// `START TIME` as it was written, in the server's log_timezone.
  package var startTime: String?
  /// `LABEL`: the text given to pg_backup_start or pg_basebackup.
  package var label: String?
  /// 17 and later: set in an incremental backup that has not been combined; the server refuses to start on it.
  package var incrementalFromLSN: LSN?
  /// `INCREMENTAL FROM TLI` (17 and later): the timeline of `incrementalFromLSN`.
  package var incrementalFromTimeline: TimelineID?
  /// Whether it builds on another backup.
  package var isIncremental: Bool { incrementalFromLSN != nil || incrementalFromTimeline != nil }
  /// `.backup` history files only.
  package var stopLSN: LSN?
  /// `STOP TIME` of a `.backup` history file, as it was written.
  package var stopTime: String?
  /// `STOP TIMELINE` of a `.backup` history file, 11 and later.
  package var stopTimeline: TimelineID?
}

/// One line of `tablespace_map`.
package struct TablespaceMapEntry: Sendable, Hashable {
  /// The tablespace's OID: the name of its link in `pg_tblspc`.
  package var oid: OID
  /// Where the link shall lead, with backslash escapes undone.
  package var path: String
  /// A link that is known already.
  package init(oid: OID, path: String) { (self.oid, self.path) = (oid, path) }
}

/// `postmaster.pid`: present while a server runs, or after one crashed. Follows src/include/utils/pidfile.h.
package struct PostmasterPID: Sendable, Hashable {
  /// Negative for a single-user backend.
  package var pid: Int64
  /// Line 2: the data directory as the server was given it.
  package var dataDirectory: String?
  /// Line 3: when the server was started, in whole seconds.
  package var startTime: Timestamp?
  /// Line 4: the port of TCP and of the sockets' names.
  package var port: Int?
  /// Line 5: the first of unix_socket_directories; nil where there is none.
  package var socketDirectory: String?
  /// Line 6: the first of listen_addresses, `*` or an address; nil where the server does not listen on TCP.
  package var listenAddress: String?
  /// 10 and later: `starting`, `stopping`, `ready` or `standby`.
  package var status: String?
}

/// `postmaster.opts`: the command line of the last start.
package struct PostmasterOptions: Sendable, Hashable {
  /// The path of the server's executable.
  package var program: String
  /// The arguments after the program, quotes taken off; what they set overrides postgresql.conf.
  package var arguments: [String]
  /// The parts of a command line that is known already.
  package init(program: String, arguments: [String]) { (self.program, self.arguments) = (program, arguments) }
}

/// A serialized snapshot of the logical decoding machinery, `pg_logical/snapshots/HI-LO.snap` (`SnapBuildOnDisk`).
package struct SnapshotFile: Sendable, Hashable {
  /// `SNAPBUILD_VERSION`: 2 to 13, 4 in 14 and 15, 5 in 16, 6 from 17 on.
  package var fileVersion: UInt32
  /// 2 (consistent) in every file that the server uses.
  package var state: Int32
  /// All transactions before it had ended.
  package var xmin: TransactionID
  /// Transactions at or after it count as running.
  package var xmax: TransactionID
  /// `start_decoding_at`: transactions that commit before it are not decoded.
  package var startDecodingAt: LSN
  /// `last_serialized_snapshot`: the position of the file written before this one; none for the first.
  package var lastSerializedSnapshot: LSN
  /// `committed.xcnt`: how many transactions between `xmin` and `xmax` follow as committed.
  package var committedCount: UInt64
  /// 16 and later.
  package var catalogChangeCount: UInt64?
}

/// Progress of one replication origin in `pg_logical/replorigin_checkpoint`.
package struct OriginProgress: Sendable, Hashable {
  /// `roident` of pg_replication_origin: 1 to 65535.
  package var originID: UInt16
  /// Up to here the remote server's changes are applied and durable on this node.
  package var remoteLSN: LSN
}

/// The head of a prepared transaction's file in `pg_twophase`. Follows src/backend/access/transam/twophase.c.
package struct PreparedTransaction: Sendable, Hashable {
  /// The top-level transaction (`xid`); it must be that of the file's name.
  package var xid: TransactionID
  /// The only database where COMMIT PREPARED can be given (`database`).
  package var database: OID
  /// When PREPARE TRANSACTION was given (`prepared_at`).
  package var preparedAt: Timestamp
  /// The role that prepared it (`owner`).
  package var owner: OID
  /// The name given to PREPARE TRANSACTION: less than 200 bytes (`GIDSIZE`).
  package var gid: String
  /// nil where a server told of it.
  package var subtransactionCount: Int32?
  /// 11 and later.
  package var originLSN: LSN?

  /// A prepared transaction whose values are known already, as from `pg_prepared_xacts`.
  package init(
    xid: TransactionID, database: OID, preparedAt: Timestamp, owner: OID, gid: String,
    subtransactionCount: Int32? = nil, originLSN: LSN? = nil
  ) {
    (self.xid, self.database, self.preparedAt, self.owner) = (xid, database, preparedAt, owner)
    (self.gid, self.subtransactionCount, self.originLSN) = (gid, subtransactionCount, originLSN)
  }
}
