package import Evidence
import PostgresFormat

/// Which of several copies of a segment is the right one, in words.
package enum SegmentSoundnessText {
  /// What is told of one copy.
  package static func words(_ soundness: SegmentSoundness) -> String {
    switch soundness {
    case .whole: "whole, by the checksums of its records"
    case .ends(let end): "whole up to \(end), where WAL ends in it"
    case .damaged(let stop): "damaged: \(WALStopText.sentence(stop))"
    case .unknown: "whether it is whole cannot be told by itself"
    }
  }

  static func json(_ soundness: SegmentSoundness) -> JSONValue {
    var (end, stop): (JSONValue, JSONValue) = (.null, .null)
    switch soundness {
    case .ends(let lsn): end = .text(lsn)
    case .damaged(let found): stop = WALStopText.json(found)
    case .whole, .unknown: break
    }
    return ["state": .string(soundness.word), "end_lsn": end, "stop": stop]
  }
}
