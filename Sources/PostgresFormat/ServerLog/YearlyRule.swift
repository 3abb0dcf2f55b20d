/// The end of a compiled time zone, which holds after its last transition: `CET-1CEST,M3.5.0,M10.5.0/3`, `<+03>-3`.
/// Follows `tzparse` in src/timezone/localtime.c; days that are counted from the start of the year are not taken.
struct YearlyRule: Sendable, Hashable {
  var standard: TimeZoneRules.Period
  var summer: Summer?

  struct Summer: Sendable, Hashable {
    var period: TimeZoneRules.Period
    /// By the clock of standard time.
    var start: Day
    /// By the clock of summer time.
    var end: Day
  }

  /// `M3.5.0/2`: the last Sunday (0) of March at two.
  struct Day: Sendable, Hashable {
    var month: Int
    /// 5 is the last one.
    var week: Int
    /// 0 is Sunday.
    var weekday: Int
    /// Seconds from midnight; may be negative, or of a later day.
    var seconds: Int64
  }

  init?(_ text: some Collection<UInt8>) {
    var rest = Array(text)[...]
    guard let name = Self.name(&rest), let west = Self.time(&rest) else { return nil }
    standard = TimeZoneRules.Period(offset: -west, abbreviation: name)
    summer = nil
    if rest.isEmpty { return }
    guard let name = Self.name(&rest) else { return nil }
    var offset = standard.offset + 3600
    if rest.first != UInt8(ascii: ",") {
      guard let west = Self.time(&rest) else { return nil }
      offset = -west
    }
    guard let start = Self.day(&rest), let end = Self.day(&rest), rest.isEmpty else { return nil }
    summer = Summer(period: TimeZoneRules.Period(offset: offset, abbreviation: name), start: start, end: end)
  }

  /// What is in force at a time, in seconds since 1970; nil for years outside 1970…9999.
  func period(at seconds: Int64) -> TimeZoneRules.Period? {
    guard (0..<253_370_764_800).contains(seconds) else { return nil }
    guard let summer else { return standard }
    let year = Timestamp.civil(daysSince1970: seconds / 86_400).year
    var last: (time: Int64, period: TimeZoneRules.Period)?
    for year in (year - 1)...(year + 1) {
      for (time, period) in [
        (summer.start.seconds(in: year) - standard.offset, summer.period),
        (summer.end.seconds(in: year) - summer.period.offset, standard),
      ] where time <= seconds && (last.map { $0.time < time } ?? true) {
        last = (time, period)
      }
    }
    return last?.period
  }

  /// `CET`, or `<+03>` without its signs.
  private static func name(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
    let isQuoted = rest.first == UInt8(ascii: "<")
    if isQuoted { rest.removeFirst() }
    let name = rest.prefix {
      $0.isASCIILetter || (isQuoted && ($0.isDigit || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-")))
    }
    rest = rest.dropFirst(name.count)
    if isQuoted { guard rest.popFirst() == UInt8(ascii: ">") else { return nil } }
    return name.count < 3 ? nil : Array(name)
  }

  /// Seconds of `-1`, `5:30` or `+00:20:30`.
  private static func time(_ rest: inout ArraySlice<UInt8>) -> Int64? {
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
    guard let hours = number(&rest), hours <= 167 else { return nil }
    var seconds = hours * 3600
    for unit in [60, 1] as [Int64] where rest.first == UInt8(ascii: ":") {
      rest.removeFirst()
      guard let value = number(&rest), value < 60 else { return nil }
      seconds += value * unit
    }
    return isNegative ? -seconds : seconds
  }

  private static func day(_ rest: inout ArraySlice<UInt8>) -> Day? {
    guard rest.popFirst() == UInt8(ascii: ","), rest.popFirst() == UInt8(ascii: "M"), let month = number(&rest),
      (1...12).contains(month), rest.popFirst() == UInt8(ascii: "."), let week = number(&rest),
      (1...5).contains(week), rest.popFirst() == UInt8(ascii: "."), let weekday = number(&rest), weekday < 7
    else { return nil }
    var seconds: Int64 = 7200
    if rest.first == UInt8(ascii: "/") {
      rest.removeFirst()
      guard let time = time(&rest) else { return nil }
      seconds = time
    }
    return Day(month: Int(month), week: Int(week), weekday: Int(weekday), seconds: seconds)
  }

  /// At most three digits.
  private static func number(_ rest: inout ArraySlice<UInt8>) -> Int64? {
    let digits = rest.prefix(3).prefix { $0.isDigit }
    rest = rest.dropFirst(digits.count)
    return Int64(String(decoding: digits, as: UTF8.self))
  }
}

extension YearlyRule.Day {
  /// By the clock on the wall, as if it were UTC.
  func seconds(in year: Int) -> Int64 {
    let first = Timestamp.daysSince1970(year: Int64(year), month: Int64(month), day: 1) ?? 0
    // 1970-01-01 was a Thursday.
    let weekdayOfFirst = Int(((first + 4) % 7 + 7) % 7)
    var day = first + Int64((weekday - weekdayOfFirst + 7) % 7 + (week - 1) * 7)
    if week == 5, Timestamp.civil(daysSince1970: day).month != month { day -= 7 }
    return day * 86_400 + seconds
  }
}
