package import Evidence
import EvidenceDocument
import Glibc
import PostgresFormat

extension EvidenceFile {
  /// Which regular files the output may take the place of; empty ones in any case.
  package enum Replaceable: Sendable {
    /// Evidence files.
    case evidence
    /// Files that slotscope wrote, as this knows them by their first and last kilobytes.
    case own(@Sendable (_ beginning: String, _ end: String) -> Bool)
    /// Any, because the user says so.
    case anything

    fileprivate func contains(_ name: String, in folder: OpenFolder) -> Bool {
      guard let status = folder.status(name), status.kind == .regular, status.size > 0 else { return true }
      switch self {
      case .anything: return true
      case .evidence:
        return folder.beginning(of: name, limit: sizeLimit).map { EvidenceFile.isEvidence($0.bytes) } ?? false
      case .own(let isOwn):
        guard let beginning = folder.beginning(of: name, limit: 1024), let end = folder.end(of: name, limit: 1024)
        else {
          return false
        }
        return isOwn(String(decoding: beginning.bytes, as: UTF8.self), String(decoding: end, as: UTF8.self))
      }
    }
  }

  /// Writes to a new file beside `path` and renames it, so that a reader sees the old file or the new one. Never inside a
  /// data directory, and never in the place of a device, a pipe, or a file that is not of `replaceable`.
  package static func write(
    _ text: String, to path: String, permissions: UInt32 = 0o600, replacing replaceable: Replaceable
  ) throws(WriteError) {
    let (folder, name) = try place(path)
    try check(replaceable, name, in: folder)
    do throws(FileError) {
      let temporary = try write(text, in: folder, beside: name, permissions)
      try rename(temporary, to: name, in: folder)
    } catch { throw WriteError(message: error.message) }
  }

  private static func check(_ replaceable: Replaceable, _ name: String, in folder: OpenFolder) throws(WriteError) {
    guard replaceable.contains(name, in: folder) else {
      throw WriteError(
        message: "is there already, and slotscope did not write it",
        hint: "Give another name, or --force to replace it.")
    }
  }

  /// Writes evidence in the same way. With `keeping` more than 1 the old file stays as `path.1`, the one before it as
  /// `path.2`, and so on; then nothing is moved unless all of them are evidence of the same cluster.
  package static func write(
    _ evidence: Evidence, to path: String, permissions: UInt32 = 0o600, keeping count: Int,
    replacing replaceable: Replaceable = .evidence
  ) throws(WriteError) {
    let text: String
    do { text = try encode(evidence) } catch let error as WriteError { throw error } catch {
      throw WriteError(message: "cannot be written: \(error)")
    }
    guard count > 1 else { return try write(text, to: path, permissions: permissions, replacing: replaceable) }
    let (folder, name) = try place(path)
    let identifier = evidence.control?.value.systemIdentifier.description
    for number in 0..<count {
      try checkKept(number == 0 ? name : "\(name).\(number)", in: folder, systemIdentifier: identifier)
    }
    do throws(FileError) {
      let temporary = try write(text, in: folder, beside: name, permissions)
      do throws(FileError) { try shift(name, in: folder, keeping: count) } catch {
        _ = folder.remove(temporary)
        throw error
      }
      try rename(temporary, to: name, in: folder)
    } catch { throw WriteError(message: error.message) }
  }

  /// The folder of a path, held open, and the name in it.
  private static func place(_ path: String) throws(WriteError) -> (OpenFolder, name: String) {
    let slash = path.lastIndex(of: "/")
    let folder: OpenFolder
    do throws(FileError) { folder = try OpenFolder(path: slash.map { String(path[...$0]) } ?? ".") } catch {
      throw WriteError(message: error.message)
    }
    guard let resolved = folder.resolvedPath else { throw WriteError(message: OpenFolder.noPlace) }
    let places = [slash.map { String(path[...$0]) } ?? ".", resolved]
    if let cluster = places.lazy.compactMap(OutputPlace.cluster(onTheWayTo:)).first {
      throw WriteError(
        message: "is inside \(cluster)",
        hint: "Nothing is ever written there; give another place.")
    }
    if let refusal = irreplaceable(path) { throw refusal }
    return (folder, slash.map { String(path[path.index(after: $0)...]) } ?? path)
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

  /// Writes to a new file, and answers its name. What a process of the same number left behind when it was killed is passed
  /// by: in a container that number hardly changes.
  private static func write(
    _ text: String, in folder: OpenFolder, beside name: String, _ permissions: UInt32
  ) throws(FileError) -> String {
    let bytes = Array(text.utf8)
    var temporary = name + ".tmp.\(getpid())"
    for attempt in 1...100 {
      do throws(FileError) {
        try folder.makeFile(temporary, bytes, permissions: permissions)
        return temporary
      } catch  where error.errno == EEXIST && attempt < 100 { temporary = name + ".tmp.\(getpid()).\(attempt)" }
    }
    return temporary
  }

  private static func rename(_ temporary: String, to name: String, in folder: OpenFolder) throws(FileError) {
    do throws(FileError) { try folder.rename(temporary, to: name) } catch {
      _ = folder.remove(temporary)
      throw error
    }
  }

  /// Gives each older file the next number, and the newest the number 1 beside its own name, which is never without a file.
  private static func shift(_ name: String, in folder: OpenFolder, keeping count: Int) throws(FileError) {
    for number in (1..<count - 1).reversed() where folder.status("\(name).\(number)") != nil {
      try folder.rename("\(name).\(number)", to: "\(name).\(number + 1)")
    }
    guard folder.status(name) != nil else { return }
    // Where only one older file is kept, nothing has moved it away.
    if folder.status("\(name).1") != nil { _ = folder.remove("\(name).1") }
    try folder.link(name, to: "\(name).1")
  }

  /// Throws unless there is nothing of this name, or evidence of this cluster, or of one whose control file was unreadable.
  private static func checkKept(_ name: String, in folder: OpenFolder, systemIdentifier: String?) throws(WriteError) {
    guard folder.status(name) != nil else { return }
    let hint = "Nothing was moved. Give another name for the files, or move this one away."
    guard let (bytes, _) = folder.beginning(of: name, limit: sizeLimit), isEvidence(bytes) else {
      throw WriteError(message: "cannot be kept: \(name) is not an evidence file", hint: hint)
    }
    guard let systemIdentifier, let kept = systemIdentifiers(in: bytes), kept != systemIdentifier else { return }
    throw WriteError(
      message: "cannot be kept: \(name) is evidence of another cluster (system \(kept), expected \(systemIdentifier))",
      hint: hint)
  }

  private static func isEvidence(_ bytes: [UInt8]) -> Bool { end(of: "\"\(EvidenceDocument.name)", in: bytes) != nil }

  /// The system identifier in a document: its member, which no text in it can look like, since quotes are escaped there.
  private static func systemIdentifiers(in bytes: [UInt8]) -> String? {
    guard let start = end(of: "\"system_identifier\" : ", in: bytes) else { return nil }
    let digits = bytes[start...].drop { $0 == UInt8(ascii: "\"") }.prefix { (0x30...0x39).contains($0) }
    return digits.isEmpty ? nil : String(decoding: digits, as: UTF8.self)
  }

  /// Where the first occurrence of `words`, which begin with a quote, ends.
  private static func end(of words: String, in bytes: [UInt8]) -> Int? {
    let mark = Array(words.utf8)
    var rest = bytes[...]
    while let quote = rest.firstIndex(of: UInt8(ascii: "\"")) {
      if bytes[quote...].starts(with: mark) { return quote + mark.count }
      rest = bytes[(quote + 1)...]
    }
    return nil
  }
}
