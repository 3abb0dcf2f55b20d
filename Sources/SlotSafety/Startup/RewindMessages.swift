import PostgresFormat

/// What pg_rewind prints, in the words of each version, without its name before it. Follows src/bin/pg_rewind.
struct RewindMessages {
  var version: ServerVersion

  /// The word before a message that ends the run.
  private var fatal: String { version >= .v15 ? "error" : "fatal" }

  func diverged(_ fork: LSN, _ timeline: TimelineID) -> String {
    "servers diverged at WAL location \(fork.written(by: version)) on timeline \(timeline)"
  }
  func rewinding(_ checkpoint: LSN, _ timeline: TimelineID) -> String {
    "rewinding from last common checkpoint at \(checkpoint.written(by: version)) on timeline \(timeline)"
  }
  var sameTimeline: String { "source and target cluster are on the same timeline" }
  var notRequired: String { "no rewind required" }
  var done: String { "Done!" }
  var recovering: String { "executing \"postgres\" for target server to complete crash recovery" }

  var needsHints: String {
    "\(fatal): target server needs to use either data checksums or \"wal_log_hints = on\""
  }
  var mustBeClean: String { "\(fatal): target server must be shut down cleanly" }
  var sourceMustBeClean: String { "\(fatal): source data directory must be shut down cleanly" }
  var differentSystems: String { "\(fatal): source and target clusters are from different systems" }
  var incompatible: String { "\(fatal): clusters are not compatible with this version of pg_rewind" }
  var noAncestor: String {
    "\(fatal): could not find common ancestor of the source and target cluster's timelines"
  }
  var sourceInRecovery: String { "\(fatal): source server must not be in recovery mode" }
  var fullPageWrites: String {
    let name = version >= .v17 ? "\"full_page_writes\"" : "full_page_writes"
    return "\(fatal): \(name) must be enabled in the source server"
  }
  /// An error in all versions: what ends the run is the next line, with the command.
  var singleUserFailed: String { "error: postgres single-user mode in target cluster failed" }
  func cannotOpen(_ segment: SegmentName) -> String {
    "error: could not open file \"pg_wal/\(segment.text)\": No such file or directory"
  }
  func noPrevious(_ lsn: LSN) -> String {
    "\(fatal): could not find previous WAL record at \(lsn.written(by: version))"
  }
  func cannotRead(_ lsn: LSN?) -> String {
    "\(fatal): could not read WAL record" + (lsn.map { " at \($0.written(by: version))" } ?? "")
  }
  func otherKind(tablespace: String) -> String {
    "\(fatal): file \"pg_tblspc/\(tablespace)\" is of different type in source and target"
  }

  /// What the start after it says of WAL that the new primary does not have any more, from the receiver of WAL.
  func removed(_ segment: SegmentName) -> String {
    "FATAL:  could not receive data from WAL stream: ERROR:  requested WAL segment \(segment.text) has already been removed"
  }

  /// What a cluster's standby says at its start where its history does not come from this node's.
  func notAChild(_ timeline: TimelineID) -> String {
    "FATAL:  requested timeline \(timeline) is not a child of this server's history"
  }
}

extension SlotMessages {
  /// In whose words a slot of the same name stops synchronization (src/backend/replication/logical/slotsync.c).
  static func sameName(_ name: String) -> String {
    "exiting from slot synchronization because same name slot \"\(name)\" already exists on the standby"
  }
}

/// What servers say of slots.
enum SlotMessages {}
