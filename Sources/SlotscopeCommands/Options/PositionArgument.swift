import ArgumentParser
import PostgresFormat

/// Positions and timelines on the command line. Options that take one name these functions as their `transform`.
enum PositionArgument {
  /// `hi/lo` in hex of either case.
  static func lsn(_ text: String) throws -> LSN {
    guard let lsn = LSN(text) else { throw ValidationError("\"\(text)\" is not an LSN such as 0/0150A2F8") }
    return lsn
  }

  /// Decimal, hexadecimal with `0x`, or the eight digits of a file name.
  static func timeline(_ text: String) throws -> TimelineID {
    let hex = text.lowercased().hasPrefix("0x") ? String(text.dropFirst(2)) : text.count == 8 ? text : nil
    guard let value = hex.map({ UInt32($0, radix: 16) }) ?? UInt32(text), value > 0 else {
      throw ValidationError("\"\(text)\" is not a timeline such as 2, 0x2 or 00000002")
    }
    return TimelineID(value)
  }
}
