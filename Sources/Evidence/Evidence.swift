package import ByteReading
package import PostgresFormat

/// All that one node's files (or its server) say, decoded, with the place of every fact. Nothing is judged here.
///
/// The second of the five values in the way of the data: Source → **Evidence** → Failover → Assessment → Plan. It goes into an
/// evidence file (`EvidenceDocument`), so that it can be gathered on one host and judged on another. Passwords are removed when
/// it is made.
package struct Evidence: Sendable, Hashable {
  /// More slots than any server has; a folder or a file with more of them is refused.
  package static let slotLimit = 20_000
  /// Ten for each of them; a file with more is refused.
  package static let problemLimit = 10 * slotLimit
  /// Timelines whose histories are read.
  package static let timelineLimit = 4096
  /// Entries of all histories together: of a cluster that was promoted more than a thousand times.
  package static let historyEntryLimit = 1 << 20

  /// The directory or server, by whom and when it was read.
  package var origin: Origin
  /// From PG_VERSION, the control file or WAL pages; nil where none of them could be read.
  package var version: ServerVersion?
  /// The first line of PG_VERSION as text (`9.6`, `17`); nil where it could not be read, and for a server.
  package var versionFile: Located<String>?
  /// global/pg_control, also with a wrong checksum (which it says itself), or what the pg_control_*() functions show.
  /// nil where neither could be read.
  package var control: Located<ControlFile>?
  /// Every folder of pg_replslot that start-up would restore, or every row of pg_replication_slots, by name.
  package var slots: [SlotEvidence] = []
  /// What else lies in pg_replslot. A server does not tell it, so the list is empty then.
  package var slotLeftovers: [SlotLeftover] = []
  /// The `*.history` files of the WAL folder, at most the ``timelineLimit`` newest; from a server at most 64, by
  /// TIMELINE_HISTORY.
  /// Timeline 1 has none.
  package var timelines: [Located<TimelineHistory>] = []
  /// What archives beside the node have of histories. It goes into no evidence file.
  package var archives: [ArchivedTimelines] = []
  /// The contents of pg_wal (pg_xlog in 9.6), judged by names and first pages, and where valid WAL ends.
  package var wal = WALEvidence()
  /// WAL that was read, and what happened in it. `inspect` reads none.
  package var stretches: [WALStretch] = []
  /// `pg_database`, from its heap file or by SQL. Empty means that it could not be read: a cluster always has some.
  package var databases: [DatabaseRow] = []
  /// `pg_tablespace`, from its heap file. A server is not asked for it.
  package var tablespaces: [TablespaceRow] = []
  /// The tablespaces that pg_tblspc has a link for; nil where it is not there or cannot be read, and in evidence of older releases.
  package var tablespaceLinks: [OID]?
  /// `pg_subscription` of all databases (10 and later), disabled ones included.
  package var subscriptions: [SubscriptionRow] = []
  /// `pg_subscription_rel` of the databases with subscriptions that could be read; of a server, of the one that was connected
  /// to. nil where there are no subscriptions, and in evidence files of slotscope 0.1.
  package var subscribedTables: [SubscribedTables]?
  /// `pg_publication` of the databases that slots of pgoutput decode. nil where there are none, from a server, and in evidence of
  /// older releases.
  package var publications: [PublicationEvidence]?
  /// `pg_replication_origin` joined with the progress of each origin, by `roident`.
  package var origins: [OriginEvidence] = []
  /// Those that a checkpoint has put into pg_twophase; younger ones are in WAL only. From a server pg_prepared_xacts,
  /// at most 10,000 rows.
  package var preparedTransactions: [Located<PreparedTransaction>] = []
  /// Historic snapshots in pg_logical/snapshots. A server does not tell them.
  package var snapshots: [Located<SnapshotEvidence>] = []
  /// Sizes of the files of logical decoding. nil from a server, and in evidence of older releases.
  package var logicalFiles: LogicalFiles?
  /// The configuration of the next start, or of a running server what is in force now.
  package var settings = SettingsEvidence()
  /// Signal files, backup label and postmaster files in the root of the directory; nothing of it is known of a server.
  package var startFiles = StartFiles()
  /// nil for a directory.
  package var server: ServerEvidence?
  /// nil where no log was looked for, or none is there.
  package var serverLog: ServerLogEvidence?
  /// What could not be read or decoded. The rest of the evidence stands all the same.
  package var problems: [Problem] = []

  /// Evidence in which nothing is known but where it is to come from. Readers add what they find.
  package init(origin: Origin) { self.origin = origin }
}

/// Where evidence comes from.
package struct Origin: Sendable, Hashable {
  /// Files that were read in place, or a session of SQL. The raw values stand in evidence files.
  package enum Kind: String, Sendable, Hashable, CaseIterable { case dataDirectory = "data_directory", server }
  /// Decides how positions are to be taken: those of files are of the last write, those of a server out of its memory.
  package var kind: Kind
  /// The path or the connection string without its password, as it was given.
  package var source: String
  /// The machine on which the files were read, or the host that libpq connected to; nil where its name is not known.
  package var host: String?
  /// By the clock of the machine that gathered, not of the server.
  package var gatheredAt: Timestamp?
  /// The data directory itself; nil where it is not on the machine that gathered, or was not seen to be the server's.
  package var place: Place?
  /// `source` must be free of passwords already: it is kept as it is.
  package init(
    kind: Kind, source: String, host: String? = nil, gatheredAt: Timestamp? = nil, place: Place? = nil
  ) {
    (self.kind, self.source, self.host, self.gatheredAt) = (kind, source, host, gatheredAt)
    self.place = place
  }

  /// A data directory among those of all machines.
  package struct Place: Sendable, Hashable {
    /// The name that the machine has for itself.
    package var machine: String
    /// Absolute, every symbolic link resolved.
    package var directory: String
    /// A machine's name and a path on it.
    package init(machine: String, directory: String) { (self.machine, self.directory) = (machine, directory) }
  }
}

/// A fact and the file it stands in: the path from the data directory, and its last modification where known.
package struct Located<Value: Sendable & Hashable>: Sendable, Hashable {
  /// From the data directory, as in `global/pg_control`; for a server the view, function or command that told it.
  package var path: String
  /// The decoded contents.
  package var value: Value
  /// The file's mtime; nil for what a server told.
  package var modifiedAt: Timestamp?
  /// A value and its place; leave out the time for what is not a file.
  package init(_ value: Value, path: String, modifiedAt: Timestamp? = nil) {
    (self.value, self.path, self.modifiedAt) = (value, path, modifiedAt)
  }
}

/// One thing that could not be read or decoded: a file, a position, and what is wrong there.
package struct Problem: Sendable, Hashable {
  /// Who refused: the decoder, the operating system, or neither of them. A server's refusal is `other` with its
  /// SQLSTATE as code.
  package enum Cause: Sendable, Hashable {
    /// The bytes are wrong.
    case format(FormatError)
    /// The operating system refused: `errno` and its text.
    case file(errno: Int32, message: String)
    /// Neither: a stable word and a sentence (a cycle of includes, a folder where a file is expected).
    case other(code: String, message: String)
  }
  /// What the file is: `slot_state`, `control_file`, `timeline_history`, `wal`, `configuration`, `catalog`, …
  package var subject: String
  /// From the data directory, or the whole path of a file elsewhere; for a server the view, function or command that
  /// was refused.
  package var path: String
  /// Which of the three kinds, with the words for it.
  package var cause: Cause
  /// `subject` is one of the stable words above, by which rules find the problems that concern them.
  package init(subject: String, path: String, cause: Cause) {
    (self.subject, self.path, self.cause) = (subject, path, cause)
  }
}
