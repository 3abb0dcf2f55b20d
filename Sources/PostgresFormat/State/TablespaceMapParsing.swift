package import ByteReading

extension TablespaceMapEntry {
  /// Bytes: 16 MiB, for thousands of tablespaces with the longest of paths.
  package static let fileSizeLimit = 16 << 20

  /// Reads `tablespace_map`: a decimal number, one blank, and a path on each line.
  ///
  /// A backslash takes the meaning from the byte after it, so that a path may hold line ends; a line ends with a line
  /// feed or a carriage return. As in the server (`read_tablespace_map`) a line without number or blank, or a last line
  /// that is not ended, is ``FormatError/Code/badSyntax``: it does not start then.
  package static func list(parsing bytes: RawSpan) throws(FormatError) -> [TablespaceMapEntry] {
    let content = try bytes.bytes(at: 0, count: bytes.byteCount, field: "tablespace_map")
    var list: [TablespaceMapEntry] = []
    var line: [UInt8] = []
    var start = 0
    var escaped = false
    for (index, byte) in content.enumerated() {
      if !escaped && (byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")) {
        // An empty piece stands between a carriage return and a line feed.
        if !line.isEmpty { list.append(try entry(line, at: start)) }
        line = []
        start = index + 1
      } else if !escaped && byte == UInt8(ascii: "\\") {
        escaped = true
      } else {
        line.append(byte)
        escaped = false
      }
    }
    guard line.isEmpty, !escaped else {
      throw FormatError(
        .badSyntax, at: start, field: "tablespace_map", expected: "a line end", found: "the end of the file")
    }
    return list
  }

  private static func entry(_ line: [UInt8], at offset: Int) throws(FormatError) -> TablespaceMapEntry {
    let digits = line.prefix { $0 != UInt8(ascii: " ") }
    guard digits.count < line.count, let oid = UInt32(String(decoding: digits, as: UTF8.self)) else {
      throw FormatError(
        .badSyntax, at: offset, field: "tablespace_map", expected: "an OID, a blank and a path",
        found: SecretRedaction.excerpt(line, limit: 80))
    }
    let path = line.dropFirst(digits.count + 1)
    return TablespaceMapEntry(oid: OID(oid), path: SecretRedaction.scrubbed(String(decoding: path, as: UTF8.self)))
  }
}
