import Synchronization

/// The unpacked bytes of a compressed file, at any place and in bounded memory: nothing is written anywhere.
///
/// Reading onwards is as fast as unpacking. Reading further back unpacks anew, from the last frame that begins before, or, of gzip,
/// from a place that is nearer, unless the bytes were read lately or are kept on purpose. A file that unpacks to far more than its size is refused.
final class PackedFile: Sendable {
  /// Bytes that are unpacked and remembered as one.
  static let chunkSize = 256 << 10
  /// Chunks that are remembered: 64 MiB.
  static let chunkLimit = 256
  /// Streams that go on from where they are: two readers may take turns.
  fileprivate static let streamLimit = 2
  /// Frames that are known; each is a place to begin at.
  fileprivate static let frameLimit = 65_536
  /// Bytes between places at which the state of unpacking is kept, where it can be: at first, and twice as many whenever there are so
  /// many of them (21 MiB).
  static let (pointDistance, pointLimit) = (16 << 20, 512)
  /// Times its size that a file unpacks to at most, from ``bombSize`` on.
  static let ratioLimit = 200
  /// Unpacked bytes below which no ratio counts.
  static let bombSize = 4 << 30

  let path: String
  private let state: Mutex<State>

  /// nil of a file that is not compressed. Throws ``FileError`` where it cannot be read, or nothing here unpacks it.
  init?(_ file: borrowing BoundedFile, bombSize: Int = PackedFile.bombSize) throws(FileError) {
    guard let first = try Codec.frame(in: file, from: 0) else { return nil }
    path = file.path
    let most = file.status.size.multipliedReportingOverflow(by: Self.ratioLimit).partialValue
    state = Mutex(
      State(
        BoundedFile(path: file.path, status: file.status, part: file, from: 0), first.codec,
        try first.codec.decoder(for: file.path), from: first.offset, limit: max(bombSize, most)))
  }

  /// Fills the buffer from `offset` of the data; fewer bytes come only where the data ends, or was cut off. Throws ``FileError``
  /// where it is damaged, or is more than it may be.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
    // An address may cross into the lock, where a buffer may not.
    let place = Int(bitPattern: buffer.baseAddress)
    let count = buffer.count
    return try state.withLock { (state) throws(FileError) in
      // SAFETY: it is the caller's own buffer, which is there during the call.
      let room = unsafe UnsafeMutableRawBufferPointer(
        start: UnsafeMutableRawPointer(bitPattern: place), count: count)
      return try unsafe state.read(into: room, at: offset)
    }
  }

  /// Remembers some bytes for good: those that are read again in no order.
  func keep(_ range: Range<Int>) throws(FileError) {
    try state.withLock { (state) throws(FileError) in try state.keep(range) }
  }

  /// Unpacks the rest, from `offset` on: only at the end a checksum tells whether all of it is sound. Returns
  /// false where the file was cut off before that.
  func finish(from offset: Int) throws(FileError) -> Bool {
    try state.withLock { (state) throws(FileError) in try state.finish(from: offset) }
  }

  /// Bytes that were unpacked so far, those that were unpacked again included.
  var unpackedBytes: Int { state.withLock { $0.unpackedBytes } }

  private struct State: ~Copyable {
    private(set) var unpackedBytes = 0
    private let file: BoundedFile
    private let codec: Codec
    private let limit: Int
    /// Ascending.
    private var frames: [Frame]
    /// The one that was used last comes last.
    private var streams: [Cursor]
    /// Places to begin at within frames; ascending.
    private var points: [Cursor] = []
    private var pointDistance = PackedFile.pointDistance
    private var chunks: [Int: Chunk] = [:]
    private var uses = 0
    /// Ascending.
    private var kept: [Kept] = []
    /// Where the data ends, once that is known.
    private var end: Int?
    /// It ends there because the file was cut off.
    private var isCut = false

    private struct Frame {
      var packed: Int
      var unpacked: Int
    }
    private struct Cursor {
      var stream: UnpackedStream
      /// Where the stream's first frame begins in the data.
      var origin: Int
      /// The next byte that it gives.
      var position: Int

      func copy() -> Cursor? { stream.copy().map { Cursor(stream: $0, origin: origin, position: position) } }
    }
    private struct Chunk {
      var bytes: [UInt8]
      var lastUse: Int
    }
    private struct Kept {
      var start: Int
      var bytes: [UInt8]
    }

    init(
      _ file: consuming BoundedFile, _ codec: Codec, _ decoder: any FrameDecoder, from start: Int, limit: Int
    ) {
      (self.codec, self.limit) = (codec, limit)
      self.file = file
      frames = [Frame(packed: start, unpacked: 0)]
      streams = [Cursor(stream: UnpackedStream(codec, decoder, from: start), origin: 0, position: 0)]
    }

    mutating func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
      if let bytes = keptBytes(at: offset, count: buffer.count) {
        // SAFETY: the slice has as many bytes as the buffer.
        unsafe buffer.copyBytes(from: bytes)
        return buffer.count
      }
      var filled = 0
      while filled < buffer.count {
        let (index, skip) = (offset + filled).quotientAndRemainder(dividingBy: PackedFile.chunkSize)
        let bytes = try chunk(index).dropFirst(skip).prefix(buffer.count - filled)
        if bytes.isEmpty { break }
        // SAFETY: no more bytes than are left in the buffer.
        unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).copyBytes(from: bytes)
        filled += bytes.count
      }
      return filled
    }

    private func keptBytes(at offset: Int, count: Int) -> ArraySlice<UInt8>? {
      var (low, high) = (0, kept.count)
      while low < high {
        let middle = (low + high) / 2
        if kept[middle].start <= offset { low = middle + 1 } else { high = middle }
      }
      guard low > 0 else { return nil }
      let rest = kept[low - 1].bytes.dropFirst(offset - kept[low - 1].start)
      return rest.count >= count ? rest.prefix(count) : nil
    }

    mutating func keep(_ range: Range<Int>) throws(FileError) {
      guard !range.isEmpty, kept.last.map({ $0.start < range.lowerBound }) ?? true else { return }
      var bytes = [UInt8](repeating: 0, count: range.count)
      // SAFETY: only the array's own bytes are written.
      let count = try unsafe bytes.withUnsafeMutableBufferPointer { (buffer) throws(FileError) in
        try unsafe read(into: UnsafeMutableRawBufferPointer(buffer), at: range.lowerBound)
      }
      if count == bytes.count { kept.append(Kept(start: range.lowerBound, bytes: bytes)) }
    }

    mutating func finish(from offset: Int) throws(FileError) -> Bool {
      var index = offset / PackedFile.chunkSize
      while end == nil {
        _ = try chunk(index)
        index += 1
      }
      return !isCut
    }

    /// Whole but for the last one; empty past the end.
    private mutating func chunk(_ index: Int) throws(FileError) -> [UInt8] {
      uses += 1
      if let found = chunks[index] {
        chunks[index]?.lastUse = uses
        return found.bytes
      }
      let start = index * PackedFile.chunkSize
      if let end, start >= end { return [] }
      var cursor = try cursor(before: start)
      // The memory of a chunk that is forgotten is used again.
      var bytes = chunks.count >= PackedFile.chunkLimit ? forgotten() : []
      if bytes.count < PackedFile.chunkSize { bytes = [UInt8](repeating: 0, count: PackedFile.chunkSize) }
      repeat {
        let isSkipped = cursor.position < start
        let room = isSkipped ? min(PackedFile.chunkSize, start - cursor.position) : PackedFile.chunkSize
        let got = try advance(&cursor, into: &bytes, room)
        if got < room { bytes.removeLast(bytes.count - (isSkipped ? 0 : got)) }
        if got < room || !isSkipped { break }
      } while true
      if end == nil || cursor.position < end ?? 0 { streams.append(cursor) }
      chunks[index] = Chunk(bytes: bytes, lastUse: uses)
      return bytes
    }

    private mutating func advance(_ cursor: inout Cursor, into bytes: inout [UInt8], _ room: Int) throws(FileError)
      -> Int
    {
      // SAFETY: no more than the array's own bytes are written: it has room for a chunk.
      let got = try unsafe bytes.withUnsafeMutableBufferPointer { (buffer) throws(FileError) in
        try unsafe cursor.stream.read(
          into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer.prefix(room))), from: file)
      }
      cursor.position += got
      unpackedBytes += got
      if let words = cursor.stream.failure, !cursor.stream.endsEarly {
        throw FileError(path: file.path, reason: .unpacking(words))
      }
      guard cursor.position <= limit else {
        throw FileError(
          path: file.path,
          reason: .refused("unpacks to more than \(PackedFile.ratioLimit) times its size, as no backup does"))
      }
      if got < room { (end, isCut) = (cursor.position, cursor.stream.endsEarly) }
      let frame = Frame(
        packed: cursor.stream.frame.packed, unpacked: cursor.origin + cursor.stream.frame.unpacked)
      if let last = frames.last, frame.unpacked >= last.unpacked + PackedFile.chunkSize,
        frames.count < PackedFile.frameLimit
      {
        frames.append(frame)
      }
      if cursor.position >= (points.last?.position ?? 0) + pointDistance, let point = cursor.copy() {
        points.append(point)
        if points.count >= PackedFile.pointLimit {
          points = points.indices.filter { $0 % 2 == 1 }.map { points[$0] }
          pointDistance *= 2
        }
      }
      return got
    }

    /// The stream that is nearest before a place, or a new one from the frame that is.
    private mutating func cursor(before start: Int) throws(FileError) -> Cursor {
      let best = streams.indices.filter { streams[$0].position <= start }.max {
        streams[$0].position < streams[$1].position
      }
      let frame = frames.last { $0.unpacked <= start } ?? frames[0]
      let point = points.last { $0.position <= start }
      let nearest = max(frame.unpacked, point?.position ?? 0)
      if let best, streams[best].position >= nearest { return streams.remove(at: best) }
      if streams.count >= PackedFile.streamLimit { streams.removeFirst() }
      if let point, point.position > frame.unpacked, let copy = point.copy() { return copy }
      let decoder = try codec.decoder(for: file.path)
      return Cursor(
        stream: UnpackedStream(codec, decoder, from: frame.packed), origin: frame.unpacked, position: frame.unpacked)
    }

    /// The bytes of the chunk that was used longest ago, which is remembered no more.
    private mutating func forgotten() -> [UInt8] {
      guard let oldest = chunks.min(by: { $0.value.lastUse < $1.value.lastUse })?.key else { return [] }
      return chunks.removeValue(forKey: oldest)?.bytes ?? []
    }
  }
}
