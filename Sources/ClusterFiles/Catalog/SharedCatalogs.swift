internal import ByteReading
package import Evidence
package import PostgresFormat

/// What the shared catalogs in `global/` say: the databases, tablespaces, subscriptions and replication origins of a
/// cluster, read from their files without a server.
///
/// The files are as new as the last checkpoint and whatever was written out since. Of a server that crashed or still
/// runs, the newest rows may be missing.
package struct SharedCatalogs: Sendable, Hashable {
  /// Ordered by oid.
  package var databases: [DatabaseRow] = []
  package var tablespaces: [TablespaceRow] = []
  /// Empty before 10.
  package var subscriptions: [SubscriptionRow] = []
  /// Ordered by number.
  package var origins: [ReplicationOriginRow] = []
  /// A catalog that has one may lack rows.
  package var problems: [Problem] = []

  /// Bytes that are read of one catalog's files. A million databases need no more.
  static let byteLimit = 64 << 20
  private static let chunk = 128 * HeapPage.size

  /// Reads what can be read; the rest is in ``problems``. Without a readable relation map no catalog is read: a file
  /// under the well-known number could be an older copy.
  ///
  /// - Parameters:
  ///   - oldestXID: The control file's, nil where it is not known.
  ///   - outcomes: How transactions ended according to the WAL after the redo position.
  package init(
    dataDirectory: String, version: ServerVersion, oldestXID: TransactionID? = nil,
    outcomes: TransactionOutcomes = TransactionOutcomes()
  ) {
    guard let map = readMap(dataDirectory: dataDirectory) else { return }
    var commitLog = CommitLogReader(
      dataDirectory: dataDirectory, version: version, oldestXID: oldestXID, outcomes: outcomes)
    let source = Source(dataDirectory: dataDirectory, version: version, map: map)
    databases = read(source, &commitLog)
    tablespaces = read(source, &commitLog)
    subscriptions = read(source, &commitLog)
    origins = read(source, &commitLog)
    problems += commitLog.problems
  }

  private mutating func readMap(dataDirectory: String) -> RelationMap? {
    let path = "global/pg_filenode.map"
    let bytes: [UInt8]
    do {
      bytes = try readWholeFile(dataDirectory + "/" + path, limit: RelationMap.maximumLength)
    } catch {
      note(error, subject: "relation_map", path: path)
      return nil
    }
    do {
      // SAFETY: the span borrows the array during the call only.
      return unsafe try RelationMap(parsing: bytes.span.bytes)
    } catch {
      problems.append(Problem(subject: "relation_map", path: path, cause: .format(error)))
      return nil
    }
  }

  private struct Source {
    var dataDirectory: String
    var version: ServerVersion
    var map: RelationMap
  }

  private mutating func read<Row: CatalogRow>(_ source: Source, _ commitLog: inout CommitLogReader) -> [Row] {
    guard Row.layout.exists(in: source.version) else { return [] }
    guard let number = source.map.fileNumber(of: Row.layout.relation), number.isValid else {
      problems.append(
        Problem(
          subject: "catalog", path: "global/pg_filenode.map",
          cause: .other(code: "relation_not_mapped", message: "\(Row.layout.name) is not in the relation map")))
      return []
    }
    let path = "global/\(number)"
    var scanner = CatalogScanner<Row>(version: source.version)
    do {
      let file = try BoundedFile(path: source.dataDirectory + "/" + path)
      let end = min(file.status.size, Self.byteLimit)
      for start in stride(from: 0, to: end, by: Self.chunk) {
        let bytes = try file.read(at: start, count: min(Self.chunk, end - start))
        for offset in stride(from: 0, to: bytes.count, by: HeapPage.size) {
          // SAFETY: the range is inside the array, which outlives the span.
          let page = unsafe bytes.span.bytes.extracting(offset..<min(offset + HeapPage.size, bytes.count))
          scanner.scan(page: page, at: start + offset) { commitLog.status(of: $0) }
        }
      }
      if file.status.size > Self.byteLimit {
        note(FileError(path: path, reason: .tooLarge(limit: Self.byteLimit)), subject: "catalog", path: path)
      }
    } catch {
      note(error, subject: "catalog", path: path)
    }
    problems += scanner.errors.map { Problem(subject: "catalog", path: path, cause: .format($0)) }
    return scanner.rows
  }

  private mutating func note(_ error: FileError, subject: String, path: String) {
    problems.append(
      Problem(subject: subject, path: path, cause: .file(errno: error.errno, message: error.message)))
  }
}
