import ByteReading
import Evidence
import PostgresFormat

/// Reads the parts of a data directory one by one into the evidence. One extension for each kind of file.
struct EvidenceReader {
  let directory: String
  let storage: any ClusterStorage

  /// The bytes of a file given by its path in the data directory, or nil with a problem noted. A missing file is a problem
  /// only where `required`.
  func bytes(
    _ path: String, limit: Int, subject: String, required: Bool = false, into evidence: inout Evidence
  ) -> (bytes: [UInt8], modifiedAt: Timestamp)? {
    do throws(FileError) {
      let file = try storage.open(directory + "/" + path)
      guard !leadsToSomebodyElse(file) else {
        let message = "is a symbolic link to another user's file, which is not read"
        evidence.problems.append(
          Problem(subject: subject, path: path, cause: .other(code: "foreign", message: message)))
        return nil
      }
      return (try file.readAll(limit: limit), file.status.modifiedAt)
    } catch {
      if required || !error.isMissing { evidence.problems.append(Problem(error, subject: subject, path: path)) }
      return nil
    }
  }

  /// Whether the entry that was opened led to a file of somebody else's, which the entry's owner perhaps may not read: errors
  /// would quote it to whoever sees what root prints.
  private func leadsToSomebodyElse(_ file: borrowing BoundedFile) -> Bool {
    guard file.status.permissions & 0o004 == 0, let entry = try? storage.status(file.path, followingLinks: false)
    else {
      return false
    }
    return entry.identity != file.status.identity && entry.owner != file.status.owner
  }

  /// A file given by its path in the data directory, decoded, or nil with a problem noted.
  func decoded<Value>(
    _ path: String, limit: Int, subject: String, required: Bool = false, into evidence: inout Evidence,
    _ parse: (RawSpan) throws(FormatError) -> Value
  ) -> Located<Value>? {
    guard let (bytes, modifiedAt) = bytes(path, limit: limit, subject: subject, required: required, into: &evidence)
    else { return nil }
    do throws(FormatError) {
      // SAFETY: the span borrows the array during the call only.
      return unsafe Located(try parse(bytes.span.bytes), path: path, modifiedAt: modifiedAt)
    } catch {
      evidence.problems.append(Problem(error, subject: subject, path: path))
      return nil
    }
  }

  /// The entries of a folder given by its path in the data directory, or nil with a problem noted.
  func entries(
    _ path: String, limit: Int = DirectoryListing.defaultLimit, subject: String, required: Bool = false,
    into evidence: inout Evidence
  ) -> [DirectoryListing.Entry]? {
    do throws(FileError) {
      return try storage.entries(of: directory + "/" + path, limit: limit)
    } catch {
      if required || !error.isMissing { evidence.problems.append(Problem(error, subject: subject, path: path)) }
      return nil
    }
  }
}

extension Problem {
  /// A file that the operating system would not give, or that is none.
  init(_ error: FileError, subject: String, path: String) {
    let cause: Cause =
      switch error.reason {
      case .system, .shrank, .refused: .file(errno: error.errno, message: error.message)
      case .notRegularFile, .notDirectory: .other(code: "wrong_kind", message: error.message)
      case .tooLarge: .other(code: "too_large", message: error.message)
      case .tooManyEntries: .other(code: Problem.tooManyEntries, message: error.message)
      case .packed, .unpacking: .other(code: "packed", message: error.message)
      }
    self.init(subject: subject, path: path, cause: cause)
  }

  /// A file whose bytes are wrong.
  init(_ error: FormatError, subject: String, path: String) {
    self.init(subject: subject, path: path, cause: .format(error))
  }
}
