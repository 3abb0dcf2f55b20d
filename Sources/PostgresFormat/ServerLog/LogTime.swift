/// The times of a log are in the zone that `log_timezone` names, with an abbreviation that does not tell it apart from others.
package struct LogTimeZone: Sendable, Hashable {
  /// Seconds east of UTC at any time; only zones without summer time have one.
  package let secondsEast: Int

  /// Itself.
  package static let utc = LogTimeZone(secondsEast: 0)
  private init(secondsEast: Int) { self.secondsEast = secondsEast }

  /// UTC under any of its names, which is also what a server without a setting has (`GMT`). nil for every other zone.
  package init?(name: String?) {
    guard let name else {
      secondsEast = 0
      return
    }
    guard Self.namesOfUTC.contains(name.uppercased()) else { return nil }
    secondsEast = 0
  }

  private static let namesOfUTC: Set<String> = [
    "UTC", "GMT", "ETC/UTC", "ETC/GMT", "UCT", "ETC/UCT", "ZULU", "ETC/ZULU", "UNIVERSAL", "ETC/UNIVERSAL", "GMT0",
    "ETC/GMT0", "GREENWICH", "ETC/GREENWICH",
  ]

  /// `2026-11-28 20:32:18.123 UTC`, with or without a fraction; nil for anything else.
  package func time(_ text: some StringProtocol) -> Timestamp? { time(Array(text.utf8)[...]) }

  func time(_ text: ArraySlice<UInt8>) -> Timestamp? {
    let bytes = Array(text)
    guard bytes.count >= 19 else { return nil }
    func number(_ range: Range<Int>) -> Int? { ASCII.number(bytes[range]).map(Int.init) }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
      let minute = number(14..<16), let second = number(17..<19), (1...12).contains(month), (1...31).contains(day),
      hour < 24, minute < 60, second <= 60
    else { return nil }
    var micros = 0
    if bytes.count > 20, bytes[19] == UInt8(ascii: ".") {
      let digits = bytes[20...].prefix(while: ASCII.isDigit).prefix(6)
      micros = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
      for _ in digits.count..<6 { micros *= 10 }
    }
    let seconds =
      Timestamp.daysSince1970(year: year, month: month, day: day) * 86_400
      + Int64(hour * 3600 + minute * 60 + second - secondsEast)
    return Timestamp(unixMicroseconds: seconds * 1_000_000 + Int64(micros))
  }
}

extension Timestamp {
  /// The day number of a date of the proleptic Gregorian calendar.
  static func daysSince1970(year: Int, month: Int, day: Int) -> Int64 {
    let shifted = month > 2 ? year : year - 1
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Int64(era * 146_097 + dayOfEra - 719_468)
  }
}
