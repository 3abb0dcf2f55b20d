import Evidence
import PostgresFormat

/// The end of the primary's WAL as a bound: no consumer can have received what lies after it.
///
/// A walsender sends only what was flushed, so with `P` the consumer's position and `W` the end: `P <= W`. That holds for
/// the files only if no server goes on writing, if they are not older than what the standby has, and if reading stopped
/// where the WAL ends and not at damage.
enum PrimaryEnd: Sendable, Hashable {
  case known(LSN)
  case doubtful(String)

  static func find(of primary: Evidence, standbyEnd: LSN) -> PrimaryEnd {
    if primary.positionsAreLive { return .doubtful("the primary ran when it was asked, and its consumers went on") }
    switch primary.isRunning {
    case true: return .doubtful("the primary still runs")
    case nil:
      return .doubtful(
        "whether the primary still runs is open: its postmaster.pid is unreadable, or a process of its owner may not be looked at"
      )
    case false: break
    }
    guard let control = primary.control?.value, control.checksumMatches, let end = primary.wal.end else {
      return .doubtful("the end of the primary's WAL could not be found")
    }
    guard standbyEnd <= end.lsn else {
      return .doubtful("the standby has more WAL (to \(standbyEnd)) than this evidence of the primary (to \(end.lsn))")
    }
    if let slot = primary.slots.compactMap(\.state).first(where: { $0.position > end.lsn }) {
      return .doubtful("slot \(slot.name) is at \(slot.position), past the end of WAL that was found (\(end.lsn))")
    }
    if let snapshot = primary.newestSnapshot, snapshot > end.lsn {
      return .doubtful("a snapshot was written at \(snapshot), past the end of WAL that was found (\(end.lsn))")
    }
    guard control.checkpointLSN < end.lsn else {
      return .doubtful("the last checkpoint (\(control.checkpointLSN)) is not in the WAL that was found")
    }
    // A cleanly stopped server wrote nothing after its shutdown checkpoint: the end proves itself.
    if control.state == .shutDown {
      return end.lastRecord == control.checkpointLSN
        ? .known(end.lsn)
        : .doubtful("the primary was stopped cleanly, but its last WAL record is not the shutdown checkpoint")
    }
    guard end.isNatural else {
      let trace = (end.validAgainFrom ?? end.traceBehind).map { ", but something was written after it at \($0)" } ?? ""
      return .doubtful(
        "the primary's WAL stops at \(end.lsn) for a reason that may be damage: \(end.stop.reason.sentence)\(trace)")
    }
    return .known(end.lsn)
  }
}

extension WALEnd {
  /// WAL ends like this after a crash where nothing is wrong: whole records, then nothing, or the rest of an older file.
  /// A missing segment is no such end: the server makes the next file before it writes to it, so one was there or not.
  var isNatural: Bool {
    guard validAgainFrom == nil, traceBehind == nil else { return false }
    switch stop.reason {
    case .zeroLength, .zeroPage, .recycledPage: return true
    case .incompleteRecord: return stop.found != WALStop.Reason.missingSegment.rawValue
    default: return false
    }
  }
}

extension Evidence {
  /// By the names of the files in pg_logical/snapshots, also of those that cannot be read.
  var newestSnapshot: LSN? {
    (snapshots.map(\.value.lsn) + unreadSnapshots.compactMap(\.lsn)).max()
  }
}

extension SlotState {
  /// The highest position that the slot knows of.
  var position: LSN { max(restartLSN, confirmedFlush) }
}
