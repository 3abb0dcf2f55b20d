/// `log_line_prefix`, by which a line of a log in the form of stderr begins. Follows `log_status_format` in
/// src/backend/utils/error/elog.c.
package struct LogLinePrefix: Sendable, Hashable {
  private enum Part: Hashable {
    case text([UInt8])
    case escape(UInt8)
    /// `%q`: processes without a session stop here.
    case sessionOnly
  }
  private let parts: [Part]

  /// The default of every version from 10 on.
  package static let standard = LogLinePrefix("%m [%p] ")

  /// Any format; what is not an escape of the server's is text.
  package init(_ format: String) {
    var parts: [Part] = []
    var text: [UInt8] = []
    var rest = Array(format.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        text.append(byte)
        continue
      }
      // A width may stand between.
      while let next = rest.first, next == UInt8(ascii: "-") || next.isDigit { rest.removeFirst() }
      guard let escape = rest.popFirst() else { break }
      if escape == UInt8(ascii: "%") {
        text.append(escape)
        continue
      }
      if !text.isEmpty { parts.append(.text(text)) }
      text = []
      parts.append(escape == UInt8(ascii: "q") ? .sessionOnly : .escape(escape))
    }
    if !text.isEmpty { parts.append(.text(text)) }
    self.parts = parts
  }

  /// Whether it tells which process wrote a line; without that nobody can tell a user's words from the server's.
  package var namesProcess: Bool {
    parts.contains(.escape(UInt8(ascii: "p"))) || parts.contains(.escape(UInt8(ascii: "c")))
  }

  /// A line, without its end, taken apart; nil where it is none of this form.
  package func entry(_ line: [UInt8], in zone: LogZone) -> ServerLogEntry? {
    var found = Found()
    guard let message = match(parts[...], line[...], zone, &found) else { return nil }
    var entry = message
    (entry.time, entry.processID, entry.number) = (found.time, found.processID, found.number)
    entry.backendType = found.backendType
    return entry
  }

  private struct Found {
    var time: Timestamp?
    var processID: UInt32?
    var number: UInt64?
    var backendType: String?
  }

  private func match(
    _ parts: ArraySlice<Part>, _ line: ArraySlice<UInt8>, _ zone: LogZone, _ found: inout Found
  ) -> ServerLogEntry? {
    var (parts, line) = (parts, line)
    while let part = parts.popFirst() {
      switch part {
      case .text(let text):
        guard line.starts(with: text) else { return nil }
        line = line.dropFirst(text.count)
      case .sessionOnly:
        // A line of a session has the rest, too.
        var whole = found
        if let entry = match(parts, line, zone, &whole) {
          found = whole
          return entry
        }
        return Self.severityAndMessage(line)
      case .escape(let escape):
        let end: ArraySlice<UInt8>.Index
        if case .text(let text) = parts.first {
          // A time has blanks of its own.
          let own = Self.isTime(escape) ? LogTime.length(of: line.drop { $0 == UInt8(ascii: " ") }).map { $0 + 1 } : 0
          guard let own, let next = Self.firstIndex(of: text, in: line.dropFirst(own)) else { return nil }
          end = next
        } else {
          end = Self.endOfValue(escape, line)
        }
        guard take(escape, line[line.startIndex..<end], zone, &found) else { return nil }
        line = line[end...]
      }
    }
    return Self.severityAndMessage(line)
  }

  /// Whether the value has the form of its escape; what decides is kept.
  private func take(_ escape: UInt8, _ value: ArraySlice<UInt8>, _ zone: LogZone, _ found: inout Found) -> Bool {
    var trimmed = value
    while trimmed.first == UInt8(ascii: " ") { trimmed.removeFirst() }
    while trimmed.last == UInt8(ascii: " ") { trimmed.removeLast() }
    switch escape {
    case UInt8(ascii: "p"):
      guard let number = trimmed.decimalNumber, let processID = UInt32(exactly: number) else { return false }
      found.processID = processID
    case UInt8(ascii: "l"):
      guard let number = trimmed.decimalNumber else { return false }
      found.number = number
    case UInt8(ascii: "m"), UInt8(ascii: "t"):
      guard let time = LogTime(trimmed) else { return false }
      found.time = zone.moment(time)
    case UInt8(ascii: "n"):
      let parts = trimmed.split(separator: UInt8(ascii: "."))
      guard parts.count == 2, parts[0].count <= 12, parts[1].count == 3, let seconds = parts[0].decimalNumber,
        let thousandths = parts[1].decimalNumber
      else { return false }
      found.time = Timestamp(unixMicroseconds: Int64(seconds) * 1_000_000 + Int64(thousandths) * 1000)
    case UInt8(ascii: "c"):
      let parts = trimmed.split(separator: UInt8(ascii: "."))
      guard parts.count == 2, let processID = UInt32(String(decoding: parts[1], as: UTF8.self), radix: 16) else {
        return false
      }
      found.processID = found.processID ?? processID
    case UInt8(ascii: "b"): found.backendType = String(decoding: trimmed, as: UTF8.self)
    default: break
    }
    return true
  }

  /// `%m`, `%t` and `%s`.
  private static func isTime(_ escape: UInt8) -> Bool { "mts".utf8.contains(escape) }

  /// Where the value of an escape ends that is followed by another one, or by nothing.
  private static func endOfValue(_ escape: UInt8, _ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>.Index {
    if isTime(escape), let length = LogTime.length(of: line) {
      let rest = line.dropFirst(length + 1)
      return rest.firstIndex { $0 == UInt8(ascii: " ") } ?? rest.endIndex
    }
    let value: (UInt8) -> Bool =
      switch escape {
      case UInt8(ascii: "p"), UInt8(ascii: "l"): \.isDigit
      case UInt8(ascii: "n"): { $0.isDigit || $0 == UInt8(ascii: ".") }
      default: { $0 != UInt8(ascii: " ") }
      }
    return line.firstIndex { !value($0) } ?? line.endIndex
  }

  /// `LOG:  text`; two blanks stand between.
  private static func severityAndMessage(_ line: ArraySlice<UInt8>) -> ServerLogEntry? {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
      line.distance(from: line.startIndex, to: colon) <= 24, line[colon...].starts(with: Array(":  ".utf8)),
      line[..<colon].allSatisfy({ $0.isUppercase || $0.isDigit || $0 >= 0x80 })
    else { return nil }
    return ServerLogEntry(
      severity: String(decoding: line[..<colon], as: UTF8.self), message: line[colon...].dropFirst(3))
  }

  private static func firstIndex(of text: [UInt8], in line: ArraySlice<UInt8>) -> ArraySlice<UInt8>.Index? {
    guard let first = text.first else { return line.startIndex }
    var rest = line
    while let index = rest.firstIndex(of: first) {
      if rest[index...].starts(with: text) { return index }
      rest = rest[rest.index(after: index)...]
    }
    return nil
  }
}
