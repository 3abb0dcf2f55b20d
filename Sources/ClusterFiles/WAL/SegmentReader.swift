/// The bytes of one segment file, plain or packed, which its first bytes tell.
struct SegmentReader: ~Copyable {
  private let file: BoundedFile
  /// nil for a plain file.
  private let stream: UnpackedStream?
  /// Bytes of the unpacked stream that were read so far.
  private var unpacked = 0

  /// Throws ``FileError`` where the path is no regular file, cannot be opened, or is packed in a way that is not read here.
  init(path: String, in storage: any ClusterStorage = PosixStorage()) throws(FileError) {
    let file = try storage.open(path)
    if let first = try Codec.frame(in: file, from: 0) {
      stream = UnpackedStream(first.codec, try first.codec.decoder(for: path), from: first.offset)
    } else {
      stream = nil
    }
    self.file = file
  }

  var isPacked: Bool { stream != nil }

  /// All bytes of a small file that may be compressed. Throws ``FileError`` where they are more than `limit`, or
  /// do not unpack to their end.
  static func wholeFile(
    _ path: String, in storage: any ClusterStorage = PosixStorage(), limit: Int
  ) throws(FileError) -> [UInt8] {
    var reader = try SegmentReader(path: path, in: storage)
    var bytes = [UInt8](repeating: 0, count: (reader.isPacked ? limit : min(limit, reader.size)) + 1)
    let count = try reader.fill(&bytes, from: 0)
    if let failure = reader.failure { throw FileError(path: path, reason: .unpacking(failure)) }
    guard count <= limit else { throw FileError(path: path, reason: .tooLarge(limit: limit)) }
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  /// Bytes on disk.
  var size: Int { file.status.size }
  /// Why the unpacked data ended early.
  var failure: String? { stream?.failure }
  /// It ended early because it is damaged, not because the file was cut off.
  var isDamaged: Bool { stream.map { $0.failure != nil && !$0.endsEarly } ?? false }

  /// Fills the buffer from `offset` of the segment. Fewer bytes come only where the file ends or is damaged.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer, from offset: Int) throws(FileError) -> Int {
    guard let stream else { return try unsafe file.read(into: buffer, at: offset) }
    if offset < unpacked {
      stream.rewind()
      unpacked = 0
    }
    while unpacked < offset {
      let skip = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(offset - unpacked))
      let got = try unsafe stream.read(into: skip, from: file)
      if got == 0 { return 0 }
      unpacked += got
    }
    let got = try unsafe stream.read(into: buffer, from: file)
    unpacked += got
    return got
  }
}

extension SegmentReader {
  /// The same into an array, or the part `place` of it, of which the bytes that were read are the first.
  mutating func fill(_ block: inout [UInt8], from offset: Int, into place: Range<Int>? = nil) throws(FileError) -> Int {
    // SAFETY: the reader writes only into the array's own bytes: a slice beyond them would not be made.
    try unsafe block.withUnsafeMutableBufferPointer { (buffer) throws(FileError) in
      let room = unsafe UnsafeMutableBufferPointer(rebasing: buffer[place ?? 0..<buffer.count])
      return try unsafe read(into: UnsafeMutableRawBufferPointer(room), from: offset)
    }
  }
}
