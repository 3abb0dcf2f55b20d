import ArgumentParser
import ClusterFiles
import PostgresFormat
import Reporting

/// How the `wal` commands that walk over records report the end of their walk.
enum WalWalkEnd {
  /// Damage and what could not be read go to standard error; the exit code says the worst.
  static func report(_ outcome: WALWalk.Outcome, _ source: WALSource, wasCut: Bool = false) throws {
    for damage in outcome.damages {
      Terminal.report(
        error: "WAL cannot be read at \(damage.stop.at): \(WALStopText.sentence(damage.stop))",
        detail: "Reading went on at \(damage.resumedAt).")
    }
    let again = wasCut ? nil : outcome.validAgain(on: source.route)
    if let problem = outcome.problem, outcome.stop.reason != .missingSegment {
      throw CommandFailure(source.shown(problem))
    }
    if !wasCut && !outcome.stop.reason.isOrdinaryEnd {
      throw CommandFailure(
        "WAL cannot be read after \(outcome.end): \(WALStopText.sentence(outcome.stop))",
        detail: again.map { "Valid WAL follows at \($0)." }, hint: again.map { _ in "--salvage goes on there." },
        status: .error)
    }
    if !outcome.damages.isEmpty { try ExitStatus.error.exit() }
    if outcome.firstRecord == nil {
      throw CommandFailure("there is no record in this range: \(WALStopText.sentence(outcome.stop))")
    }
    if let again {
      throw CommandFailure(
        "WAL breaks off at \(outcome.end): \(WALStopText.sentence(outcome.stop))",
        detail: "Valid WAL follows at \(again).", hint: "--salvage goes on there.", status: .warning)
    }
  }

  static func nothing(_ source: WALSource) -> CommandFailure {
    CommandFailure(
      "there is no WAL of timeline \(source.route.history.timeline)",
      detail: source.inventory.problems.first.map { source.shown("For one, \($0.path) \($0.sentence).") })
  }
}

extension WALWalk.Outcome {
  var summary: WalkSummary {
    WalkSummary(
      firstRecord: firstRecord, lastRecord: lastRecord, end: end, stop: stop,
      damages: damages.map { WalkSummary.Damage(stop: $0.stop, resumedAt: $0.resumedAt) })
  }
}
