/// A number of bytes in words: `0 B`, `1.2 kB`, `16 MB`, in steps of 1024 as PostgreSQL's `pg_size_pretty` has them.
package enum ByteCount {
  /// Rounded down, with one decimal below ten of the unit and none above; PB is the largest unit.
  package static func text(_ bytes: UInt64) -> String {
    let units = ["kB", "MB", "GB", "TB", "PB"]
    guard bytes >= 1024 else { return "\(bytes) B" }
    var unit = 0
    var divisor: UInt64 = 1024
    while unit < units.count - 1, bytes / divisor >= 1024 {
      divisor *= 1024
      unit += 1
    }
    // Tenths below ten, rounded down: a size is never shown larger than it is.
    let whole = bytes / divisor
    let tenths = (bytes % divisor) * 10 / divisor
    return whole < 10 && tenths != 0 ? "\(whole).\(tenths) \(units[unit])" : "\(whole) \(units[unit])"
  }

  /// Whether a text is a number of bytes as ``text(_:)`` writes it.
  package static func isOne(_ text: some StringProtocol) -> Bool {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2, ["B", "kB", "MB", "GB", "TB", "PB"].contains(parts[1]) else { return false }
    return !parts[0].isEmpty && parts[0].allSatisfy { $0.isASCII && $0.isNumber || $0 == "." }
  }
}
