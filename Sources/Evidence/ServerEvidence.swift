package import PostgresFormat

/// What only a running server tells: its memory at the moment it was asked. It goes on afterwards, so every position is a
/// lower bound by the time it is judged.
///
/// A member is nil where this version or this node does not have it, and where the role may not see it; the evidence's
/// problem list names what was refused.
package struct ServerEvidence: Sendable, Hashable {
  /// `server_version`, with what the packager adds to it.
  package var version: String
  /// What it would be after its next start; `unknown` for a server in recovery that nothing shows to be a standby.
  package var role: Evidence.Role
  /// The timeline that it writes or replays.
  package var timeline: TimelineID?
  /// `pg_postmaster_start_time()`.
  package var startedAt: Timestamp?
  /// `clock_timestamp()` when the session began, by the server's clock, as are all its other times.
  package var askedAt: Timestamp?
  /// `data_directory`, on the server's own machine.
  package var dataDirectory: String?
  /// Decides whether a nil in the rest means absent or hidden.
  package var asked: AskedAs
  /// Positions in memory, asked for after the slots so that no slot stands past them, but for `replay`.
  package var positions = WALPositions()
  /// nil on a primary, and on a standby that does not stream at this moment (it replays from an archive, or retries).
  package var receiver: WALReceiverStatus?
  /// Whoever streams from it: standbys, backups, consumers of logical slots.
  package var senders: [WALSenderStatus] = []
  /// A standby's worker that synchronizes slots (17 and later); nil where none runs, or it is hidden.
  package var slotSync: SlotSyncWorker?
  /// Transactions that delay clean-up or slot creation, the oldest first; at most 50.
  package var transactions: [SessionTransaction] = []
  /// Files in the folder of libraries, where output plugins are looked for; nil where the role may not list it.
  package var libraries: [String]?

  /// What every session may ask. The rest is added as the server answers.
  package init(version: String, role: Evidence.Role, asked: AskedAs) {
    (self.version, self.role, self.asked) = (version, role, asked)
  }

  /// The role that asked, which decides what was shown.
  package struct AskedAs: Sendable, Hashable {
    /// `current_user`, whose attributes and memberships count.
    package var role: String
    /// `pg_roles.rolsuper`.
    package var isSuperuser: Bool
    /// Membership in pg_read_all_settings, pg_read_all_stats (10 and later) or superuser.
    package var seesAllSettings: Bool
    /// Without it pg_stat_activity, pg_stat_replication and pg_stat_wal_receiver hide what other roles do.
    package var seesAllStatistics: Bool
    /// Before 10 both of the last are `isSuperuser`: the predefined roles did not exist.
    package init(role: String, isSuperuser: Bool, seesAllSettings: Bool, seesAllStatistics: Bool) {
      (self.role, self.isSuperuser) = (role, isSuperuser)
      (self.seesAllSettings, self.seesAllStatistics) = (seesAllSettings, seesAllStatistics)
    }
  }

  /// Where the server writes, receives and replays. Those of the other role are nil: their functions raise errors
  /// there.
  package struct WALPositions: Sendable, Hashable {
    /// A primary's: generated, and safe on disk.
    package var insert: LSN?
    /// `pg_current_wal_flush_lsn()` (`pg_current_xlog_flush_location()` in 9.6): what a crash cannot take away.
    package var flush: LSN?
    /// A standby's: streamed and safe on disk; replayed before the slots were read.
    package var receive: LSN?
    /// `pg_last_wal_replay_lsn()`, asked before pg_replication_slots: conflicts up to here have been dealt with in what
    /// it shows.
    package var replay: LSN?
    /// `pg_is_wal_replay_paused()`: a pause was asked for, by an administrator or by a recovery target. nil on a
    /// primary.
    package var replayIsPaused: Bool?
    /// The commit that was replayed last.
    package var lastReplayedCommit: Timestamp?
    /// Every position unknown.
    package init() {}
  }
}

/// The slot synchronization worker, by its row of `pg_stat_activity`.
package struct SlotSyncWorker: Sendable, Hashable {
  /// The process.
  package var pid: Int64?
  /// `backend_start`.
  package var startedAt: Timestamp?
  /// It waits between two rounds (`wait_event` is ReplicationSlotsyncMain). It comes there only after its connection by
  /// `primary_conninfo` has led it to a server that is not a standby and has the slot of `primary_slot_name`, and it begins anew
  /// where one of these settings changes (`validate_remote_info` and `slotsync_reread_config` in
  /// src/backend/replication/logical/slotsync.c).
  package var waitsForNextRound: Bool
  /// What a server shows.
  package init(pid: Int64?, startedAt: Timestamp?, waitsForNextRound: Bool) {
    (self.pid, self.startedAt, self.waitsForNextRound) = (pid, startedAt, waitsForNextRound)
  }
}

/// `pg_stat_wal_receiver`. Everything but the process is hidden from roles without pg_read_all_stats.
package struct WALReceiverStatus: Sendable, Hashable {
  /// The WAL receiver's process, which every role may see.
  package var pid: Int64?
  /// `streaming`, `waiting` (at the end of a timeline), `restarting` and the like, as in the view.
  package var status: String?
  /// `received_tli`: the timeline of the last WAL that was received and flushed.
  package var timeline: TimelineID?
  /// `flushed_lsn` (`received_lsn` to 12): up to where received WAL is safe on this node's disk.
  package var flushed: LSN?
  /// `latest_end_lsn`: how far the sender said last that its own WAL goes. Older than what the sender has now.
  package var latestEnd: LSN?
  /// `last_msg_receipt_time`, by the clock of this node.
  package var lastMessageAt: Timestamp?
  /// The slot on the sender that retains WAL for this node; nil where it streams without one, and where it is
  /// hidden.
  package var slotName: String?
  /// 11 and later; a host name, an address, or the folder of a socket.
  package var senderHost: String?
  /// Without passwords.
  package var connectionInfo: String?
  /// Everything unknown or hidden.
  package init() {}
}

/// A row of `pg_stat_replication`.
package struct WALSenderStatus: Sendable, Hashable {
  /// The WAL sender's process, as in `active_pid` of the slot that it uses. Every role may see it.
  package var pid: Int64?
  /// The role that streams.
  package var userName: String?
  /// Chosen by the receiver: `cluster_name` or `walreceiver` of a standby, the subscription's name of a subscriber.
  /// Proves nothing.
  package var applicationName: String?
  /// nil for a Unix-domain socket, and where it is hidden.
  package var clientAddress: String?
  /// `startup`, `catchup`, `streaming`, `backup` or `stopping`, as in the view; nil where it is hidden.
  package var state: String?
  /// `sent_lsn` (`sent_location` in 9.6): handed to the connection, which says nothing about its arrival.
  package var sent: LSN?
  /// `write_lsn`: what the receiver reported last as written to its operating system, not yet as safe.
  package var written: LSN?
  /// `flush_lsn`: what the receiver reported last as safe on its disk. Of a logical consumer what it has confirmed.
  package var flushed: LSN?
  /// `replay_lsn`: what the receiver reported last as replayed, or applied.
  package var replayed: LSN?
  /// `async`, `potential`, `sync` or (10 and later) `quorum`, by synchronous_standby_names.
  package var syncState: String?
  /// 12 and later.
  package var repliedAt: Timestamp?
  /// Everything unknown or hidden.
  package init() {}
}

/// A row of `pg_stat_activity` with an open transaction. Its query is not asked for: it may hold secrets.
package struct SessionTransaction: Sendable, Hashable {
  /// The backend, for pg_terminate_backend().
  package var pid: Int64?
  /// nil for a process without a database, such as a physical WAL sender.
  package var database: String?
  /// nil for background processes.
  package var userName: String?
  /// As the client set it; it may be empty.
  package var applicationName: String?
  /// `active`, `idle in transaction` and so on; `disabled` where track_activities is off.
  package var state: String?
  /// `xact_start`. Sessions of which the role may not see it are not listed at all.
  package var startedAt: Timestamp?
  /// `backend_xid`: slot creation waits for it to end. nil while the transaction has written nothing.
  package var xid: TransactionID?
  /// `backend_xmin`: rows removed by this or a later transaction cannot be vacuumed. nil between snapshots.
  package var xmin: TransactionID?
  /// Nothing known.
  package init() {}
}

/// What `pg_replication_slots` shows of a slot beside the state that the file has too.
package struct SlotActivity: Sendable, Hashable {
  /// Whether a process uses the slot now: a slot in use can be neither dropped nor advanced by others.
  package var isActive: Bool?
  /// The process that uses it; nil while none does.
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
  /// Nothing known, and nothing that this version lacks.
  package init() {}
}
