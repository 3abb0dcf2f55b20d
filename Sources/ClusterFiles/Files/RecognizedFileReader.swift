package import ByteReading
package import PostgresFormat

/// Reads one file of whatever format its content shows.
package enum RecognizedFileReader {
  /// What one file turned out to be.
  package struct Result: Sendable {
    /// What its bytes gave.
    package enum Outcome: Sendable {
      case decoded(RecognizedFile)
      case damaged(FormatError)
      case notRecognized
    }
    /// nil where the content is of no format that slotscope knows.
    package var format: FileFormat?
    /// What was read, or why not.
    package var outcome: Outcome
    /// The file is sound, but a server of the directory's version refuses it for this.
    package var mismatch: FormatError?
  }

  /// Throws ``FileError`` where the path is not a regular file, cannot be read, or is larger than its format allows.
  ///
  /// The version is that of a PG_VERSION in the file's folder or in one of the two folders above; without one, every
  /// version that the content allows is possible.
  package static func read(
    _ path: String, in storage: any ClusterStorage = PosixStorage()
  ) throws(FileError) -> Result {
    let file = try storage.open(path)
    let head = try file.read(at: 0, count: FileFormat.headLength)
    guard let format = FileFormat(head: head) else { return Result(format: nil, outcome: .notRecognized) }
    // A segment is told by its first page; all other formats are read whole.
    let bytes = format == .walSegment ? head : try file.readAll(limit: format.sizeLimit)
    let version = nearbyVersion(path, in: storage)
    do throws(FormatError) {
      return Result(format: format, outcome: .decoded(try decode(bytes, format, version)))
    } catch {
      let mismatch = error
      do throws(FormatError) {
        return Result(format: format, outcome: .decoded(try decode(bytes, format, nil)), mismatch: mismatch)
      } catch {
        // What is wrong with the file itself says more than that it is of another version.
        return Result(format: format, outcome: .damaged(error))
      }
    }
  }

  private static func decode(
    _ bytes: [UInt8], _ format: FileFormat, _ version: ServerVersion?
  ) throws(FormatError) -> RecognizedFile {
    try RecognizedFile(format, parsing: unsafe bytes.span.bytes, version: version)
  }

  private static func nearbyVersion(_ path: String, in storage: any ClusterStorage) -> ServerVersion? {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
    for candidate in ["", "../", "../../"] {
      guard
        let bytes = try? storage.wholeFile("\(folder)\(candidate)PG_VERSION", limit: VersionFile.fileSizeLimit)
      else {
        continue
      }
      return (try? VersionFile(parsing: unsafe bytes.span.bytes))?.version
    }
    return nil
  }
}
