package import Evidence
import FoundationEssentials
import Glibc
import PostgresFormat

/// An evidence file: the evidence of one node as JSON, written whole or not at all.
package enum EvidenceFile {
  /// Why a file cannot be taken for evidence.
  package struct ReadError: Error, Sendable {
    /// Goes on from the path: "is no evidence file".
    package var message: String
  }

  /// Why a file could not be written.
  package struct WriteError: Error, Sendable {
    /// Goes on from the path: "is inside the data directory …", or the text of the errno.
    package var message: String
    /// What to do instead; nil where the message says it all.
    package var hint: String?
  }

  /// Larger files are refused: evidence of a thousand slots has a few MB.
  private static let limit = 256 << 20

  /// Whether the path is a regular file, which a data directory is not.
  package static func isOne(_ path: String) -> Bool { (try? FileStatus(path: path))?.kind == .regular }

  /// The evidence in a file of at most 256 MiB. Damaged evidence is refused, also what decodes but no server has:
  /// counts and segments out of all bounds could exhaust memory or time later.
  package static func read(_ path: String) throws(ReadError) -> Evidence {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try readWholeFile(path, limit: limit)
    } catch { throw ReadError(message: error.message) }
    struct Head: Decodable { var schema: String }
    let decoder = EvidenceCoding.decoder
    let data = Data(bytes)
    guard let head = try? decoder.decode(Head.self, from: data) else {
      throw ReadError(message: "is no evidence file (no JSON object with a schema)")
    }
    guard head.schema == Evidence.schema else {
      throw ReadError(message: "has the schema \(head.schema.prefix(60)), expected \(Evidence.schema)")
    }
    let evidence: Evidence
    do {
      evidence = try decoder.decode(Evidence.self, from: data)
    } catch let error as DecodingError {
      throw ReadError(message: "is damaged evidence: " + place(of: error))
    } catch {
      throw ReadError(message: "is damaged evidence")
    }
    guard evidence.wal.isPossible else {
      throw ReadError(message: "is damaged evidence: segments that no server has at wal")
    }
    guard evidence.timelines.count <= Evidence.timelineLimit else {
      throw ReadError(message: "is damaged evidence: more histories than are ever gathered at timelines")
    }
    guard WALStretch.arePossible(evidence.stretches) else {
      throw ReadError(message: "is damaged evidence: counts that no WAL has at stretches")
    }
    return evidence
  }

  /// One document with sorted keys and a line end: equal evidence gives equal bytes.
  package static func encode(_ evidence: Evidence) throws -> String {
    escaped(String(decoding: try EvidenceCoding.encoder.encode(evidence), as: UTF8.self)) + "\n"
  }

  /// The same document, in which nothing steers a terminal. The encoder escapes what is below the blank, and makes line
  /// ends of its own; the rest stands in strings only.
  private static func escaped(_ document: String) -> String {
    guard document.unicodeScalars.contains(where: { $0.value >= 0x7F && $0.steersDisplay }) else { return document }
    var out = ""
    for scalar in document.unicodeScalars {
      if scalar.value >= 0x7F, scalar.steersDisplay {
        out += scalar.jsonEscape
      } else {
        out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  /// Writes to a new file beside `path` and renames it, so that a reader sees the old file or the new one. Never inside a
  /// data directory, and never in the place of a device or a pipe. With `keeping` more than 1 the old file stays as `path.1`,
  /// the one before it as `path.2`, and so on.
  package static func write(
    _ text: String, to path: String, permissions: UInt32 = 0o600, keeping count: Int = 1
  ) throws(WriteError) {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    if let dataDirectory = enclosingDataDirectory(of: folder) {
      throw WriteError(
        message: "is inside the data directory \(dataDirectory)",
        hint: "Nothing is ever written there; give another place.")
    }
    if let refusal = irreplaceable(path) { throw refusal }
    let (descriptor, temporary) = newFile(beside: path, permissions)
    guard descriptor >= 0 else { throw WriteError(message: FileError.text(of: errno)) }
    var failure: Int32 = 0
    let bytes = Array(text.utf8)
    var written = 0
    while written < bytes.count, failure == 0 {
      // SAFETY: `written < bytes.count`, so pointer and count stay inside the array.
      let result = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(descriptor, buffer.baseAddress.map { unsafe $0 + written }, bytes.count - written)
      }
      if result > 0 { written += result } else if errno != EINTR { failure = errno }
    }
    if failure == 0, fsync(descriptor) != 0 { failure = errno }
    if close(descriptor) != 0, failure == 0 { failure = errno }
    if failure == 0, count > 1 { failure = shift(path, keeping: count) }
    // SAFETY: both paths are NUL-terminated copies that live during the call.
    if failure == 0, unsafe rename(temporary, path) != 0 { failure = errno }
    guard failure == 0 else {
      // SAFETY: as above.
      unsafe unlink(temporary)
      throw WriteError(message: FileError.text(of: failure))
    }
  }

  /// Why the path must stay as it is: a rename would put a file in the place of `/dev/null` for good.
  private static func irreplaceable(_ path: String) -> WriteError? {
    let hint = "Name a file, or leave it out and redirect standard output."
    if let kind = (try? FileStatus(path: path))?.kind, kind != .regular {
      return WriteError(message: FileError(path: path, reason: .notRegularFile(kind)).message, hint: hint)
    }
    // `/dev/stdout`, whatever that is just now.
    if let target = targetOfLink(at: path), target.hasPrefix("/proc/") {
      return WriteError(message: "is a link to \(target), not a regular file", hint: hint)
    }
    return nil
  }

  /// An empty file for this process alone, and its name; -1 with `errno` where none can be made. What a process of the same
  /// number left behind when it was killed is passed by: in a container that number hardly changes.
  private static func newFile(beside path: String, _ permissions: UInt32) -> (descriptor: Int32, name: String) {
    var name = path + ".tmp.\(getpid())"
    for attempt in 1...100 {
      // SAFETY: the path is a NUL-terminated copy that lives during the call.
      let descriptor = unsafe open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, permissions)
      if descriptor >= 0 || errno != EEXIST { return (descriptor, name) }
      name = path + ".tmp.\(getpid()).\(attempt)"
    }
    return (-1, name)
  }

  /// Gives each older file the next number, and the newest the number 1 beside its own name, which is never without a file.
  /// Answers `errno`, 0 where all went well.
  private static func shift(_ path: String, keeping count: Int) -> Int32 {
    for number in (1..<count - 1).reversed() {
      // SAFETY: NUL-terminated copies that live during the call, here and below.
      guard unsafe rename("\(path).\(number)", "\(path).\(number + 1)") == 0 || errno == ENOENT else { return errno }
    }
    // Where only one older file is kept, nothing has moved it away.
    guard unsafe unlink("\(path).1") == 0 || errno == ENOENT else { return errno }
    return unsafe link(path, "\(path).1") == 0 || errno == ENOENT ? 0 : errno
  }

  /// The data directory that a folder is in or is, going up to the root. As for ``DataDirectory``, either of its two files
  /// makes it one: what is left of a damaged one is all that there is.
  static func enclosingDataDirectory(of folder: String) -> String? {
    guard var path = PostmasterProcess.resolved(folder) else { return nil }
    while true {
      let isOne = ["/PG_VERSION", "/global/pg_control"].contains { DataDirectory.exists(path + $0) }
      if isOne { return path }
      guard let slash = path.lastIndex(of: "/"), path != "/" else { return nil }
      path = slash == path.startIndex ? "/" : String(path[..<slash])
    }
  }

  private static func place(of error: DecodingError) -> String {
    let (path, what): ([any CodingKey], String) =
      switch error {
      case .typeMismatch(_, let context): (context.codingPath, "a value of the wrong type")
      case .valueNotFound(_, let context): (context.codingPath, "a value is missing")
      case .keyNotFound(let key, let context):
        (context.codingPath, "\(EvidenceCoding.snakeCase(key.stringValue)) is missing")
      case .dataCorrupted(let context): (context.codingPath, context.debugDescription)
      @unknown default: ([], "it cannot be decoded")
      }
    return path.isEmpty
      ? what : what + " at " + path.map { EvidenceCoding.snakeCase($0.stringValue) }.joined(separator: ".")
  }
}
