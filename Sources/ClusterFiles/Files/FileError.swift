import Glibc

/// What the file system refused, or what was at a path where something else was needed.
///
/// The bytes of a file are no concern of this error; wrong bytes are a `FormatError`.
package struct FileError: Error, Sendable, Hashable {
  /// What went wrong.
  package enum Reason: Sendable, Hashable {
    /// A system call failed: its name, and the error number that `errno` tells.
    case system(call: String)
    /// Not a regular file, but this.
    case notRegularFile(FileKind)
    /// Not a directory, but this.
    case notDirectory(FileKind)
    /// More bytes than this kind of file can have.
    case tooLarge(limit: Int)
    /// A file that lost bytes while it was read.
    case shrank
    /// A directory with more entries than are read.
    case tooManyEntries(limit: Int)
    /// Bytes that are of use only once they are unpacked or decrypted.
    case packed(Codec)
    /// Bytes that their own format does not allow, in the words of what unpacks them.
    case unpacking(String)
    /// What slotscope itself does not read: a sentence that goes on from the path.
    case refused(String)
  }

  /// As it was opened.
  package var path: String
  /// The error number of the operating system; 0 where no call failed.
  package var errno: Int32
  /// The errno says more only where this is ``Reason/system(_:)``.
  package var reason: Reason

  /// An errno of 0 is for what slotscope itself refuses.
  package init(path: String, errno: Int32 = 0, reason: Reason) {
    (self.path, self.errno, self.reason) = (path, errno, reason)
  }

  /// The file or one of the folders above it does not exist. Where something else stands in the folder's place, that is no
  /// lack but a fault.
  package var isMissing: Bool { errno == ENOENT }

  /// This user may not.
  package var isRefusal: Bool { errno == EACCES || errno == EPERM }

  /// A sentence without the path: what was the matter.
  package var message: String {
    switch reason {
    case .system: Self.text(of: errno)
    case .notRegularFile(let kind): "is \(kind.phrase), not a regular file"
    case .notDirectory(let kind): "is \(kind.phrase), not a directory"
    case .tooLarge(let limit): "is larger than any file of this kind can be (limit \(limit) bytes)"
    case .shrank: "ended before its size while it was read"
    case .tooManyEntries(let limit): "has more than \(limit) entries, which are not read"
    case .packed(let codec): "\(codec.phrase); \(codec.hint)"
    case .unpacking(let words): "cannot be unpacked: \(words)"
    case .refused(let sentence): sentence
    }
  }

  /// The operating system's words for an error number.
  package static func text(of errno: Int32) -> String {
    // SAFETY: the text is NUL-terminated and belongs to the C library; it is copied at once.
    unsafe String(cString: strerror(errno))
  }

  /// Why ``openForReading(_:in:flags:)`` just failed: of a device or a socket, what it is.
  static func opening(_ path: String) -> FileError {
    let error = last("open", path: path)
    guard error.errno == ENXIO, let status = try? FileStatus(path: path) else { return error }
    return FileError(path: path, reason: .notRegularFile(status.kind))
  }

  /// The failure of `call` just made, from the calling thread's `errno`.
  static func last(_ call: String, path: String) -> FileError {
    FileError(path: path, errno: Glibc.errno, reason: .system(call: call))
  }
}

/// What a directory entry or an opened file is.
package enum FileKind: String, Sendable, Hashable {
  case regular
  case directory
  case symbolicLink = "symbolic_link"
  case fifo
  case socket
  case characterDevice = "character_device"
  case blockDevice = "block_device"
  case other

  /// From the mode word of `struct stat`.
  init(mode: mode_t) {
    self =
      switch mode & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .directory
      case S_IFLNK: .symbolicLink
      case S_IFIFO: .fifo
      case S_IFSOCK: .socket
      case S_IFCHR: .characterDevice
      case S_IFBLK: .blockDevice
      default: .other
      }
  }

  var phrase: String {
    switch self {
    case .regular: "a regular file"
    case .directory: "a directory"
    case .symbolicLink: "a symbolic link"
    case .fifo: "a named pipe"
    case .socket: "a socket"
    case .characterDevice: "a character device"
    case .blockDevice: "a block device"
    case .other: "a special file"
    }
  }
}
