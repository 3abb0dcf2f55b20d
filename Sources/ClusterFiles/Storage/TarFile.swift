/// A tar file held open, of which members are parts. It may be compressed: offsets are those of the unpacked archive.
final class TarFile: Sendable {
  private let file: BoundedFile
  private let packed: PackedFile?

  /// Throws ``FileError`` where it is no regular file, cannot be opened, or is compressed in a way that is not unpacked here.
  init(path: String) throws(FileError) {
    file = try BoundedFile(path: path)
    packed = try PackedFile(file)
  }

  var path: String { file.path }
  /// Reading back and forth costs unpacking it anew.
  var isPacked: Bool { packed != nil }

  /// Up to `count` bytes from `offset`; fewer only where the archive ends.
  func read(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
    guard let packed else { return try file.read(at: offset, count: count) }
    var bytes = [UInt8](repeating: 0, count: count)
    // SAFETY: only the array's own bytes are written.
    let filled = try unsafe bytes.withUnsafeMutableBufferPointer { (buffer) throws(FileError) in
      try unsafe packed.read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
    }
    bytes.removeLast(bytes.count - filled)
    return bytes
  }

  /// One member, read in place.
  func part(_ path: String, _ status: FileStatus, from offset: Int) -> BoundedFile {
    guard let packed else { return BoundedFile(path: path, status: status, part: file, from: offset) }
    return BoundedFile(path: path, status: status, part: packed, from: offset)
  }

  /// Remembers a member's bytes, or the first of them, of an archive that is compressed.
  func keep(_ range: Range<Int>) throws(FileError) { try packed?.keep(range) }

  /// Reads a compressed archive to its end; false where it was cut off. Throws ``FileError`` where it is damaged there, by its
  /// checksum.
  func finish(from offset: Int) throws(FileError) -> Bool { try packed?.finish(from: offset) ?? true }
}
