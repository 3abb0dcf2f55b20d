/// A time as a log has it: what the clock on the wall showed, and the letters of its zone.
package struct LogTime: Sendable, Hashable {
  /// The wall's clock, taken as if it were UTC.
  package var local: Timestamp
  /// `CET`, `+03`; empty where none stands there.
  package var abbreviation: [UInt8]

  /// `2026-11-28 20:32:18.123 CET`, with or without a fraction; nil for anything else.
  package init?(_ text: some Collection<UInt8>) {
    let bytes = Array(text)
    guard let length = Self.length(of: bytes[...]) else { return nil }
    guard let local = Timestamp(String(decoding: bytes[..<length], as: UTF8.self)) else { return nil }
    let rest = bytes[length...]
    guard rest.isEmpty || rest.first == UInt8(ascii: " ") else { return nil }
    (self.local, abbreviation) = (local, Array(rest.dropFirst()))
    guard abbreviation.allSatisfy({ $0 != UInt8(ascii: " ") }) else { return nil }
  }

  /// How many bytes date and time of day take at the front; nil where they are not there.
  static func length(of bytes: ArraySlice<UInt8>) -> Int? {
    guard bytes.count >= 19, bytes[bytes.startIndex + 10] == UInt8(ascii: " "),
      bytes.prefix(19).allSatisfy({ $0.isDigit || "-: ".utf8.contains($0) })
    else { return nil }
    let rest = bytes.dropFirst(19)
    guard rest.first == UInt8(ascii: ".") else { return 19 }
    return 20 + rest.dropFirst().prefix { $0.isDigit }.count
  }
}

/// The zone in which a log's times are written (`log_timezone`).
///
/// The letters beside a time do not tell it: IST is the time of India, of Israel and of Ireland, and a server whose zone is `UTC-3`
/// writes `UTC` three hours off. So a time is known where the zone's own rules give exactly one moment for its clock and its letters;
/// letters that the zone does not have at that time show another zone than the files name.
package enum LogZone: Sendable, Hashable {
  case utc
  case rules(TimeZoneRules)
  /// No rules are known of it.
  case unknown

  /// Whether a name stands for UTC, which is also what a server without a setting has (`GMT`).
  package static func isUTC(_ name: String?) -> Bool { name.map { namesOfUTC.contains($0.uppercased()) } ?? true }

  private static let namesOfUTC: Set<String> = [
    "UTC", "GMT", "ETC/UTC", "ETC/GMT", "UCT", "ETC/UCT", "ZULU", "ETC/ZULU", "UNIVERSAL", "ETC/UNIVERSAL", "GMT0",
    "ETC/GMT0", "GREENWICH", "ETC/GREENWICH",
  ]
  private static let lettersOfUTC: Set<String> = ["UTC", "GMT", "UCT"]

  /// The moment; nil where it is not known for certain.
  package func moment(_ time: LogTime) -> Timestamp? {
    switch self {
    case .utc: Self.lettersOfUTC.contains(String(decoding: time.abbreviation, as: UTF8.self)) ? time.local : nil
    case .rules(let rules): rules.moment(time)
    case .unknown: nil
    }
  }
}
