import Glibc

/// A folder of output, written whole or not at all: a new one, or in place of one that holds only our earlier output.
///
/// All of it is done through descriptors: whoever may rename the folders on the way can neither lead what is written
/// elsewhere nor have anything removed but the files that were looked at.
package struct OutputFolder {
  /// Why the files could not be written. The earlier output stays as it was.
  package struct WriteError: Error, Sendable {
    /// Goes on from the folder's path: "holds notes.txt, which is not from an earlier plan".
    package var message: String
    /// What to do instead; nil where the message says it all.
    package var hint: String?

    fileprivate init(message: String, hint: String? = nil) { (self.message, self.hint) = (message, hint) }
    fileprivate init(_ error: FileError) { self.init(message: error.message) }
  }

  private let parent: String
  private let name: String
  private let permissions: UInt32
  /// Whether a file of this name that begins with these bytes is earlier output.
  private let isOurs: (String, String) -> Bool

  /// Slashes at the end of the path are dropped, so that the new folder can stand beside it. `permissions` are those of the
  /// files; the folder can be entered by whom they can be read by.
  package init(_ path: String, permissions: UInt32 = 0o600, isOurs: @escaping (String, String) -> Bool) {
    var trimmed = Substring(path)
    while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
    parent = ConfigurationPath.directory(of: String(trimmed))
    name = trimmed.lastIndex(of: "/").map { String(trimmed[trimmed.index(after: $0)...]) } ?? String(trimmed)
    (self.permissions, self.isOurs) = (permissions, isOurs)
  }

  /// Writes the files to a folder beside `path` and puts it in the place of what is there. Never inside a data directory.
  package func write(_ files: [(name: String, text: String)]) throws(WriteError) {
    let place = try openParent()
    let earlier = try EarlierOutput(name, in: place, isOurs: isOurs)
    let new = name + ".tmp.\(getpid())"
    let folder: OpenFolder
    do throws(FileError) { folder = try place.makeFolder(new) } catch { throw WriteError(error) }
    var made: [String] = []
    do throws(WriteError) {
      do throws(FileError) {
        for file in files {
          try folder.makeFile(file.name, Array(file.text.utf8), permissions: permissions)
          made.append(file.name)
        }
        try folder.allowEntry(permissions)
      } catch { throw WriteError(error) }
      try put(new, folder.identity, in: place, insteadOf: earlier)
    } catch {
      for name in made { _ = folder.remove(name) }
      if place.status(new)?.identity == folder.identity { _ = place.removeFolder(new) }
      throw error
    }
  }

  private func put(
    _ new: String, _ identity: FileStatus.Identity, in place: OpenFolder, insteadOf earlier: EarlierOutput
  ) throws(WriteError) {
    let changed = WriteError(
      message: "was replaced by somebody else meanwhile", hint: "Look who may write in the folder around it.")
    guard place.status(new)?.identity == identity else { throw changed }
    do throws(FileError) {
      guard earlier.identity != nil else { return try place.rename(new, to: name) }
    } catch { throw WriteError(error) }
    let old = name + ".old.\(getpid())"
    guard place.status(old) == nil else { throw WriteError(message: "cannot be replaced: \(old) is there already") }
    do throws(FileError) { try place.rename(name, to: old) } catch { throw WriteError(error) }
    guard place.status(old)?.identity == earlier.identity else {
      try? place.rename(old, to: name)
      throw changed
    }
    do throws(FileError) { try place.rename(new, to: name) } catch {
      try? place.rename(old, to: name)
      throw WriteError(error)
    }
    // What cannot be removed stays, under the other name.
    earlier.removeFiles()
    if place.status(old)?.identity == earlier.identity { _ = place.removeFolder(old) }
  }

  private func openParent() throws(WriteError) -> OpenFolder {
    let place: OpenFolder
    do throws(FileError) { place = try OpenFolder(path: parent) } catch { throw WriteError(error) }
    guard !name.isEmpty, name != ".", name != "..", name != "/" else {
      throw WriteError(message: "cannot be replaced", hint: "Give a folder by its name.")
    }
    try Self.refuseDataDirectory(place, "is inside the data directory ")
    return place
  }

  fileprivate static func refuseDataDirectory(_ folder: OpenFolder, _ relation: String) throws(WriteError) {
    guard let path = folder.resolvedPath else { throw WriteError(message: OpenFolder.noPlace) }
    guard let dataDirectory = EvidenceFile.enclosingDataDirectory(of: path) else { return }
    throw WriteError(
      message: relation + dataDirectory,
      hint: "Nothing is ever written there; give another place.")
  }
}

/// The folder that is replaced, held open, with the files that were looked at.
private struct EarlierOutput {
  private let folder: OpenFolder?
  private let files: [(name: String, identity: FileStatus.Identity)]

  /// nil where nothing is there yet.
  var identity: FileStatus.Identity? { folder?.identity }

  init(_ name: String, in place: OpenFolder, isOurs: (String, String) -> Bool) throws(OutputFolder.WriteError) {
    guard place.status(name) != nil else {
      (folder, files) = (nil, [])
      return
    }
    let found: OpenFolder
    let names: [String]
    do throws(FileError) {
      found = try OpenFolder(name, in: place)
      names = try found.names(limit: 1000)
    } catch {
      let isNone = [ENOTDIR, ELOOP].contains(error.errno)
      throw OutputFolder.WriteError(message: isNone ? "is there already, and is no folder" : error.message)
    }
    try OutputFolder.refuseDataDirectory(found, "is, or is inside, the data directory ")
    var files: [(name: String, identity: FileStatus.Identity)] = []
    for name in names {
      guard let (bytes, identity) = found.beginning(of: name, limit: 200),
        isOurs(name, String(decoding: bytes, as: UTF8.self))
      else {
        throw OutputFolder.WriteError(
          message: "holds \(name), which is not from an earlier plan", hint: "Give an empty folder, or a new one.")
      }
      files.append((name, identity))
    }
    (folder, self.files) = (found, files)
  }

  func removeFiles() {
    for file in files { _ = folder?.remove(file.name, ifStill: file.identity) }
  }
}
