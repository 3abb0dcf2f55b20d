package import PostgresFormat

/// What only a running server tells: its memory at the moment it was asked. It goes on afterwards, so every position is a
/// lower bound by the time it is judged.
///
/// A member is nil where this version or this node does not have it, and where the role may not see it; the evidence's
/// problem list names what was refused.
package struct ServerEvidence: Sendable, Hashable, Codable {
  /// `server_version`, with what the packager adds to it.
  package var version: String
  /// What it would be after its next start; `unknown` for a server in recovery that nothing shows to be a standby.
  package var role: Evidence.Role
  /// The timeline that it writes or replays.
  package var timeline: TimelineID?
  package var startedAt: Timestamp?
  package var asked: AskedAs
  package var positions = WALPositions()
  package var receiver: WALReceiverStatus?
  /// Whoever streams from it: standbys, backups, consumers of logical slots.
  package var senders: [WALSenderStatus] = []
  /// Transactions that hold back clean-up or slot creation, the oldest first; at most 50.
  package var transactions: [SessionTransaction] = []
  /// Files in the folder of libraries, where output plugins are looked for; nil where the role may not list it.
  package var libraries: [String]?

  package init(version: String, role: Evidence.Role, asked: AskedAs) {
    (self.version, self.role, self.asked) = (version, role, asked)
  }

  /// The role that asked, which decides what was shown.
  package struct AskedAs: Sendable, Hashable, Codable {
    package var role: String
    package var isSuperuser: Bool
    /// Membership in pg_read_all_settings, pg_read_all_stats (10 and later) or superuser.
    package var seesAllSettings: Bool
    package var seesAllStatistics: Bool
    package init(role: String, isSuperuser: Bool, seesAllSettings: Bool, seesAllStatistics: Bool) {
      (self.role, self.isSuperuser) = (role, isSuperuser)
      (self.seesAllSettings, self.seesAllStatistics) = (seesAllSettings, seesAllStatistics)
    }
  }

  package struct WALPositions: Sendable, Hashable, Codable {
    /// A primary's: generated, and safe on disk.
    package var insert: LSN?
    package var flush: LSN?
    /// A standby's: streamed and safe on disk; replayed before the slots were read.
    package var receive: LSN?
    package var replay: LSN?
    package var replayIsPaused: Bool?
    /// The commit that was replayed last.
    package var lastReplayedCommit: Timestamp?
    package init() {}
  }
}

/// `pg_stat_wal_receiver`. Everything but the process is hidden from roles without pg_read_all_stats.
package struct WALReceiverStatus: Sendable, Hashable, Codable {
  package var pid: Int64?
  package var status: String?
  package var timeline: TimelineID?
  package var flushed: LSN?
  package var latestEnd: LSN?
  package var lastMessageAt: Timestamp?
  package var slotName: String?
  package var senderHost: String?
  /// Without passwords.
  package var connectionInfo: String?
  package init() {}
}

/// A row of `pg_stat_replication`.
package struct WALSenderStatus: Sendable, Hashable, Codable {
  package var pid: Int64?
  package var userName: String?
  package var applicationName: String?
  package var clientAddress: String?
  package var state: String?
  package var sent: LSN?
  package var written: LSN?
  package var flushed: LSN?
  package var replayed: LSN?
  package var syncState: String?
  /// 12 and later.
  package var repliedAt: Timestamp?
  package init() {}
}

/// A row of `pg_stat_activity` with an open transaction. Its query is not asked for: it may hold secrets.
package struct SessionTransaction: Sendable, Hashable, Codable {
  package var pid: Int64?
  package var database: String?
  package var userName: String?
  package var applicationName: String?
  package var state: String?
  package var startedAt: Timestamp?
  package var xid: TransactionID?
  package var xmin: TransactionID?
  package init() {}
}

/// What `pg_replication_slots` shows of a slot beside the state that the file has too.
package struct SlotActivity: Sendable, Hashable, Codable {
  package var isActive: Bool?
  package var activePID: Int64?
  /// 13 and later: `reserved`, `extended`, `unreserved`, `lost`; nil for a slot that never reserved WAL.
  package var walStatus: String?
  /// 13 and later, in bytes.
  package var safeWALSize: Int64?
  /// 16 and later.
  package var isConflicting: Bool?
  /// 17 and later.
  package var inactiveSince: Timestamp?
  /// 19.
  package var syncSkipReason: String?
  package init() {}
}
