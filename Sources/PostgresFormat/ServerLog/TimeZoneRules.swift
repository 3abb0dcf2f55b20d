/// A compiled time zone (TZif, RFC 8536), as the servers of most distributions read it from /usr/share/zoneinfo. Follows
/// `tzloadbody` in src/timezone/localtime.c.
package struct TimeZoneRules: Sendable, Hashable {
  /// An offset with its letters, in force from one transition to the next.
  struct Period: Sendable, Hashable {
    /// Seconds east of Greenwich.
    var offset: Int64
    var abbreviation: [UInt8]
  }

  /// Seconds since 1970, ascending.
  private var transitions: [Int64]
  /// In force from the transition of the same index on.
  private var periods: [Period]
  /// For times after the last transition; nil where it is in no form that is known.
  private var later: YearlyRule?
  /// Each offset that was or will be in force under these letters; a log asks for every line.
  private var offsets: [[UInt8]: Set<Int64>] = [:]

  /// More than any zone has in any of its tables.
  private static let tableLimit = 10_000

  /// The bytes of a file; nil where they are none, are damaged, or count leap seconds, which servers refuse.
  package init?(_ bytes: [UInt8]) {
    guard let first = Header(bytes, at: 0) else { return nil }
    var (header, width) = (first, 4)
    if header.version >= UInt8(ascii: "2") {
      guard let second = Header(bytes, at: header.end(width: 4)) else { return nil }
      (header, width) = (second, 8)
    }
    let end = header.end(width: width)
    guard header.leapSeconds == 0, header.types > 0, end <= bytes.count else { return nil }
    let indexes = header.body + header.transitions * width
    let types = indexes + header.transitions
    let letters = types + header.types * 6
    var known: [Period] = []
    for type in 0..<header.types {
      guard let offset = Self.number(bytes, at: types + type * 6, width: 4) else { return nil }
      let start = Int(bytes[types + type * 6 + 5])
      guard start < header.letters else { return nil }
      let text = bytes[(letters + start)..<(letters + header.letters)].prefix { $0 != 0 }
      known.append(Period(offset: offset, abbreviation: Array(text)))
    }
    (transitions, periods, later) = ([], [], nil)
    for index in 0..<header.transitions {
      let type = Int(bytes[indexes + index])
      guard let time = Self.number(bytes, at: header.body + index * width, width: width), type < known.count,
        transitions.last.map({ $0 < time }) ?? true
      else { return nil }
      transitions.append(time)
      periods.append(known[type])
    }
    if width == 8, bytes[end...].first == UInt8(ascii: "\n") {
      later = YearlyRule(bytes[end...].dropFirst().prefix { $0 != UInt8(ascii: "\n") })
    }
    for period in periods + [later?.standard, later?.summer?.period].compactMap({ $0 }) {
      offsets[period.abbreviation, default: []].insert(period.offset)
    }
  }

  /// The one moment at which this zone's clock shows a time with these letters; nil where there is none, or more than one.
  func moment(_ time: LogTime) -> Timestamp? {
    let moments = (offsets[time.abbreviation] ?? []).map {
      Timestamp(unixMicroseconds: time.local.unixMicroseconds - $0 * 1_000_000)
    }
    let matching = moments.filter { moment in
      guard let period = period(at: moment.unixMicroseconds.floorDivided(by: 1_000_000)) else { return false }
      return period.abbreviation == time.abbreviation
        && time.local.unixMicroseconds - period.offset * 1_000_000 == moment.unixMicroseconds
    }
    return matching.count == 1 ? matching[0] : nil
  }

  /// What is in force at a time; nil before the first transition and where the rule for later ones is not known.
  private func period(at seconds: Int64) -> Period? {
    if let last = transitions.last, seconds < last {
      // The number of transitions at or before it.
      var (low, high) = (0, transitions.count)
      while low < high {
        let middle = (low + high) / 2
        if transitions[middle] <= seconds { low = middle + 1 } else { high = middle }
      }
      return low > 0 ? periods[low - 1] : nil
    }
    return later?.period(at: seconds)
  }

  private static func number(_ bytes: [UInt8], at start: Int, width: Int) -> Int64? {
    guard start >= 0, start + width <= bytes.count else { return nil }
    let value = bytes[start..<(start + width)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return width == 4 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
  }

  /// `TZif`, a version, and how much of everything follows.
  private struct Header {
    static let size = 44
    var body: Int
    var version: UInt8
    var universalMarks: Int
    var standardMarks: Int
    var leapSeconds: Int
    var transitions: Int
    var types: Int
    var letters: Int

    init?(_ bytes: [UInt8], at start: Int) {
      guard start + Self.size <= bytes.count, bytes[start...].starts(with: Array("TZif".utf8)) else { return nil }
      var counts: [Int] = []
      for index in 0..<6 {
        guard let count = TimeZoneRules.number(bytes, at: start + 20 + index * 4, width: 4),
          (0...Int64(TimeZoneRules.tableLimit)).contains(count)
        else { return nil }
        counts.append(Int(count))
      }
      (body, version) = (start + Self.size, bytes[start + 4])
      (universalMarks, standardMarks, leapSeconds) = (counts[0], counts[1], counts[2])
      (transitions, types, letters) = (counts[3], counts[4], counts[5])
    }

    /// Where what it counts ends.
    func end(width: Int) -> Int {
      body + transitions * (width + 1) + types * 6 + letters + leapSeconds * (width + 4) + standardMarks
        + universalMarks
    }
  }
}

extension Int64 {
  /// Rounded down. `divisor` is positive.
  func floorDivided(by divisor: Int64) -> Int64 {
    self / divisor - (self % divisor < 0 ? 1 : 0)
  }
}
