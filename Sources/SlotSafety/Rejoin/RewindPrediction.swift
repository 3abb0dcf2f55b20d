package import Evidence
package import PostgresFormat

/// What pg_rewind would do with the old node's directory, as it lies there.
package struct RewindPrediction: Sendable, Hashable {
  /// The old node has WAL that the new one's history lacks, by what pg_rewind itself would decide; nil where that is open.
  package var needed: Bool?
  /// It would end well, and the server start and follow after it; nil where the files leave that open, or it is not needed.
  package var possible: Bool?
  /// What it would print, line by line, as far as that is known.
  package var output: [String] = []
  /// The last line of it without the word for its severity; nil where nothing is known.
  package var message: String?
  /// What the start after it would say, where it would end well and the start not.
  package var startMessage: String?
  /// Segments that it would not find, in the order in which it asks for them.
  package var missing: [SegmentName] = []
  /// Further segments may be missing: the last common checkpoint is not known.
  package var missingIsComplete = true
  /// Those of ``missing`` that are there now, and that its own crash recovery would remove first.
  package var removedFirst: Set<SegmentName> = []
  /// Where else one of ``missing`` is.
  package var places: [SegmentName: RejoinWAL.Place] = [:]
  /// It has to fetch segments by restore_command (`-c`).
  package var needsRestoreCommand = false
  /// What stands against it and can be put right, and what cannot.
  package var obstacles: [Obstacle] = []
  /// What the answer depends on, where it is open: a sentence.
  package var open: String?

  /// One thing that stops pg_rewind, or the start after it.
  package enum Obstacle: Sendable, Hashable {
    case differentSystems, incompatible, strangers, twins
    case noHints
    case fullPageWrites, sourceInRecovery, unfinishedPromotion
    case standbySignal, notClean
    case segments
    case tablespace(String)
    case newPrimaryLacks(SegmentName)

    /// Whether a setting, a file or a checkpoint puts it right, whatever else there is.
    var isOfSettings: Bool {
      switch self {
      case .fullPageWrites, .standbySignal, .notClean, .unfinishedPromotion: true
      default: false
      }
    }

    /// Whether something can be done about it before pg_rewind is run, given where missing segments are.
    func canBePutRight(_ prediction: RewindPrediction) -> Bool {
      switch self {
      case .fullPageWrites, .sourceInRecovery, .standbySignal, .notClean, .unfinishedPromotion: true
      case .segments:
        prediction.missingIsComplete
          && prediction.missing.allSatisfy {
            prediction.removedFirst.contains($0) || prediction.places[$0] != nil
          }
      case .differentSystems, .incompatible, .strangers, .twins, .noHints, .tablespace, .newPrimaryLacks: false
      }
    }
  }

  mutating func say(_ line: String) {
    output.append(line)
    let severities = ["error: ", "fatal: "]
    message = severities.first { line.hasPrefix($0) }.map { String(line.dropFirst($0.count)) } ?? line
  }
}
