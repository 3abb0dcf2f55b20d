import Glibc
import PostgresFormat

/// A folder of output: a new one, which is there whole or not at all, or one that is empty or holds only our earlier output.
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

  private let path: String
  private let parent: String
  private let name: String
  private let permissions: UInt32
  /// Whether a file of this name that begins with these bytes is earlier output.
  private let isOurs: (String, String) -> Bool

  /// Slashes at the end of the path are dropped, so that the new folder can stand beside it. `permissions` are those of the
  /// files; a folder that is made for them can be entered by whom they can be read by.
  package init(_ path: String, permissions: UInt32 = 0o600, isOurs: @escaping (String, String) -> Bool) {
    var trimmed = Substring(path)
    while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
    self.path = String(trimmed)
    parent = ConfigurationPath.directory(of: String(trimmed))
    name = trimmed.lastIndex(of: "/").map { String(trimmed[trimmed.index(after: $0)...]) } ?? String(trimmed)
    (self.permissions, self.isOurs) = (permissions, isOurs)
  }

  /// Writes the files: into the folder where there is one, which keeps its owner and its permissions, else to a new one that
  /// gets its name when all of them are written. Never inside a data directory.
  package func write(_ files: [(name: String, text: String)]) throws(WriteError) {
    let place = try openParent()
    if place.status(name) != nil { return try replace(in: place, by: files) }
    let new = name + Self.temporary
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
      guard place.status(new)?.identity == folder.identity, place.status(name) == nil else { throw Self.changed }
      do throws(FileError) { try place.rename(new, to: name) } catch { throw WriteError(error) }
    } catch {
      for name in made { _ = folder.remove(name) }
      if place.status(new)?.identity == folder.identity { _ = place.removeFolder(new) }
      throw error
    }
  }

  /// The folder held open for files that are made one by one: a new one, or one that is empty.
  func openEmpty() throws(WriteError) -> OpenFolder {
    let place = try openParent()
    let (folder, names): (OpenFolder, [String])
    do throws(FileError) {
      if place.status(name) == nil { return try place.makeFolder(name) }
      folder = try OpenFolder(name, in: place)
      names = try folder.names(limit: 1)
    } catch {
      if case .tooManyEntries = error.reason { throw Self.notEmpty }
      throw [ENOTDIR, ELOOP].contains(error.errno) ? Self.noFolder : WriteError(error)
    }
    try Self.refuseDataDirectory(folder, "is, or is inside, ")
    guard names.isEmpty else { throw Self.notEmpty }
    return folder
  }

  private static let notEmpty = WriteError(message: "is not empty", hint: "Give an empty folder, or a new one.")
  fileprivate static let noFolder = WriteError(message: "is there already, and is not a folder")

  private static var temporary: String { ".tmp.\(getpid())" }
  private static let changed = WriteError(
    message: "was replaced by somebody else meanwhile", hint: "Look who may write in the folder around it.")

  /// In a folder that is there already. Files of two plans are never in it together: the earlier ones go first, and the last one
  /// of the new ones to get its name is the first of the list.
  private func replace(in place: OpenFolder, by files: [(name: String, text: String)]) throws(WriteError) {
    let earlier = try EarlierOutput(name, in: place, isOurs: isOurs)
    let mark = Self.unusedMark(files.map(\.name), in: earlier.folder)
    var made: [String] = []
    do throws(WriteError) {
      do throws(FileError) {
        for file in files {
          try earlier.folder.makeFile(file.name + mark, Array(file.text.utf8), permissions: permissions)
          made.append(file.name + mark)
        }
        if !earlier.isEmpty, earlier.folder.owner == geteuid() { try earlier.folder.allowEntry(permissions) }
      } catch { throw WriteError(error) }
      guard place.status(name)?.identity == earlier.folder.identity, earlier.isUnchanged else { throw Self.changed }
      try earlier.remove()
    } catch {
      for name in made { _ = earlier.folder.remove(name) }
      throw error
    }
    do throws(FileError) {
      for file in files.reversed() { try earlier.folder.rename(file.name + mark, to: file.name) }
    } catch { throw WriteError(error) }
  }

  /// What makes names of these that nothing has: in a container a process that was killed had the same number.
  private static func unusedMark(_ names: [String], in folder: OpenFolder) -> String {
    let marks = (getpid()..<getpid() + 1000).lazy.map { ".tmp.\($0)" }
    return marks.first { mark in names.allSatisfy { folder.status($0 + mark) == nil } } ?? temporary
  }

  private func openParent() throws(WriteError) -> OpenFolder {
    let place: OpenFolder
    do throws(FileError) { place = try OpenFolder(path: parent) } catch { throw WriteError(error) }
    guard !name.isEmpty, name != ".", name != "..", name != "/" else {
      throw WriteError(message: "cannot be replaced", hint: "Give a folder by its name.")
    }
    try Self.refuseDataDirectory(place, "is inside ")
    if let cluster = OutputPlace.cluster(onTheWayTo: path) {
      throw WriteError(message: "is, or is inside, " + cluster, hint: Self.elsewhere)
    }
    return place
  }

  private static let elsewhere = "Nothing is ever written there; give another place."

  fileprivate static func refuseDataDirectory(_ folder: OpenFolder, _ relation: String) throws(WriteError) {
    guard let path = folder.resolvedPath else { throw WriteError(message: OpenFolder.noPlace) }
    guard let cluster = OutputPlace.cluster(onTheWayTo: path) else { return }
    throw WriteError(message: relation + cluster, hint: elsewhere)
  }
}

/// The folder that is there, held open, with the files that were looked at.
private struct EarlierOutput {
  let folder: OpenFolder
  private let files: [(name: String, identity: FileStatus.Identity)]

  init(_ name: String, in place: OpenFolder, isOurs: (String, String) -> Bool) throws(OutputFolder.WriteError) {
    let names: [String]
    do throws(FileError) {
      folder = try OpenFolder(name, in: place)
      names = try folder.names(limit: 1000)
    } catch {
      throw [ENOTDIR, ELOOP].contains(error.errno) ? OutputFolder.noFolder : OutputFolder.WriteError(error)
    }
    try OutputFolder.refuseDataDirectory(folder, "is, or is inside, ")
    var files: [(name: String, identity: FileStatus.Identity)] = []
    for name in names {
      guard let (bytes, identity) = folder.beginning(of: name, limit: 200),
        isOurs(Self.finished(name), String(decoding: bytes, as: UTF8.self))
      else {
        throw OutputFolder.WriteError(
          message: "holds \(name), which is not from an earlier plan", hint: "Give an empty folder, or a new one.")
      }
      files.append((name, identity))
    }
    self.files = files
  }

  /// The name that a file would have got whose process was killed while it wrote.
  private static func finished(_ name: String) -> String {
    guard let mark = name.ranges(of: ".tmp.").last, name[mark.upperBound...].utf8.allSatisfy(\.isDigit) else {
      return name
    }
    return String(name[..<mark.lowerBound])
  }

  var isEmpty: Bool { files.isEmpty }
  /// Whether none of the files that were looked at has become another one.
  var isUnchanged: Bool { files.allSatisfy { folder.status($0.name)?.identity == $0.identity } }

  /// The README first: without it, what is left after a kill is not a plan.
  func remove() throws(OutputFolder.WriteError) {
    let isReadme = { (file: (name: String, identity: FileStatus.Identity)) in file.name == "README.md" }
    for file in files.filter(isReadme) + files.filter({ !isReadme($0) })
    where !folder.remove(file.name, ifStill: file.identity) {
      throw OutputFolder.WriteError(message: "has \(file.name) of an earlier plan, which cannot be removed")
    }
  }
}
