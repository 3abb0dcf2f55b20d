internal import ByteReading
internal import Evidence
internal import PostgresFormat

/// A folder with catalogs and the relation map that names their files: `global`, or that of one database.
struct CatalogFolder {
  /// Bytes that are read of one catalog's files. A hundred thousand databases or relations need no more.
  private static let byteLimit = 64 << 20
  private static let chunk = 128 * HeapPage.size

  private let dataDirectory: String
  private let storage: any ClusterStorage
  /// From the data directory.
  private let path: String
  private let version: ServerVersion
  let map: RelationMap

  /// nil where the map cannot be read, with the reason in `problems`. No file number is guessed then: a file under a
  /// well-known number could be an older copy.
  init?(
    dataDirectory: String, in storage: any ClusterStorage, path: String, version: ServerVersion,
    problems: inout [Problem]
  ) {
    (self.dataDirectory, self.storage, self.path, self.version) = (dataDirectory, storage, path, version)
    let mapPath = path + "/pg_filenode.map"
    let bytes: [UInt8]
    do {
      bytes = try storage.wholeFile(dataDirectory + "/" + mapPath, limit: RelationMap.maximumLength)
    } catch {
      problems.append(Problem(error, subject: "relation_map", path: mapPath))
      return nil
    }
    do {
      // SAFETY: the span borrows the array during the call only.
      map = unsafe try RelationMap(parsing: bytes.span.bytes)
    } catch {
      problems.append(Problem(error, subject: "relation_map", path: mapPath))
      return nil
    }
  }

  /// The current rows of a mapped catalog, ordered by oid; none in a version that lacks it.
  /// `earlier` is given the versions of rows that are no longer current, where it asks for them.
  func mappedRows<Row: CatalogRow>(
    _ commitLog: inout CommitLogReader, _ problems: inout [Problem], earlier: (([Row]) -> Void)? = nil
  ) -> [Row] {
    guard Row.layout.exists(in: version) else { return [] }
    guard let fileNumber = map.fileNumber(of: Row.layout.relation), fileNumber.isValid else {
      problems.append(
        Problem(
          subject: "catalog", path: path + "/pg_filenode.map",
          cause: .other(code: "relation_not_mapped", message: "\(Row.layout.name) is not in the relation map")))
      return []
    }
    return rows(inFile: fileNumber, &commitLog, &problems, earlier: earlier)
  }

  /// The current rows in the file with a number, ordered by oid.
  func rows<Row: CatalogRow>(
    inFile fileNumber: OID, _ commitLog: inout CommitLogReader, _ problems: inout [Problem],
    earlier: (([Row]) -> Void)? = nil
  ) -> [Row] {
    let filePath = "\(path)/\(fileNumber)"
    var scanner = CatalogScanner<Row>(version: version, keepsEarlier: earlier != nil)
    do throws(FileError) {
      let file = try storage.open(dataDirectory + "/" + filePath)
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
        let message = "has \(file.status.size) bytes, of which only the first \(Self.byteLimit) were read"
        problems.append(Problem(subject: "catalog", path: filePath, cause: .other(code: "too_large", message: message)))
      }
    } catch {
      let part = "INCREMENTAL.\(fileNumber)"
      if error.isMissing, (try? storage.exists("\(dataDirectory)/\(path)/\(part)")) == true {
        let message = "only what changed of it is here (\(part)): combine the backups first (pg_combinebackup)"
        problems.append(
          Problem(subject: "catalog", path: filePath, cause: .other(code: "incremental", message: message)))
      } else {
        problems.append(Problem(error, subject: "catalog", path: filePath))
      }
    }
    problems += scanner.errors.map { Problem($0, subject: "catalog", path: filePath) }
    earlier?(scanner.earlier)
    return scanner.rows
  }
}
