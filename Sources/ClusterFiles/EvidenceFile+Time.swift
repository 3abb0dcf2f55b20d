package import PostgresFormat

extension EvidenceFile {
  /// When the evidence in a file was gathered, by its own word; where it has none, when the file was changed last, as any copying does. It is
  /// not decoded: a damaged file has its place among others, too. Throws ``FileError`` where it cannot be read.
  package static func time(of path: String) throws(FileError) -> Timestamp {
    let file = try BoundedFile(path: path)
    return statedTime(in: try file.readAll(limit: sizeLimit)) ?? file.status.modifiedAt
  }

  private static let member = Array("\"gathered_at\"".utf8)
  private static let quote = UInt8(ascii: "\"")

  /// The first member of that name; inside a string its quotes would have backslashes in front.
  private static func statedTime(in bytes: [UInt8]) -> Timestamp? {
    for start in bytes.indices.dropFirst()
    where bytes[start] == quote && bytes[start - 1] != UInt8(ascii: "\\") && bytes[start...].starts(with: member) {
      var rest = bytes[(start + member.count)...].drop { " \n\r\t:".utf8.contains($0) }
      guard rest.popFirst() == quote else { return nil }
      return Timestamp(String(decoding: rest.prefix { $0 != quote }.prefix(40), as: UTF8.self))
    }
    return nil
  }
}
