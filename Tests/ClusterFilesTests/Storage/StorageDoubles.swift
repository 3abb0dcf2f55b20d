import Glibc
import PostgresFormat

@testable import ClusterFiles

/// The file system, but that some paths cannot be asked, opened, listed or read: as on a broken disk, whoever runs the tests.
struct FailingStorage: ClusterStorage {
  /// What fails.
  enum Call: CaseIterable { case status, open, list, read }

  var paths: Set<String> = []
  var calls: Set<Call> = []
  var errno = EIO
  private let files = PosixStorage()

  var mayHaveServers: Bool { true }

  private func check(_ call: Call, _ path: String) throws(FileError) {
    guard calls.contains(call), paths.contains(path) else { return }
    throw FileError(path: path, errno: errno, reason: .system(call: "\(call)"))
  }

  func status(_ path: String, followingLinks: Bool) throws(FileError) -> FileStatus {
    try check(.status, path)
    return try files.status(path, followingLinks: followingLinks)
  }

  func open(_ path: String) throws(FileError) -> BoundedFile {
    try check(.open, path)
    let file = try files.open(path)
    guard calls.contains(.read), paths.contains(path) else { return file }
    return BoundedFile(
      path: path, status: file.status, bytes: [],
      failure: FileError(path: path, errno: errno, reason: .system(call: "read")))
  }

  func forEachName(
    in folder: String, limit: Int, _ body: (UnsafeRawBufferPointer, FileKind?) throws(FileError) -> Void
  ) throws(FileError) {
    try check(.list, folder)
    try files.forEachName(in: folder, limit: limit, body)
  }

  func target(ofLink path: String) -> String? { files.target(ofLink: path) }
}

/// Files that are nowhere but in memory, by their whole paths: for damage by the thousand.
struct MemoryStorage: ClusterStorage {
  private(set) var files: [String: [UInt8]] = [:]
  private(set) var folders: [String: Set<String>] = [:]
  private var statuses: [String: FileStatus] = [:]

  var mayHaveServers: Bool { false }

  /// What a folder of the file system has in it.
  init(copying folder: String) throws(FileError) { try add(folder, PosixStorage()) }

  private mutating func add(_ path: String, _ storage: PosixStorage) throws(FileError) {
    let status = try storage.status(path)
    statuses[path] = status
    guard status.kind == .directory else {
      files[path] = try storage.wholeFile(path, limit: 1 << 26)
      return
    }
    folders[path] = []
    for entry in try storage.entries(of: path, limit: 100_000) {
      folders[path]?.insert(entry.name)
      try add(path + "/" + entry.name, storage)
    }
  }

  /// Puts other bytes in the place of a file's.
  mutating func change(_ path: String, _ change: (inout [UInt8]) -> Void) {
    change(&files[path, default: []])
    statuses[path]?.size = files[path]?.count ?? 0
  }

  func status(_ path: String, followingLinks: Bool) throws(FileError) -> FileStatus {
    guard let status = statuses[path] else {
      throw FileError(path: path, errno: ENOENT, reason: .system(call: "stat"))
    }
    return status
  }

  func open(_ path: String) throws(FileError) -> BoundedFile {
    let status = try status(path)
    guard let bytes = files[path] else { throw FileError(path: path, reason: .notRegularFile(status.kind)) }
    return BoundedFile(path: path, status: status, bytes: bytes)
  }

  func forEachName(
    in folder: String, limit: Int, _ body: (UnsafeRawBufferPointer, FileKind?) throws(FileError) -> Void
  ) throws(FileError) {
    let status = try status(folder)
    guard let names = folders[folder] else { throw FileError(path: folder, reason: .notDirectory(status.kind)) }
    guard names.count <= limit else { throw FileError(path: folder, reason: .tooManyEntries(limit: limit)) }
    for name in names {
      var failure: FileError?
      Array(name.utf8).withUnsafeBytes { bytes in
        do throws(FileError) { try body(bytes, statuses[folder + "/" + name]?.kind) } catch { failure = error }
      }
      if let failure { throw failure }
    }
  }

  func target(ofLink path: String) -> String? { nil }
}
