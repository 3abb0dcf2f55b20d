import Evidence
import PostgresFormat

/// What helps against what stops a start.
extension ServerStart {
  /// By what a check is about, where the obstacle itself has nothing better; nil where nothing holds in general.
  func remedy(_ subject: Subject, _ obstacle: StartupObstacle) -> String? {
    let file = obstacle.path
    switch subject {
    case .configuration:
      guard let file else { return "Correct the settings that the message names." }
      let place = obstacle.line.map { "line \($0) of \(file)" } ?? file
      return "Correct \(place), or take the setting out."
    case .permissions:
      return "chmod 0700 on the directory that is to be started; on a copy for reading it does not matter."
    case .controlFile:
      return
        "Put back global/pg_control from a copy of this directory, or restore a backup; no other cluster's will do."
    case .lockFile: return "See that no server runs on this directory, then remove postmaster.pid."
    case .folder:
      return "Put \(file ?? "the folder") back from a copy of the directory: an empty one lacks what was in it."
    case .authentication: return "Put a pg_hba.conf there, or name the one to use (hba_file)."
    case .wal: return nil
    case .recovery: return nil
    case .timeline: return nil
    case .backup:
      return
        "Bring the WAL of the backup: let recovery fetch it (restore_command), or copy its segments into pg_wal. Leave backup_label where it is: without it the start is from the wrong checkpoint."
    case .slot:
      return
        "Put back a good copy of \(file ?? "its file"); or move the slot's folder out of pg_replslot, and the server starts without this slot."
    case .prepared:
      return "Raise max_prepared_transactions to what the primary has, at least."
    case .parameters:
      return "Raise the setting that the message names to the primary's value, at least."
    case .target:
      return "Give the archive that reaches the target, or choose a target that is there."
    case .library:
      return
        "Install the package that has the library for this major version, or take it out of shared_preload_libraries."
    case .other: return nil
    }
  }

  /// For a record that a start reads by itself and cannot.
  func remedyForRecord(_ lsn: LSN, timeline: TimelineID) -> String {
    var segment = "the segment of \(lsn)"
    if let size = evidence.wal.segmentSize, size > 0 {
      let owner = history(of: timeline).timeline(of: lsn)
      segment = SegmentName(timeline: owner, number: SegmentNumber(containing: lsn, size: size), size: size).text
    }
    return
      "Bring \(segment) whole, from an archive or another node's pg_wal; without it restore a backup. Keep a copy of the directory, and run pg_resetwal on a copy only."
  }

  /// For a node that is on another branch than the one it is to follow.
  func remedyForBranch(_ target: TimelineID, history path: String) -> String {
    let stay =
      version.has(.recoverySignals) ? "set recovery_target_timeline = current" : "take recovery_target_timeline out"
    return isStandby
      ? "To follow timeline \(target), rewind this node (pg_rewind; slotscope rejoin) or build it anew. If that timeline is a mistake, take \(path) away and \(stay)."
      : "If timeline \(target) was a mistake, \(stay), or take \(path) out of the archive; else restore a backup from before the fork."
  }
}
