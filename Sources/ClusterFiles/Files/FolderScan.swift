import Glibc
import PostgresFormat

/// Throws ``FileError`` where there is no folder at `path`, or the system does not let its names be read.
package func checkFolder(_ path: String) throws(FileError) { _ = try FolderScan(path: path) }

/// Goes through the names of a folder without making a string of any of them.
@safe struct FolderScan: ~Copyable {
  /// Open as long as the scan lives.
  let descriptor: Int32
  private let stream: OpaquePointer
  private let path: String

  /// Throws ``FileError`` where there is no folder at `path`.
  init(path: String) throws(FileError) {
    let descriptor = openForReading(path, flags: O_DIRECTORY)
    guard descriptor >= 0 else {
      let error = FileError.last("open", path: path)
      if [ENOTDIR, ENXIO].contains(error.errno), let status = try? FileStatus(path: path) {
        throw FileError(path: path, reason: .notDirectory(status.kind))
      }
      throw error
    }
    // SAFETY: the descriptor is open; on success the stream owns it, and `deinit` closes both.
    guard let stream = unsafe fdopendir(descriptor) else {
      let error = FileError.last("opendir", path: path)
      close(descriptor)
      throw error
    }
    unsafe (self.descriptor, self.stream, self.path) = (descriptor, stream, path)
  }

  // SAFETY: the stream is open and used by nobody else.
  deinit { unsafe closedir(stream) }

  /// Of a folder in a data directory: eight terabytes of WAL in segments of 16 MiB. Archives can have more.
  static let defaultLimit = 500_000

  /// Gives every name but `.` and `..` to `body`, in no order, with what the file system says of the entry's kind; nil
  /// where it does not. A symbolic link is one, whatever it leads to. Throws ``FileError/Reason/tooManyEntries(limit:)``
  /// instead of giving more than `limit` names.
  borrowing func forEach(
    limit: Int = defaultLimit, _ body: (UnsafeRawBufferPointer, FileKind?) throws(FileError) -> Void
  ) throws(FileError) {
    var left = limit
    let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 19
    while true {
      FileWait.begin(path)
      Glibc.errno = 0
      // SAFETY: the stream is open; the entry is used before the next call on it.
      let next = unsafe readdir(stream)
      let failure = Glibc.errno
      FileWait.end()
      guard let entry = unsafe next else {
        Glibc.errno = failure
        if Glibc.errno != 0 { throw FileError.last("readdir", path: path) }
        return
      }
      // SAFETY: the name is NUL-terminated and lies within the entry.
      let start = unsafe UnsafeRawPointer(entry) + nameOffset
      let length = unsafe strlen(start.assumingMemoryBound(to: CChar.self))
      let name = unsafe UnsafeRawBufferPointer(start: start, count: length)
      if unsafe length <= 2 && name.allSatisfy({ $0 == UInt8(ascii: ".") }) { continue }
      guard left > 0 else { throw FileError(path: path, reason: .tooManyEntries(limit: limit)) }
      left -= 1
      try unsafe body(name, FileKind(entryType: Int(entry.pointee.d_type)))
    }
  }
}

extension FileKind {
  /// From the type in a directory entry; nil where the file system does not tell (`DT_UNKNOWN`).
  fileprivate init?(entryType: Int) {
    switch entryType {
    case DT_REG: self = .regular
    case DT_DIR: self = .directory
    case DT_LNK: self = .symbolicLink
    case DT_FIFO: self = .fifo
    case DT_SOCK: self = .socket
    case DT_CHR: self = .characterDevice
    case DT_BLK: self = .blockDevice
    default: return nil
    }
  }
}
