extension Timestamp {
  /// From `2026-11-21 10:04:40.5+01` or `2026-11-21T09:04:40.5Z`, as PostgreSQL and RFC 3339 write a time; the time of day
  /// may be left out. Without a zone it is UTC. nil for anything else, and for years outside 1…9999.
  package init?(_ text: String) {
    var rest = Array(text.utf8)[...]
    guard let year = Self.digits(4, &rest), year > 0, Self.take("-", &rest), let month = Self.digits(2, &rest),
      Self.take("-", &rest), let day = Self.digits(2, &rest),
      let days = Self.daysSince1970(year: year, month: month, day: day)
    else { return nil }
    var microseconds: Int64 = 0
    var offset: Int64 = 0
    if Self.take("T", &rest) || Self.take(" ", &rest) {
      guard let time = Self.timeOfDay(&rest), let zone = Self.zone(&rest) else { return nil }
      (microseconds, offset) = (time, zone)
    }
    guard rest.isEmpty else { return nil }
    self.init(unixMicroseconds: days * 86_400_000_000 + microseconds - offset * 1_000_000)
  }

  /// Microseconds since midnight of `10:04`, `10:04:40` or `10:04:40.5`.
  private static func timeOfDay(_ rest: inout ArraySlice<UInt8>) -> Int64? {
    guard let hour = digits(2, &rest), hour < 24, take(":", &rest), let minute = digits(2, &rest), minute < 60 else {
      return nil
    }
    var microseconds = (hour * 3600 + minute * 60) * 1_000_000
    guard take(":", &rest) else { return microseconds }
    guard let second = digits(2, &rest), second < 60 else { return nil }
    microseconds += second * 1_000_000
    guard take(".", &rest) else { return microseconds }
    let fraction = rest.prefix { isDigit($0) }
    guard (1...6).contains(fraction.count) else { return nil }
    rest.removeFirst(fraction.count)
    var value = fraction.reduce(Int64(0)) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    for _ in fraction.count..<6 { value *= 10 }
    return microseconds + value
  }

  /// Seconds east of Greenwich of nothing, `Z`, ` UTC`, `+01`, `+0130` or `-01:30`.
  private static func zone(_ rest: inout ArraySlice<UInt8>) -> Int64? {
    _ = take(" ", &rest)
    if rest.isEmpty || rest.elementsEqual("Z".utf8) || rest.elementsEqual("UTC".utf8) {
      rest = []
      return 0
    }
    let sign: Int64 = take("-", &rest) ? -1 : 1
    guard sign < 0 || take("+", &rest), let hours = digits(2, &rest), hours < 16 else { return nil }
    _ = take(":", &rest)
    guard !rest.isEmpty else { return sign * hours * 3600 }
    guard let minutes = digits(2, &rest), minutes < 60 else { return nil }
    return sign * (hours * 3600 + minutes * 60)
  }

  /// The inverse of ``civil(daysSince1970:)``; nil where the calendar has no such day.
  static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64? {
    guard (1...12).contains(month), (1...31).contains(day) else { return nil }
    let shiftedYear = month > 2 ? year : year - 1
    let (era, yearOfEra) = (shiftedYear / 400, shiftedYear % 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    return civil(daysSince1970: days).day == Int(day) ? days : nil
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  /// So many digits, taken off the front.
  private static func digits(_ count: Int, _ rest: inout ArraySlice<UInt8>) -> Int64? {
    let taken = rest.prefix(count)
    guard taken.count == count, taken.allSatisfy(isDigit) else { return nil }
    rest.removeFirst(count)
    return taken.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
  }

  private static func take(_ character: Unicode.Scalar, _ rest: inout ArraySlice<UInt8>) -> Bool {
    guard rest.first == UInt8(ascii: character) else { return false }
    rest.removeFirst()
    return true
  }
}
