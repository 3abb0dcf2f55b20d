import Glibc

/// A folder held open for output, so that what is done in it is done in this folder, whatever becomes of its path.
///
/// Names are those of its own entries, without a slash; no link among them is followed.
final class OpenFolder {
  /// What two names of the same folder or file have in common.
  let identity: FileStatus.Identity
  /// `st_uid`.
  let owner: uid_t
  private let descriptor: Int32

  /// The folder at a path that the user named; links in it are followed.
  convenience init(path: String) throws(FileError) {
    try self.init(path, at: AT_FDCWD, flags: 0)
  }

  /// A folder in another one. Throws ``FileError`` with `ENOTDIR` or `ELOOP` where there is something else.
  convenience init(_ name: String, in folder: OpenFolder) throws(FileError) {
    try self.init(name, at: folder.descriptor, flags: O_NOFOLLOW)
  }

  private init(_ path: String, at folder: Int32, flags: Int32) throws(FileError) {
    // SAFETY: here and below, each path is a NUL-terminated copy that lives during the call.
    let descriptor = unsafe openat(folder, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | flags)
    guard descriptor >= 0 else { throw FileError.last("open", path: path) }
    var raw = stat()
    guard unsafe fstat(descriptor, &raw) == 0 else {
      let error = FileError.last("fstat", path: path)
      close(descriptor)
      throw error
    }
    let status = FileStatus(raw)
    (self.descriptor, identity, owner) = (descriptor, status.identity, status.owner)
  }

  deinit { close(descriptor) }

  /// Its path as it is now, with every link resolved; nil where the system does not tell.
  var resolvedPath: String? { PostmasterProcess.resolved("/proc/self/fd/\(descriptor)") }

  /// Without its path nobody can say that a folder is not in a data directory.
  static let noPlace = "is in a folder whose place is not known (/proc is not mounted)"

  /// What an entry is, itself where it is a link; nil where there is none.
  func status(_ name: String) -> FileStatus? {
    var raw = stat()
    return unsafe fstatat(descriptor, name, &raw, AT_SYMLINK_NOFOLLOW) == 0 ? FileStatus(raw) : nil
  }

  /// The names of all entries, up to a number of them.
  func names(limit: Int) throws(FileError) -> [String] {
    try DirectoryListing(path: "/proc/self/fd/\(descriptor)", limit: limit).entries.map(\.name)
  }

  /// The bytes of a regular file, `limit` of them at most, and which file it is; nil for anything else.
  func beginning(of name: String, limit: Int) -> (bytes: [UInt8], identity: FileStatus.Identity)? {
    part(of: name, limit: limit, isEnd: false)
  }

  /// The last bytes of a regular file, `limit` of them at most; nil for anything else.
  func end(of name: String, limit: Int) -> [UInt8]? { part(of: name, limit: limit, isEnd: true)?.bytes }

  private func part(
    of name: String, limit: Int, isEnd: Bool
  ) -> (bytes: [UInt8], identity: FileStatus.Identity)? {
    let file = unsafe openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var raw = stat()
    guard unsafe fstat(file, &raw) == 0, FileKind(mode: raw.st_mode) == .regular else { return nil }
    let size = max(0, Int(raw.st_size))
    var bytes = [UInt8](repeating: 0, count: min(limit, size))
    let start = isEnd ? size - bytes.count : 0
    var filled = 0
    while filled < bytes.count {
      // SAFETY: `filled < bytes.count`, so pointer and count stay inside the array.
      let got = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe pread(
          file, buffer.baseAddress.map { unsafe $0 + filled }, buffer.count - filled, off_t(start + filled))
      }
      if got < 0 && errno == EINTR { continue }
      guard got > 0 else { break }
      filled += got
    }
    return (Array(bytes[..<filled]), FileStatus(raw).identity)
  }

  /// Makes a folder that only this user may enter, and holds it open. Throws `EEXIST` where somebody put another one in its
  /// place between the two.
  func makeFolder(_ name: String) throws(FileError) -> OpenFolder {
    guard unsafe mkdirat(descriptor, name, 0o700) == 0 else { throw FileError.last("mkdir", path: name) }
    let made = try OpenFolder(name, in: self)
    guard made.owner == geteuid(), try made.names(limit: 1).isEmpty else {
      throw FileError(path: name, errno: EEXIST, reason: .system(call: "mkdir"))
    }
    return made
  }

  /// Lets those enter, too, who may read files of these permissions.
  func allowEntry(_ permissions: UInt32) throws(FileError) {
    var raw = stat()
    guard unsafe fstat(descriptor, &raw) == 0 else { throw FileError.last("fstat", path: ".") }
    let mode = FileStatus(raw).permissions | permissions & 0o044 | (permissions & 0o044) >> 2
    guard fchmod(descriptor, mode) == 0 else { throw FileError.last("fchmod", path: ".") }
  }

  /// Makes a new file and writes it, to disk where `isSynced`. Throws `EEXIST` where the name is taken.
  func makeFile(
    _ name: String, _ bytes: [UInt8], permissions: UInt32, isSynced: Bool = true
  ) throws(FileError) {
    let file = unsafe openat(descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, permissions)
    guard file >= 0 else { throw FileError.last("open", path: name) }
    var failure: Int32 = 0
    var written = 0
    while written < bytes.count, failure == 0 {
      // SAFETY: `written < bytes.count`, so pointer and count stay inside the array.
      let result = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(file, buffer.baseAddress.map { unsafe $0 + written }, bytes.count - written)
      }
      if result > 0 { written += result } else if errno != EINTR { failure = errno }
    }
    if failure == 0, isSynced, fsync(file) != 0 { failure = errno }
    if close(file) != 0, failure == 0 { failure = errno }
    guard failure == 0 else {
      _ = remove(name)
      throw FileError(path: name, errno: failure, reason: .system(call: "write"))
    }
  }

  /// Gives an entry another name in the same folder, in the place of what has that name.
  func rename(_ name: String, to other: String) throws(FileError) {
    guard unsafe renameat(descriptor, name, descriptor, other) == 0 else { throw FileError.last("rename", path: name) }
  }

  /// Gives a file a second name.
  func link(_ name: String, to other: String) throws(FileError) {
    guard unsafe linkat(descriptor, name, descriptor, other, 0) == 0 else { throw FileError.last("link", path: name) }
  }

  /// Removes a file that is still the one that was meant; false where it is another one by now, or cannot be removed.
  func remove(_ name: String, ifStill identity: FileStatus.Identity? = nil) -> Bool {
    if let identity, status(name)?.identity != identity { return false }
    return unsafe unlinkat(descriptor, name, 0) == 0
  }

  /// Removes an empty folder.
  func removeFolder(_ name: String) -> Bool { unsafe unlinkat(descriptor, name, AT_REMOVEDIR) == 0 }
}
