package import PostgresFormat

/// How one copy of a segment is by itself: by its pages, the links between its records and their checksums.
package enum SegmentSoundness: Sendable, Hashable {
  /// All records that begin in it are valid.
  case whole
  /// WAL ends in it, as a server leaves it.
  case ends(at: LSN)
  /// A page or a record of it is refused.
  case damaged(WALStop)
  /// Nothing of it could be read, or what is asked about belongs to a record that begins before it or ends after it, where
  /// the rest is missing.
  case unknown

  /// A stable word.
  package var word: String {
    switch self {
    case .whole: "whole"
    case .ends: "ends"
    case .damaged: "damaged"
    case .unknown: "unknown"
    }
  }

  /// Nothing of it is refused.
  package var isSound: Bool {
    switch self {
    case .whole, .ends: true
    case .damaged, .unknown: false
    }
  }
}
