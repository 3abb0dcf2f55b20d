import Glibc
package import PostgresFormat

/// What `stat` tells of a path.
package struct FileStatus: Sendable, Hashable {
  /// That of the link's target where links are followed.
  package var kind: FileKind
  /// Bytes.
  package var size: Int
  /// `st_mtim`, cut to microseconds.
  package var modifiedAt: Timestamp
  /// `st_uid`.
  var owner: uid_t
  /// `st_mode & 07777`.
  var permissions: UInt32
  /// What two paths to the same file or folder have in common: `st_dev` and `st_ino`.
  var identity: Identity

  struct Identity: Hashable {
    var device: dev_t
    var inode: ino_t
  }

  /// Throws ``FileError`` where there is nothing, or it cannot be asked. A symbolic link is followed unless told not to.
  package init(path: String, followingLinks: Bool = true) throws(FileError) {
    var raw = stat()
    // SAFETY: the path is a NUL-terminated copy and `raw` a local structure, both alive during the call.
    let result = unsafe fstatat(AT_FDCWD, path, &raw, followingLinks ? 0 : AT_SYMLINK_NOFOLLOW)
    guard result == 0 else { throw FileError.last("stat", path: path) }
    self.init(raw)
  }

  init(_ raw: stat) {
    kind = FileKind(mode: raw.st_mode)
    size = Int(raw.st_size)
    owner = raw.st_uid
    permissions = raw.st_mode & 0o7777
    identity = Identity(device: raw.st_dev, inode: raw.st_ino)
    let seconds = Timestamp(unixSeconds: Int64(raw.st_mtim.tv_sec)).unixMicroseconds
    let (sum, overflow) = seconds.addingReportingOverflow(Int64(raw.st_mtim.tv_nsec) / 1000)
    modifiedAt = Timestamp(unixMicroseconds: overflow ? seconds : sum)
  }
}

extension FileStatus {
  /// Whether nothing has this path any more, not even a link that leads nowhere.
  static func isGone(_ path: String) -> Bool {
    do throws(FileError) { _ = try FileStatus(path: path, followingLinks: false) } catch { return error.isMissing }
    return false
  }
}

/// A regular file opened for reading, closed when the value ends.
///
/// Nothing but a regular file is ever read: a named pipe would block, a device would not end.
package struct BoundedFile: ~Copyable {
  /// As it was given.
  package let path: String
  /// From `fstat` after opening: the file may have grown or shrunk since.
  package let status: FileStatus
  let descriptor: Int32

  /// Throws ``FileError`` where the path cannot be opened or is not a regular file.
  package init(path: String) throws(FileError) {
    let descriptor = openForReading(path)
    guard descriptor >= 0 else { throw FileError.opening(path) }
    var raw = stat()
    // SAFETY: `raw` is a local structure that lives during the call.
    guard unsafe fstat(descriptor, &raw) == 0 else {
      let error = FileError.last("fstat", path: path)
      close(descriptor)
      throw error
    }
    let status = FileStatus(raw)
    guard status.kind == .regular else {
      close(descriptor)
      throw FileError(path: path, reason: .notRegularFile(status.kind))
    }
    (self.path, self.status, self.descriptor) = (path, status, descriptor)
  }

  deinit { close(descriptor) }

  /// Up to `count` bytes from `offset`; fewer only where the file ends.
  package borrowing func read(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: max(0, count))
    // SAFETY: only the array's own bytes are written.
    let filled = try unsafe bytes.withUnsafeMutableBufferPointer { (buffer) throws(FileError) in
      try unsafe read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
    }
    bytes.removeLast(bytes.count - filled)
    return bytes
  }

  /// Fills the buffer from `offset`; fewer bytes come only where the file ends.
  borrowing func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
    var filled = 0
    while filled < buffer.count {
      // SAFETY: `filled < buffer.count`, so the pointer and the bytes after it are inside the buffer.
      let got = unsafe pread(
        descriptor, buffer.baseAddress.map { unsafe $0 + filled }, buffer.count - filled,
        off_t(offset) + off_t(filled))
      if got < 0 {
        if Glibc.errno == EINTR { continue }
        throw FileError.last("read", path: path)
      }
      if got == 0 { break }
      filled += got
    }
    return filled
  }

  /// The whole file. Throws ``FileError/Reason/tooLarge(limit:)`` where it has more than `limit` bytes, and
  /// ``FileError/Reason/shrank`` where it ends before its size.
  package borrowing func readAll(limit: Int) throws(FileError) -> [UInt8] {
    guard status.size <= limit else { throw FileError(path: path, reason: .tooLarge(limit: limit)) }
    // One byte more than `stat` told: a file that grew meanwhile is read on, so that a reader never sees half of it.
    var bytes = try read(at: 0, count: status.size + 1)
    guard bytes.count >= status.size else { throw FileError(path: path, reason: .shrank) }
    while bytes.count > status.size {
      guard bytes.count <= limit else { throw FileError(path: path, reason: .tooLarge(limit: limit)) }
      let more = try read(at: bytes.count, count: min(65_536, limit + 1 - bytes.count))
      if more.isEmpty { break }
      bytes += more
    }
    return bytes
  }
}

/// The bytes of the regular file at `path`, at most `limit` of them. Throws ``FileError`` where it is missing, is not a
/// regular file, is larger, or cannot be read.
package func readWholeFile(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
  try BoundedFile(path: path).readAll(limit: limit)
}
