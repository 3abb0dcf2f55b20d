import Glibc

/// A folder of output, written whole or not at all: a new one, or in place of one that holds only our earlier output.
package struct OutputFolder {
  /// Why the files could not be written. The earlier output stays as it was.
  package struct WriteError: Error, Sendable {
    /// Goes on from the folder's path: "holds notes.txt, which is not from an earlier plan".
    package var message: String
    /// What to do instead; nil where the message says it all.
    package var hint: String?
  }

  private let path: String
  /// Whether a file of this name that begins with these bytes is earlier output.
  private let isOurs: (String, String) -> Bool

  /// Slashes at the end of the path are dropped, so that the new folder can stand beside it.
  package init(_ path: String, isOurs: @escaping (String, String) -> Bool) {
    var trimmed = Substring(path)
    while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
    self.path = String(trimmed)
    self.isOurs = isOurs
  }

  /// Writes the files to a folder beside `path` and puts it in the place of what is there. Never inside a data directory.
  package func write(_ files: [(name: String, text: String)]) throws(WriteError) {
    let earlier = try earlierFiles()
    let folder = path + ".tmp.\(getpid())"
    let old = path + ".old.\(getpid())"
    if let dataDirectory = EvidenceFile.enclosingDataDirectory(of: ConfigurationPath.directory(of: path)) {
      throw WriteError(
        message: "is inside the data directory \(dataDirectory)",
        hint: "Nothing is ever written there; give another place.")
    }
    // SAFETY: here and below, each path is a NUL-terminated copy that lives during the call.
    guard unsafe mkdir(folder, 0o755) == 0 else { throw WriteError(message: FileError.text(of: errno)) }
    do throws(EvidenceFile.WriteError) {
      for file in files { try EvidenceFile.write(file.text, to: "\(folder)/\(file.name)", permissions: 0o644) }
    } catch {
      remove(folder, files.map(\.name))
      throw WriteError(message: error.message, hint: error.hint)
    }
    if let earlier {
      guard unsafe rename(path, old) == 0 else { return try fail(folder, files.map(\.name)) }
      guard unsafe rename(folder, path) == 0 else {
        let failure = errno
        _ = unsafe rename(old, path)
        remove(folder, files.map(\.name))
        throw WriteError(message: FileError.text(of: failure))
      }
      remove(old, earlier)
    } else if unsafe rename(folder, path) != 0 {
      try fail(folder, files.map(\.name))
    }
  }

  private func fail(_ folder: String, _ names: [String]) throws(WriteError) {
    let failure = errno
    remove(folder, names)
    throw WriteError(message: FileError.text(of: failure))
  }

  /// The names of earlier output; nil where nothing is at `path`.
  private func earlierFiles() throws(WriteError) -> [String]? {
    guard let status = try? FileStatus(path: path, followingLinks: false) else { return nil }
    guard status.kind == .directory else { throw WriteError(message: "is there already, and is no folder") }
    if let dataDirectory = EvidenceFile.enclosingDataDirectory(of: path) {
      throw WriteError(
        message: "is the data directory \(dataDirectory), or inside it",
        hint: "Nothing is ever written there; give another place.")
    }
    let entries: [DirectoryListing.Entry]
    do throws(FileError) {
      entries = try DirectoryListing(path: path, limit: 1000).entries
    } catch { throw WriteError(message: error.message) }
    for entry in entries {
      let bytes = entry.kind == .regular ? try? readWholeFile("\(path)/\(entry.name)", limit: 64 << 20) : nil
      guard let bytes, isOurs(entry.name, String(decoding: bytes.prefix(200), as: UTF8.self)) else {
        throw WriteError(
          message: "holds \(entry.name), which is not from an earlier plan", hint: "Give an empty folder, or a new one."
        )
      }
    }
    return entries.map(\.name)
  }

  private func remove(_ folder: String, _ names: [String]) {
    for name in names { _ = unsafe unlink("\(folder)/\(name)") }
    _ = unsafe rmdir(folder)
  }
}
