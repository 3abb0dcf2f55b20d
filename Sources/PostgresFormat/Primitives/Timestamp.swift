/// A point in time as PostgreSQL stores it, shown as RFC 3339 in UTC without the help of a calendar library.
///
/// Two kinds exist on disk: `pg_time_t` (Unix seconds: control file, checkpoints) and `TimestampTz` (microseconds since
/// 2000-01-01: commits, prepared transactions). Both become microseconds since 1970 here.
package struct Timestamp: Hashable, Comparable, Sendable {
  /// Microseconds since 1970-01-01 00:00:00 UTC.
  package var unixMicroseconds: Int64

  /// Microseconds since 1970-01-01 00:00:00 UTC, with no change of epoch.
  package init(unixMicroseconds: Int64) { self.unixMicroseconds = unixMicroseconds }

  /// `pg_time_t`: Unix seconds. Saturates beyond the range of microseconds.
  package init(unixSeconds: Int64) {
    let (value, overflow) = unixSeconds.multipliedReportingOverflow(by: 1_000_000)
    unixMicroseconds = overflow ? (unixSeconds < 0 ? .min : .max) : value
  }

  /// `TimestampTz`: microseconds since 2000-01-01. Saturates.
  package init(postgresMicroseconds: Int64) {
    let (value, overflow) = postgresMicroseconds.addingReportingOverflow(946_684_800_000_000)
    unixMicroseconds = overflow ? .max : value
  }

  /// Microseconds from `earlier` to here, negative where it is later. Saturates: times come from files.
  package func microseconds(since earlier: Timestamp) -> Int64 {
    let (difference, overflow) = unixMicroseconds.subtractingReportingOverflow(earlier.unixMicroseconds)
    return overflow ? (self < earlier ? .min : .max) : difference
  }

  /// The earlier time first, of whichever of the two kinds it was.
  package static func < (a: Timestamp, b: Timestamp) -> Bool { a.unixMicroseconds < b.unixMicroseconds }
}

extension Timestamp: CustomStringConvertible {
  /// RFC 3339, UTC: `2026-11-21T10:04:40Z`, with six digits of the second where they are not zero.
  package var description: String {
    let microsecond = Int(((unixMicroseconds % 1_000_000) + 1_000_000) % 1_000_000)
    // Rounded down; subtracting the microseconds first would overflow at the earliest of all times.
    let seconds = unixMicroseconds / 1_000_000 - (unixMicroseconds % 1_000_000 < 0 ? 1 : 0)
    let secondOfDay = Int(((seconds % 86_400) + 86_400) % 86_400)
    let (year, month, day) = Self.civil(daysSince1970: (seconds - Int64(secondOfDay)) / 86_400)
    func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
    let absoluteYear = String(year.magnitude)
    let yearText = (year < 0 ? "-" : "") + String(repeating: "0", count: max(0, 4 - absoluteYear.count)) + absoluteYear
    var text = "\(yearText)-\(two(month))-\(two(day))"
    text += "T\(two(secondOfDay / 3600)):\(two(secondOfDay / 60 % 60)):\(two(secondOfDay % 60))"
    if microsecond != 0 {
      let digits = String(microsecond)
      text += "." + String(repeating: "0", count: 6 - digits.count) + digits
    }
    return text + "Z"
  }

  /// The proleptic Gregorian date of a day number, by counting in eras of 400 years that begin on 1 March.
  package static func civil(daysSince1970 days: Int64) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = Int(shifted - era * 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = Int(era) * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }
}
