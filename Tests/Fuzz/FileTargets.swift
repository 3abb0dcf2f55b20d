import ByteReading
import Evidence
import PostgresFormat
import Reporting

/// The small files: each is parsed for every version, as it came and with its checksum set right, and printed.
enum FileTargets {
  static let all: [FuzzTarget] =
    FileFormat.allCases.map { format in FuzzTarget(name: format.rawValue) { parse($0, as: format) } } + [
      FuzzTarget(name: "recognized_file") { bytes in
        guard let format = FileFormat(head: Array(bytes.prefix(FileFormat.headLength))) else { return }
        parse(bytes, as: format)
      },
      FuzzTarget(name: "catalog_pages", run: catalogPages),
      FuzzTarget(name: "archive_info") { bytes in
        guard let info = try? PgBackRestInfo(parsing: bytes) else { return }
        precondition(info.clusters.allSatisfy { !$0.folder.contains("/") && $0.folder.count < bytes.count + 12 })
      },
      FuzzTarget(name: "server_log", run: serverLog),
      FuzzTarget(name: "stored_offsets") { bytes in
        guard let partitions = try? ConnectOffsets(parsing: bytes).partitions else { return }
        for case let offset? in partitions.map(\.offset) {
          guard let stored = StoredPosition(slotName: "s", source: "f", offset) else { continue }
          precondition(stored.reached >= stored.received ?? .none)
        }
      },
    ]

  /// Lines of a log in each of its forms: the first line of the input is the prefix, the second the rules of a zone; the
  /// whole input is rules, too.
  private static func serverLog(_ bytes: [UInt8]) {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Array.init)
    let prefix = LogLinePrefix(String(decoding: lines[0], as: UTF8.self))
    let zone: LogZone = lines.count > 1 ? TimeZoneRules(lines[1]).map { .rules($0) } ?? .utc : .utc
    for form in [ServerLogParser.Form.stderr(prefix), .stderr(.standard), .csv, .json] {
      var parser = ServerLogParser(form, in: zone)
      var collector = PostmasterLifeCollector(currentFile: "f", zone: zone)
      for (number, line) in lines.dropFirst(2).enumerated() {
        if let entry = parser.add(line: line) { collector.add(entry, path: "f", line: number) }
      }
      _ = collector.finish()
    }
    _ = TimeZoneRules(bytes)
  }

  private static func parse(_ bytes: [UInt8], as format: FileFormat) {
    for content in [bytes, Checksums.repaired(bytes, as: format)] {
      for version in [nil] + ServerVersion.allCases {
        guard let file = try? RecognizedFile(format, parsing: content.span.bytes, version: version) else { continue }
        let result = ShowResult(path: "file", format: format, outcome: .decoded(file))
        _ = ShowReport.text(result)
        _ = ShowReport.document([result]).serialized(pretty: false)
      }
    }
  }

  /// Pages of every catalog that is read, of the version that the first byte chooses.
  private static func catalogPages(_ input: [UInt8]) {
    var reader = InputReader(input)
    let version = reader.one(of: ServerVersion.allCases)
    let pages = reader.remainder()
    scan(DatabaseRow.self, pages, version)
    scan(TablespaceRow.self, pages, version)
    scan(SubscriptionRow.self, pages, version)
    scan(ReplicationOriginRow.self, pages, version)
    scan(NamespaceRow.self, pages, version)
    scan(RelationRow.self, pages, version)
  }

  private static func scan<Row: CatalogRow>(_ row: Row.Type, _ pages: [UInt8], _ version: ServerVersion) {
    var scanner = CatalogScanner<Row>(version: version, keepsEarlier: true)
    for page in stride(from: 0, to: pages.count, by: 8192) {
      let end = min(page + 8192, pages.count)
      scanner.scan(page: pages.span.bytes.extracting(page..<end), at: page) { xid in
        TransactionStatus(rawValue: UInt8(xid.rawValue % 4))
      }
    }
    precondition(scanner.rows.count <= pages.count && scanner.earlier.count <= pages.count)
  }
}
