package import ByteReading
package import PostgresFormat

/// All that one node's files (or its server) say, decoded, with the place of every fact. Nothing is judged here.
///
/// The second of the four values in the way of the data: Source → **Evidence** → Assessment → Plan. It serialises to an
/// evidence file, so that it can be gathered on one host and judged on another. Passwords are removed when it is made.
package struct Evidence: Sendable, Hashable, Codable {
  /// Names the document and its version.
  package static let schema = "slotscope.evidence/1"

  package var schema = Evidence.schema
  package var origin: Origin
  /// From PG_VERSION, the control file or WAL pages; nil where none of them could be read.
  package var version: ServerVersion?
  package var versionFile: Located<String>?
  package var control: Located<ControlFile>?
  package var slots: [SlotEvidence] = []
  package var slotLeftovers: [SlotLeftover] = []
  package var timelines: [Located<TimelineHistory>] = []
  package var wal = WALEvidence()
  /// WAL that was read, and what happened in it. `inspect` reads none.
  package var stretches: [WALStretch] = []
  package var databases: [DatabaseRow] = []
  package var tablespaces: [TablespaceRow] = []
  package var subscriptions: [SubscriptionRow] = []
  package var origins: [OriginEvidence] = []
  package var preparedTransactions: [Located<PreparedTransaction>] = []
  package var snapshots: [Located<SnapshotEvidence>] = []
  package var settings = SettingsEvidence()
  package var startFiles = StartFiles()
  /// nil for a directory.
  package var server: ServerEvidence?
  /// What could not be read or decoded. The rest of the evidence stands all the same.
  package var problems: [Problem] = []

  package init(origin: Origin) { self.origin = origin }
}

/// Where evidence comes from.
package struct Origin: Sendable, Hashable, Codable {
  package enum Kind: String, Sendable, Hashable, Codable { case dataDirectory = "data_directory", server }
  package var kind: Kind
  /// The path or the connection string without its password, as it was given.
  package var source: String
  package var host: String?
  package var gatheredAt: Timestamp?
  package init(kind: Kind, source: String, host: String? = nil, gatheredAt: Timestamp? = nil) {
    (self.kind, self.source, self.host, self.gatheredAt) = (kind, source, host, gatheredAt)
  }
}

/// A fact and the file it stands in: the path from the data directory, and its last modification where known.
package struct Located<Value: Sendable & Hashable & Codable>: Sendable, Hashable, Codable {
  package var path: String
  package var value: Value
  package var modifiedAt: Timestamp?
  package init(_ value: Value, path: String, modifiedAt: Timestamp? = nil) {
    (self.value, self.path, self.modifiedAt) = (value, path, modifiedAt)
  }
}

/// One thing that could not be read or decoded: a file, a position, and what is wrong there.
package struct Problem: Sendable, Hashable, Codable {
  package enum Cause: Sendable, Hashable, Codable {
    /// The bytes are wrong.
    case format(FormatError)
    /// The operating system refused: `errno` and its text.
    case file(errno: Int32, message: String)
    /// Neither: a stable word and a sentence (a cycle of includes, a folder where a file is expected).
    case other(code: String, message: String)
  }
  /// What the file is: `slot_state`, `control_file`, `timeline_history`, `wal`, `configuration`, `catalog`, …
  package var subject: String
  package var path: String
  package var cause: Cause
  package init(subject: String, path: String, cause: Cause) {
    (self.subject, self.path, self.cause) = (subject, path, cause)
  }
}
