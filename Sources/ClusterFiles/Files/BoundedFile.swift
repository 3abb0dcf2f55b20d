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
  package var owner: UInt32
  /// `st_mode & 07777`.
  package var permissions: UInt32
  /// What two paths to the same file or folder have in common: `st_dev` and `st_ino`.
  package var identity: Identity

  /// A file among all those of a machine.
  package struct Identity: Sendable, Hashable {
    /// `st_dev`.
    package var device: UInt64
    /// `st_ino`.
    package var inode: UInt64
    /// Of a storage that is no file system: its own numbers.
    package init(device: UInt64, inode: UInt64) { (self.device, self.inode) = (device, inode) }
  }

  /// What a storage knows of its own.
  package init(
    kind: FileKind, size: Int, modifiedAt: Timestamp, owner: UInt32, permissions: UInt32, identity: Identity
  ) {
    (self.kind, self.size, self.modifiedAt, self.owner) = (kind, size, modifiedAt, owner)
    (self.permissions, self.identity) = (permissions, identity)
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
    identity = Identity(device: UInt64(raw.st_dev), inode: UInt64(raw.st_ino))
    let seconds = Timestamp(unixSeconds: Int64(raw.st_mtim.tv_sec)).unixMicroseconds
    let (sum, overflow) = seconds.addingReportingOverflow(Int64(raw.st_mtim.tv_nsec) / 1000)
    modifiedAt = Timestamp(unixMicroseconds: overflow ? seconds : sum)
  }
}

/// A descriptor that is closed when nobody uses it any more.
private final class OpenDescriptor: Sendable {
  let number: Int32
  init(_ number: Int32) { self.number = number }
  deinit { close(number) }
}

/// A regular file opened for reading, closed when the value ends; or a part of one, or bytes in memory.
///
/// Nothing but a regular file is ever read: a named pipe would block, a device would not end.
package struct BoundedFile: ~Copyable {
  /// As it was given.
  package let path: String
  /// From `fstat` after opening: the file may have grown or shrunk since.
  package let status: FileStatus
  /// nil for bytes in memory.
  private let handle: OpenDescriptor?
  /// Where the file begins, and where it ends at the latest, in what the descriptor stands for.
  private let (origin, end): (Int, Int)
  private let memory: [UInt8]
  /// Of a part of something that is unpacked as it is read.
  private let packed: PackedFile?
  private let failure: FileError?

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
    (self.path, self.status, handle) = (path, status, OpenDescriptor(descriptor))
    (origin, end, memory, failure, packed) = (0, .max, [], nil, nil)
  }

  /// A part of another file, as long as `status` says.
  init(path: String, status: FileStatus, part whole: borrowing BoundedFile, from offset: Int) {
    (self.path, self.status, handle) = (path, status, whole.handle)
    (origin, end, memory, failure, packed) = (offset, offset + status.size, [], nil, nil)
  }

  /// The same of what is unpacked as it is read.
  init(path: String, status: FileStatus, part whole: PackedFile, from offset: Int) {
    (self.path, self.status, handle, packed) = (path, status, nil, whole)
    (origin, end, memory, failure) = (offset, offset + status.size, [], nil)
  }

  /// Bytes in memory; reading past them throws `failure`, where there is one.
  package init(path: String, status: FileStatus, bytes: [UInt8], failure: FileError? = nil) {
    (self.path, self.status, handle, memory, self.failure) = (path, status, nil, bytes, failure)
    (origin, end, packed) = (0, bytes.count, nil)
  }

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
    if let packed { return try unsafe unpack(packed, into: buffer, at: offset) }
    guard let handle else { return try unsafe readMemory(into: buffer, at: offset) }
    guard offset < end - origin else { return 0 }
    let (start, count) = (origin + offset, min(buffer.count, end - origin - offset))
    var filled = 0
    while filled < count {
      // SAFETY: `filled < count`, so the pointer and the bytes after it are inside the buffer.
      let got = unsafe pread(
        handle.number, buffer.baseAddress.map { unsafe $0 + filled }, count - filled, off_t(start) + off_t(filled))
      if got < 0 {
        if Glibc.errno == EINTR { continue }
        throw FileError.last("read", path: path)
      }
      if got == 0 { break }
      filled += got
    }
    return filled
  }

  private borrowing func unpack(
    _ packed: PackedFile, into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(FileError) -> Int {
    guard offset < end - origin else { return 0 }
    let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(end - origin - offset))
    do throws(FileError) { return try unsafe packed.read(into: room, at: origin + offset) } catch {
      throw FileError(path: path, errno: error.errno, reason: error.reason)
    }
  }

  private borrowing func readMemory(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(FileError) -> Int {
    let rest = memory.dropFirst(offset).prefix(buffer.count)
    if rest.count < buffer.count, let failure { throw failure }
    // SAFETY: there are no more bytes than the buffer has room for.
    unsafe buffer.copyBytes(from: rest)
    return rest.count
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
