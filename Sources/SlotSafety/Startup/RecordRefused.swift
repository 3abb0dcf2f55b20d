import Evidence
import PostgresFormat

extension WALEnd {
  /// Whether the walk that found this end refused the record at a position, as a server does that reads it alone: the record
  /// itself, the page that it begins on, or the first page of its segment. False where the walk never came there, or stopped for
  /// a reason that says nothing of the record.
  func refuses(_ position: LSN, segmentSize: Int) -> Bool {
    guard walkedFrom <= position, lsn <= position else { return false }
    switch stop.reason {
    case .limit, .unreadable, .notRead: return false
    default: break
    }
    if (stop.record ?? stop.at) == position { return true }
    guard stop.refusesPage, segmentSize > 0 else { return false }
    let page = LSN(position.rawValue & ~UInt64(WALGeometry.pageSize - 1))
    return stop.at == page || stop.at == SegmentNumber(containing: position, size: segmentSize).start(size: segmentSize)
  }
}

extension WALStop {
  /// The page's own header or its absence is the reason, not what the record before it needs there.
  fileprivate var refusesPage: Bool {
    let reason = reason == .incompleteRecord ? found.flatMap(Reason.init) : reason
    switch reason {
    case .zeroPage, .recycledPage, .missingSegment, .shortFile, .foreignMagic, .badPageFlags, .foreignSegment,
      .badPageAddress,
      .timelineOutOfOrder:
      return true
    default: return false
    }
  }
}
