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

  /// Text out of a file, harmless for a terminal and between double quotes; within a JSON string the quotes and
  /// backslashes are escaped once more.
  package mutating func quoted(_ value: String, insideJSON: Bool) {
    for byte in "\"\(TerminalText.escaped(value))\"".utf8 {
      let needsEscape = byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
      if insideJSON && needsEscape { self.byte(UInt8(ascii: "\\")) }
      self.byte(byte)
    }
  }

  /// RFC 3339 in UTC: `2026-11-21T10:04:40.501179Z`, as ``Timestamp`` describes itself, but without a String.
  package mutating func time(_ value: Timestamp) {
    let seconds = value.unixMicroseconds / 1_000_000
    // Before 1970, and beyond years of four digits, the slower way is good enough.
    guard value.unixMicroseconds >= 0, seconds < 253_402_300_800 else { return string(value.description) }
    let microsecond = Int(value.unixMicroseconds % 1_000_000)
    let secondOfDay = Int(seconds % 86_400)
    let (year, month, day) = Timestamp.civil(daysSince1970: seconds / 86_400)
    padded(year, digits: 4)
    text("-")
    padded(month, digits: 2)
    text("-")
    padded(day, digits: 2)
    text("T")
    padded(secondOfDay / 3600, digits: 2)
    text(":")
    padded(secondOfDay / 60 % 60, digits: 2)
    text(":")
    padded(secondOfDay % 60, digits: 2)
    if microsecond != 0 {
      text(".")
      padded(microsecond, digits: 6)
    }
    text("Z")
  }
}
