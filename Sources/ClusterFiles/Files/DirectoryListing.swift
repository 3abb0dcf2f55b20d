import Glibc

/// The entries of one directory, without `.` and `..`, sorted by the bytes of their names.
package struct DirectoryListing: Sendable, Hashable {
  package struct Entry: Sendable, Hashable {
    /// Bytes that are not UTF-8 are replaced; `nameIsExact` is false then, and no path can be made of it.
    package var name: String
    package var nameIsExact: Bool
    /// The entry itself: a symbolic link is one, whatever it leads to.
    package var kind: FileKind
  }

  package var path: String
  package var entries: [Entry]

  /// Reads at most `limit` entries; more is ``FileError/Reason/tooLarge(limit:)``.
  package init(path: String, limit: Int = 4_000_000) throws(FileError) {
    // SAFETY: the path is a NUL-terminated copy that lives during the call.
    let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let error = FileError.last("open", path: path)
      if error.errno == ENOTDIR, let status = try? FileStatus(path: path) {
        throw FileError(path: path, reason: .notDirectory(status.kind))
      }
      throw error
    }
    // SAFETY: the descriptor is open; on success the stream owns it and is closed below.
    guard let stream = unsafe fdopendir(descriptor) else {
      let error = FileError.last("opendir", path: path)
      close(descriptor)
      throw error
    }
    // SAFETY: the stream is open until here and not used afterwards.
    defer { unsafe closedir(stream) }

    var found: [(bytes: [UInt8], kind: FileKind)] = []
    while true {
      Glibc.errno = 0
      // SAFETY: the stream is open; the entry is read before the next call on the same stream.
      guard let entry = unsafe readdir(stream) else {
        if Glibc.errno != 0 { throw FileError.last("readdir", path: path) }
        break
      }
      let bytes = unsafe Self.name(of: entry)
      if bytes == [0x2E] || bytes == [0x2E, 0x2E] { continue }
      guard found.count < limit else { throw FileError(path: path, reason: .tooLarge(limit: limit)) }
      let type = unsafe Int(entry.pointee.d_type)
      found.append((bytes, Self.kind(type: type) ?? Self.kind(of: bytes, in: descriptor)))
    }
    found.sort { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    self.path = path
    entries = found.map { bytes, kind in
      let exact = String(validating: bytes, as: UTF8.self)
      return Entry(name: exact ?? String(decoding: bytes, as: UTF8.self), nameIsExact: exact != nil, kind: kind)
    }
  }

  private static func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
    // SAFETY: d_name is NUL-terminated inside the record that readdir returned; the bytes are copied at once.
    unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe [UInt8]($0.prefix { $0 != 0 }) }
  }

  /// nil where the file system does not tell (`DT_UNKNOWN`).
  private static func kind(type: Int) -> FileKind? {
    switch type {
    case DT_REG: .regular
    case DT_DIR: .directory
    case DT_LNK: .symbolicLink
    case DT_FIFO: .fifo
    case DT_SOCK: .socket
    case DT_CHR: .characterDevice
    case DT_BLK: .blockDevice
    default: nil
    }
  }

  private static func kind(of name: [UInt8], in directory: Int32) -> FileKind {
    var raw = stat()
    let terminated = name.map { CChar(bitPattern: $0) } + [0]
    // SAFETY: the name is NUL-terminated and `raw` a local structure, both alive during the call.
    let result = unsafe fstatat(directory, terminated, &raw, AT_SYMLINK_NOFOLLOW)
    return result == 0 ? FileKind(mode: raw.st_mode) : .other
  }
}
