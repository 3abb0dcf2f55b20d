package import PostgresFormat

/// Why reading the WAL stopped, in words.
package enum WALStopText {
  /// One sentence without a full stop, beginning in lower case.
  package static func sentence(_ stop: WALStop) -> String {
    let seen = [stop.expected.map { "expected \($0)" }, stop.found.map { "found \(found($0, stop))" }].compactMap { $0 }
    let details = seen.isEmpty ? "" : " (\(seen.joined(separator: ", ")))"
    return phrase(stop.reason, stop) + " at \(stop.at)" + details
  }

  /// A record that breaks off has, as what was found, the reason why its next page is none.
  private static func found(_ text: String, _ stop: WALStop) -> String {
    WALStop.Reason(rawValue: text).map { phrase($0, stop) } ?? text
  }

  private static func phrase(_ reason: WALStop.Reason, _ stop: WALStop) -> String {
    switch reason {
    case .zeroLength: "a record length of zero"
    case .zeroPage: "a page that was never written"
    case .recycledPage: "a page of an older segment that was renamed for later use"
    case .missingSegment: "no file for the segment"
    case .shortFile: "the end of a file that is shorter than a segment"
    case .incompleteRecord: "the record at \(stop.record ?? stop.at) was never written to its end: it breaks off"
    case .limit: "the position that was asked for"
    case .notRead: "the position that a running server gave"
    case .foreignMagic: "a page of another PostgreSQL version, or none (encrypted or damaged)"
    case .badPageFlags: "a page header with flags that this version does not have"
    case .foreignSegment: "a page of another cluster or segment size"
    case .badPageAddress: "a page whose address is not its own"
    case .timelineOutOfOrder: "a page whose timeline does not fit those before it"
    case .badContinuation: "a page that does not continue the record before it as it should"
    case .badRecordLength: "a record of impossible length"
    case .badResourceManager: "a record of an unknown resource manager"
    case .badPrevLink: "a record that does not follow the one before it"
    case .badChecksum: "a record with a wrong checksum"
    case .badRecordStructure: "a record whose parts do not add up, although its checksum is right"
    case .unreadable: "a file that cannot be read"
    }
  }

  /// The members that describe a stop in JSON documents.
  package static func json(_ stop: WALStop) -> JSONValue {
    [
      "reason": .string(stop.reason.rawValue), "lsn": .text(stop.at), "record_lsn": .text(stop.record),
      "expected": .text(stop.expected), "found": .text(stop.found),
    ]
  }
}
