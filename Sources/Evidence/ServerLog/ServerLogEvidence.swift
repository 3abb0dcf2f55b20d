package import PostgresFormat

/// What a server's own log says of its starts, its ends, its reloads and the settings that decide, as far as the files at hand
/// reach. A log proves what its lines say only where nothing of it is missing; ``PostmasterLife/isWhole`` says that.
package struct ServerLogEvidence: Sendable, Hashable {
  /// The files that were read, in the order of their entries.
  package var paths: [String] = []
  /// In the order of their starts. Where the first begins is not known where the log begins within it.
  package var lives: [PostmasterLife] = []
  /// Why some of it is not known: files that cannot be read, lines that are not entries, too many of them.
  package var problems: [String] = []

  /// No file was read.
  package init() {}

  /// Not more of anything than is ever gathered.
  package var isPossible: Bool {
    lives.count <= PostmasterLifeCollector.lifeLimit
      && lives.reduce(0) { $0 + $1.events.count } <= PostmasterLifeCollector.eventLimit
  }
}

/// From `starting PostgreSQL` to the end of that postmaster, or of the log.
package struct PostmasterLife: Sendable, Hashable {
  /// That of `starting PostgreSQL`, which ends each of its lines' prefixes.
  package var processID: UInt32
  /// `starting PostgreSQL …`.
  package var start: LogPlace
  /// `database system is shut down`; nil where it was killed, or the log ends before.
  package var end: LogPlace?
  /// The postmaster's last line.
  package var last: LogPlace
  /// What decides, in order.
  package var events: [LogEvent] = []
  /// Nothing is missing between start and end: one file has all of it, or the postmaster's line numbers have no hole; and the
  /// file in which the log ends is the one that the server wrote to last.
  package var isWhole = false

  /// One that has just begun.
  package init(processID: UInt32, start: LogPlace) {
    (self.processID, self.start, last) = (processID, start, start)
  }
}

/// A line of a log.
package struct LogPlace: Sendable, Hashable {
  /// From the data directory, or as it was given.
  package var path: String
  /// From 1.
  package var line: Int
  /// nil where its zone is not known.
  package var time: Timestamp?

  /// A place whose time is known, or not.
  package init(path: String, line: Int, time: Timestamp?) { (self.path, self.line, self.time) = (path, line, time) }
}

/// What decides in a log. Its words are those of the server (src/backend/utils/misc/guc.c;
/// src/backend/access/transam/xlogrecovery.c).
package struct LogEvent: Sendable, Hashable {
  /// What a line says.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    /// `parameter "…" changed to "…"`
    case changed
    /// `parameter "…" removed from configuration file, reset to default`
    case removed
    /// `database system was shut down at …`: how the life before ended.
    case stoppedAt = "stopped_at"
  }
  /// What it says.
  package var kind: Kind
  /// Where.
  package var place: LogPlace
  /// The setting of a change, one of ``PostmasterLifeCollector/deciding``.
  package var name: String?
  /// Of a change of `synchronized_standby_slots`.
  package var value: String?
  /// Of a stop.
  package var time: Timestamp?

  /// An event at its place.
  package init(_ kind: Kind, at place: LogPlace, name: String? = nil, value: String? = nil, time: Timestamp? = nil) {
    (self.kind, self.place, self.name, self.value, self.time) = (kind, place, name, value, time)
  }
}
