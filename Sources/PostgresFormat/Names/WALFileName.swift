/// What the name of an entry in `pg_wal` says that it is, as a server gives it. Follows src/include/access/xlog_internal.h.
package enum WALFileName: Sendable, Hashable {
  /// A segment.
  case segment(SegmentName)
  /// `NAME.partial`: the last segment of a timeline that a promotion ended, or one that pg_receivewal is writing.
  case partialSegment(SegmentName)
  /// `TTTTTTTT.history`.
  case history(TimelineID)
  /// `NAME.OOOOOOOO.backup`: a base backup that began in the segment, at this offset (bytes).
  case backupHistory(SegmentName, offset: UInt32)
  /// 17 and later, in the folder `summaries`: which blocks changed between two positions.
  case summary(TimelineID, start: LSN, end: LSN)
  /// `xlogtemp.PID`, `temp.summary`: being written; removed at start-up.
  case temporary
  /// `RECOVERYXLOG`, `RECOVERYHISTORY`: just fetched by restore_command.
  case restored
  /// The folders `archive_status` and `summaries`.
  case folder
  /// A name that no server gives.
  case other

  /// From a name as text.
  package init(_ name: String) { self.init(Array(name.utf8)) }

  /// From the bytes of a name, as the file system has them; one that fits nothing is `other`.
  package init(_ name: [UInt8]) {
    self = Self.fixed(name) ?? Self.named(name[...]) ?? .other
  }

  private static func fixed(_ name: [UInt8]) -> WALFileName? {
    switch String(decoding: name.prefix(32), as: UTF8.self) {
    case "archive_status", "summaries": .folder
    case "RECOVERYXLOG", "RECOVERYHISTORY": .restored
    case "temp.summary": .temporary
    case let text where text.hasPrefix("xlogtemp."): .temporary
    default: nil
    }
  }

  private static func named(_ name: ArraySlice<UInt8>) -> WALFileName? {
    let stem = name.prefix { $0 != UInt8(ascii: ".") }
    let rest = name.dropFirst(stem.count)
    if stem.count == 24, let segment = SegmentName(stem) {
      if rest.isEmpty { return .segment(segment) }
      if rest.elementsEqual(".partial".utf8) { return .partialSegment(segment) }
      if rest.count == 16, rest.ends(with: ".backup"), let offset = UInt32Hex.parse(rest.dropFirst().prefix(8)) {
        return .backupHistory(segment, offset: offset)
      }
    }
    if stem.count == 8, rest.elementsEqual(".history".utf8), let timeline = UInt32Hex.parse(stem) {
      return .history(TimelineID(timeline))
    }
    if stem.count == 40, rest.elementsEqual(".summary".utf8) {
      let words = (0..<5).compactMap { UInt32Hex.parse(stem.dropFirst($0 * 8).prefix(8)) }
      guard words.count == 5 else { return nil }
      return .summary(
        TimelineID(words[0]), start: LSN(UInt64(words[1]) << 32 | UInt64(words[2])),
        end: LSN(UInt64(words[3]) << 32 | UInt64(words[4])))
    }
    return nil
  }
}

extension BidirectionalCollection<UInt8> {
  fileprivate func ends(with text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}
