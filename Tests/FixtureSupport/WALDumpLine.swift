/// One record as pg_waldump (pg_xlogdump in 9.6) prints it.
package struct WALDumpLine: Sendable {
  package var manager: String
  /// The first of the two lengths.
  package var length: Int
  package var totalLength: Int
  package var xid: UInt32
  package var lsn: UInt64
  package var previous: UInt64
  /// The first word after `desc:`, or `UNKNOWN (…)`.
  package var type: String
  /// What follows the type, without the block references.
  package var details: String
  /// `, blkref #0: rel …` to the end of the line; empty where there is none.
  package var blockReferences: String

  /// nil for a line that is a message of the program.
  package init?(_ line: String) {
    var rest = Substring(line)
    guard Self.skip("rmgr: ", in: &rest), let manager = Self.word(in: &rest),
      Self.skip("len (rec/tot):", in: &rest), let length = Int(Self.upTo("/", in: &rest)),
      let total = Int(Self.upTo(",", in: &rest)), Self.skip(" tx:", in: &rest),
      let xid = UInt32(Self.upTo(",", in: &rest)), Self.skip(" lsn: ", in: &rest),
      let lsn = Self.position(Self.upTo(",", in: &rest)), Self.skip(" prev ", in: &rest),
      let previous = Self.position(Self.upTo(",", in: &rest)), Self.skip(" desc: ", in: &rest)
    else { return nil }
    (self.manager, self.length, totalLength, self.xid, self.lsn, self.previous) =
      (manager, length, total, xid, lsn, previous)
    if rest.hasPrefix("UNKNOWN (") {
      type = Self.upTo(")", in: &rest) + ")"
    } else {
      type = Self.upTo(" ", in: &rest)
    }
    // Block references come last, and no description has this text.
    let description = Array(rest.utf8)
    let marker = Array(", blkref #".utf8)
    let place = (0..<max(0, description.count - marker.count)).first { start in
      description[start] == marker[0] && description[start..<start + marker.count].elementsEqual(marker)
    }
    let end = place ?? description.count
    details = String(decoding: description[..<end], as: UTF8.self)
    blockReferences = String(decoding: description[end...], as: UTF8.self)
  }

  private static func skip(_ text: String, in rest: inout Substring) -> Bool {
    guard rest.utf8.starts(with: text.utf8) else { return false }
    rest = rest[rest.utf8.index(rest.startIndex, offsetBy: text.utf8.count)...]
    return true
  }

  /// The text before `mark`, blanks at its begin removed; `rest` goes on after the mark.
  private static func upTo(_ mark: Unicode.Scalar, in rest: inout Substring) -> String {
    let end = rest.utf8.firstIndex(of: UInt8(ascii: mark)) ?? rest.endIndex
    let text = rest.utf8[..<end].drop { $0 == 0x20 }
    rest = end == rest.endIndex ? rest[end...] : rest[rest.utf8.index(after: end)...]
    return String(Substring(text))
  }

  private static func word(in rest: inout Substring) -> String? {
    let text = upTo(" ", in: &rest)
    rest = Substring(rest.utf8.drop { $0 == 0x20 })
    return text.isEmpty ? nil : text
  }

  private static func position(_ text: String) -> UInt64? {
    let parts = text.split(separator: "/")
    guard parts.count == 2, let high = UInt64(parts[0], radix: 16), let low = UInt64(parts[1], radix: 16) else {
      return nil
    }
    return high << 32 | low
  }
}
