import Glibc

/// `O_NOATIME` of Linux on every 64-bit little-endian machine, which Glibc shows to GNU programs only.
private let withoutAccessTime: Int32 = 0o1000000

/// Opens a path for reading and leaves no trace: not the access time either, where the system lets this user ask for that
/// (the file's owner and root). Never waits (`O_NONBLOCK`), never makes a terminal the controlling one. -1 where it fails,
/// with `errno`.
///
/// A device is not even opened (`ENXIO`): opening alone starts a watchdog or rewinds a tape, and whoever made the
/// directory may have put a link to one in it.
func openForReading(_ path: String, in folder: Int32 = AT_FDCWD, flags: Int32 = 0) -> Int32 {
  FileWait.begin(path)
  defer { FileWait.end() }
  var raw = stat()
  // SAFETY: the path is a NUL-terminated copy and `raw` a local structure, both alive during the call.
  if unsafe fstatat(folder, path, &raw, 0) == 0, [.characterDevice, .blockDevice].contains(FileKind(mode: raw.st_mode))
  {
    Glibc.errno = ENXIO
    return -1
  }
  let flags = flags | O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
  // SAFETY: as above.
  let descriptor = unsafe openat(folder, path, flags | withoutAccessTime)
  // Others may read it all the same.
  guard descriptor < 0, Glibc.errno == EPERM else { return descriptor }
  return unsafe openat(folder, path, flags)
}
