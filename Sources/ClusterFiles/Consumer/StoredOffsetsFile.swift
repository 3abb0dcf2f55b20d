import ByteReading
package import PostgresFormat

/// A file with a consumer's own position, recognized by its content.
package enum StoredOffsetsFile {
  /// What is in it.
  package enum Content: Sendable, Hashable {
    /// A position alone, as text.
    case position(LSN)
    /// What Kafka Connect or Debezium stored, of each connector.
    case offsets([ConnectOffsets.Partition])
    /// Neither: what is wrong, in a clause.
    case none(String)
  }

  /// A position as consumers write it: `hi/lo` in hexadecimal, or digits alone, which are decimal.
  package static func position(_ text: String) -> LSN? { LSN(text) ?? UInt64(text).map { LSN($0) } }

  /// Throws ``FileError`` where the path is not a regular file, cannot be read, or is larger than any store is.
  package static func read(_ path: String) throws(FileError) -> Content {
    let bytes = try readWholeFile(path, limit: ConnectOffsets.sizeLimit)
    if bytes.count < 64 {
      let word = bytes.split { $0 == 0x20 || (0x09...0x0D).contains($0) }
      if word.count == 1, let lsn = position(String(decoding: word[0], as: UTF8.self)), lsn.isValid {
        return .position(lsn)
      }
    }
    do throws(FormatError) { return .offsets(try ConnectOffsets(parsing: bytes).partitions) } catch {
      let wanted = error.expected.map { ", expected \($0)" } ?? ""
      let found = error.found.map { ", found \($0)" } ?? ""
      return .none("\(error.field) at byte \(error.offset)\(wanted)\(found)")
    }
  }
}
