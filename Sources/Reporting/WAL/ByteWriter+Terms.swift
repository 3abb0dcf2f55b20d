package import PostgresFormat

extension ByteWriter {
  /// `0/0150A2F8`.
  @inline(__always)
  package mutating func lsn(_ value: LSN) {
    hex(value.rawValue >> 32)
    byte(UInt8(ascii: "/"))
    hex(value.rawValue & 0xFFFF_FFFF, width: 8)
  }

  /// `1663/5/16384`.
  @inline(__always)
  package mutating func relation(_ value: RelationLocator) {
    decimal(value.tablespace.rawValue)
    byte(UInt8(ascii: "/"))
    decimal(value.database.rawValue)
    byte(UInt8(ascii: "/"))
    decimal(value.number)
  }

  /// `main`, `fsm`, `vm`, `init`, or the number of a fork that no version has.
  package mutating func fork(of block: BlockReference) {
    if let fork = block.fork { text(fork.name) } else { decimal(UInt32(block.forkNumber)) }
  }

  /// A record type's name, with `UNKNOWN (f0)` for one without.
  package mutating func recordType(_ manager: ResourceManager, info: UInt8, names: RecordTypeNames) {
    if let name = names.known(manager, info: info) { return text(name) }
    string(names.name(manager, info: info))
  }

  /// As pg_waldump has it: `custom134` for an extension's.
  package mutating func manager(_ value: ResourceManager) {
    if let name = value.fixedName { text(name) } else { string(value.name) }
  }

  /// `2026-11-21 10:04:40.501179 UTC`, as pg_waldump writes times (`timestamptz_to_str`) where the time zone is UTC.
  package mutating func serverTime(_ value: Timestamp) {
    // Seconds and microseconds since 2000 are cut toward zero, as C does.
    let since2000 = value.unixMicroseconds &- Self.microsecondsTo2000
    let second = since2000 / 1_000_000 &+ Self.microsecondsTo2000 / 1_000_000
    let microsecond = Int(since2000 % 1_000_000)
    let day = (second &- (second % 86_400 &+ 86_400) % 86_400) / 86_400
    let secondOfDay = Int(second &- day &* 86_400)
    let (year, month, dayOfMonth) = Timestamp.civil(daysSince1970: day)
    if (1000...9999).contains(year) { padded(year, digits: 4) } else { decimal(year) }
    afterYear(month, dayOfMonth, " ", secondOfDay)
    text(microsecond < 0 ? ".-" : ".")
    padded(microsecond, digits: microsecond > -100_000 && microsecond < 0 ? 5 : 6)
    text(" UTC")
  }

  /// `-11-21`, what separates, `10:04:40`.
  private mutating func afterYear(_ month: Int, _ day: Int, _ separator: StaticString, _ secondOfDay: Int) {
    text("-")
    padded(month, digits: 2)
    text("-")
    padded(day, digits: 2)
    text(separator)
    padded(secondOfDay / 3600, digits: 2)
    text(":")
    padded(secondOfDay / 60 % 60, digits: 2)
    text(":")
    padded(secondOfDay % 60, digits: 2)
  }

  private static var microsecondsTo2000: Int64 { 946_684_800_000_000 }

  /// `2026-11-21T10:04:40.501179Z`, as a ``Timestamp`` describes itself.
  package mutating func utcTime(_ value: Timestamp) {
    let microsecond = Int((value.unixMicroseconds % 1_000_000 &+ 1_000_000) % 1_000_000)
    let second = value.unixMicroseconds / 1_000_000 &- (value.unixMicroseconds % 1_000_000 < 0 ? 1 : 0)
    let secondOfDay = Int((second % 86_400 &+ 86_400) % 86_400)
    let (year, month, day) = Timestamp.civil(daysSince1970: (second &- Int64(secondOfDay)) / 86_400)
    guard (0...9999).contains(year) else { return string(value.description) }
    padded(year, digits: 4)
    afterYear(month, day, "T", secondOfDay)
    if microsecond != 0 {
      text(".")
      padded(microsecond, digits: 6)
    }
    text("Z")
  }

  /// A JSON number, as ``JSONValue`` has them: of 63 bits.
  package mutating func integer(_ value: UInt64) { decimal(min(value, UInt64(Int64.max))) }

  /// A JSON string, escaped as ``JSONValue`` does; null for none.
  package mutating func json(_ value: String?) {
    guard let value else { return text("null") }
    guard value.utf8.allSatisfy(JSONValue.isPlain) else {
      var escaped: [UInt8] = []
      JSONValue.write(string: value, to: &escaped)
      for byte in escaped { self.byte(byte) }
      return
    }
    text("\"")
    string(value)
    text("\"")
  }

  /// As `%f` of C: six digits after the point.
  package mutating func fixed(_ value: Double) {
    guard value.isFinite, value.magnitude < 1e18 else { return string("\(value)") }
    var whole = UInt64(value.magnitude)
    var millionths = Int(((value.magnitude - Double(whole)) * 1e6).rounded(.toNearestOrEven))
    if millionths == 1_000_000 { (whole, millionths) = (whole + 1, 0) }
    if value.sign == .minus { text("-") }
    decimal(whole)
    text(".")
    padded(millionths, digits: 6)
  }

  /// As `%g` of C: six significant digits, without zeros at the end; `1.23457e+06` from a million on.
  package mutating func general(_ value: Double) {
    guard value.isFinite else { return string(value.isNaN ? "nan" : value < 0 ? "-inf" : "inf") }
    guard value != 0 else { return text(value.sign == .minus ? "-0" : "0") }
    if value < 0 { text("-") }
    var exponent = 0
    var scaled = value.magnitude
    while scaled >= 1e6 && exponent < 400 { (scaled, exponent) = (scaled / 10, exponent + 1) }
    // Whole numbers, of which these fields have most, are rounded from their digits.
    if value.magnitude < 1e15, value.magnitude.rounded(.towardZero) == value.magnitude {
      return whole(UInt64(value.magnitude))
    }
    while scaled < 1e5 && exponent > -400 { (scaled, exponent) = (scaled * 10, exponent - 1) }
    var digits = UInt64(scaled.rounded(.toNearestOrEven))
    if digits == 1_000_000 { (digits, exponent) = (100_000, exponent + 1) }
    significant(digits, exponent: exponent + 5)
  }

  private mutating func whole(_ value: UInt64) {
    guard value >= 1_000_000 else { return decimal(value) }
    var (unit, exponent) = (UInt64(10), 6)
    while value / unit >= 1_000_000 { (unit, exponent) = (unit * 10, exponent + 1) }
    let (quotient, rest) = value.quotientAndRemainder(dividingBy: unit)
    var digits = quotient
    if rest > unit / 2 || (rest == unit / 2 && quotient % 2 == 1) { digits += 1 }
    if digits == 1_000_000 { (digits, exponent) = (100_000, exponent + 1) }
    significant(digits, exponent: exponent)
  }

  /// Six digits, of which the first is in the place of `exponent`.
  private mutating func significant(_ sixDigits: UInt64, exponent: Int) {
    var (digits, count) = (sixDigits, 6)
    while digits % 10 == 0 && count > 1 { (digits, count) = (digits / 10, count - 1) }
    if exponent < -4 || exponent >= 6 {
      let unit = (1..<count).reduce(UInt64(1)) { unit, _ in unit * 10 }
      decimal(digits / unit)
      if count > 1 {
        text(".")
        padded(Int(digits % unit), digits: count - 1)
      }
      text(exponent < 0 ? "e-" : "e+")
      let magnitude = abs(exponent)
      if magnitude < 10 { text("0") }
      return decimal(magnitude)
    }
    if exponent < 0 {
      text("0.")
      for _ in 0..<(-exponent - 1) { text("0") }
      return decimal(digits)
    }
    let after = count - 1 - exponent
    guard after > 0 else {
      decimal(digits)
      for _ in 0..<(-after) { text("0") }
      return
    }
    let unit = (0..<after).reduce(UInt64(1)) { unit, _ in unit * 10 }
    decimal(digits / unit)
    text(".")
    padded(Int(digits % unit), digits: after)
  }
}
