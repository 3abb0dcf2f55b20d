import Glibc

/// The bytes of one segment file, plain or compressed with gzip, which its first bytes tell.
struct SegmentReader: ~Copyable {
  private let file: BoundedFile
  let isCompressed: Bool
  private var inflater: InflateStream?
  /// Bytes of the unpacked stream that were read so far.
  private var unpacked = 0

  /// Throws ``FileError`` where the path is no regular file or cannot be opened.
  init(path: String) throws(FileError) {
    let opened = try BoundedFile(path: path)
    isCompressed = try opened.read(at: 0, count: 2) == [0x1F, 0x8B]
    file = opened
    if isCompressed { inflater = InflateStream() }
  }

  /// Bytes on disk.
  var size: Int { file.status.size }
  /// Why the unpacked data ended early.
  var failure: String? { mutating get { inflater?.reason() ?? nil } }

  /// Fills the buffer from `offset` of the segment. Fewer bytes come only where the file ends or is damaged.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer, from offset: Int) throws(FileError) -> Int {
    guard isCompressed else { return try unsafe file.read(into: buffer, at: offset) }
    if offset < unpacked {
      inflater?.rewind()
      unpacked = 0
    }
    while unpacked < offset {
      let skip = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(offset - unpacked))
      let got = try unsafe inflater?.read(into: skip, from: file) ?? 0
      if got == 0 { return 0 }
      unpacked += got
    }
    let got = try unsafe inflater?.read(into: buffer, from: file) ?? 0
    unpacked += got
    return got
  }
}

extension BoundedFile {
  /// Fills the buffer from `offset`; fewer bytes come only where the file ends.
  borrowing func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
    var filled = 0
    while filled < buffer.count {
      // SAFETY: `filled < buffer.count`, so the pointer and the bytes behind it are inside the buffer.
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
}
