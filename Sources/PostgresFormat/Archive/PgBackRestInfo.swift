package import ByteReading

/// Which clusters a stanza of pgBackRest has archived: `archive.info` in `archive/STANZA`, or its copy. An INI file whose values are
/// JSON. Each cluster's WAL is in a folder `VERSION-ID`, by the version and the number of its line.
package struct PgBackRestInfo: Sendable, Hashable {
  /// One line of the section `[db:history]`.
  package struct Cluster: Sendable, Hashable {
    /// The name of its folder: `15-1`.
    package var folder: String
    /// `db-id` in the line; in the section `[db]` that word means the line's number.
    package var systemIdentifier: UInt64
  }

  /// The oldest first.
  package private(set) var clusters: [Cluster] = []

  /// The largest file that is read.
  package static let sizeLimit = 1 << 20

  /// Throws where there is no line that tells of a cluster.
  package init(parsing bytes: [UInt8]) throws(FormatError) {
    var isHistory = false
    var offset = 0
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      defer { offset += line.count + 1 }
      if line.first == UInt8(ascii: "[") { isHistory = line.elementsEqual("[db:history]".utf8) }
      guard isHistory, let mark = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
      var reader = JSONReader(Array(line[line.index(after: mark)...]))
      guard let id = UInt32(String(decoding: line[..<mark], as: UTF8.self)), let value = try reader.next(),
        case .number(let digits)? = value["db-id"], let system = UInt64(digits),
        let version = value["db-version"]?.string, !version.isEmpty,
        version.utf8.allSatisfy({ $0.isDigit || $0 == UInt8(ascii: ".") })
      else {
        throw FormatError(.badSyntax, at: offset, field: "db:history", expected: "db-id and db-version")
      }
      clusters.append(Cluster(folder: "\(version)-\(id)", systemIdentifier: system))
    }
    guard !clusters.isEmpty else {
      throw FormatError(.badSyntax, at: 0, field: "db:history", expected: "a line for each cluster")
    }
  }
}
