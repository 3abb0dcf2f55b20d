/// The times of a log are in the zone that `log_timezone` names, with an abbreviation that does not tell it apart from others.
package enum LogTime {
  /// Whether a zone is UTC under any of its names, which is also what a server without a setting has (`GMT`).
  package static func isUTC(zone name: String?) -> Bool { name.map { namesOfUTC.contains($0.uppercased()) } ?? true }

  private static let namesOfUTC: Set<String> = [
    "UTC", "GMT", "ETC/UTC", "ETC/GMT", "UCT", "ETC/UCT", "ZULU", "ETC/ZULU", "UNIVERSAL", "ETC/UNIVERSAL", "GMT0",
    "ETC/GMT0", "GREENWICH", "ETC/GREENWICH",
  ]

  /// `2026-11-28 20:32:18.123 CET` as if it were UTC, with or without a fraction; nil for anything else.
  package static func withoutZone(_ text: some Collection<UInt8>) -> Timestamp? {
    let time = text.prefix { $0.isDigit || "-: .".utf8.contains($0) }
    return time.count < 19 ? nil : Timestamp(String(decoding: time, as: UTF8.self))
  }
}
