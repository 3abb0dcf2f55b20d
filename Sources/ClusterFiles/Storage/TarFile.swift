/// A tar file held open, of which members are parts.
final class TarFile: Sendable {
  private let file: BoundedFile

  /// Throws ``FileError`` where it is no regular file or cannot be opened.
  init(path: String) throws(FileError) { file = try BoundedFile(path: path) }

  var path: String { file.path }
  var status: FileStatus { file.status }

  /// Up to `count` bytes from `offset`; fewer only where the file ends.
  func read(at offset: Int, count: Int) throws(FileError) -> [UInt8] { try file.read(at: offset, count: count) }

  /// One member, read in place.
  func part(_ path: String, _ status: FileStatus, from offset: Int) -> BoundedFile {
    BoundedFile(path: path, status: status, part: file, from: offset)
  }
}
