import CZlib

/// A gzip file's bytes, unpacked as they are asked for; several members in a row make up one stream.
@safe struct InflateStream: ~Copyable {
  /// zlib keeps the address of its state, so it stays in one place.
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutableRawBufferPointer
  private var inputOffset = 0
  private(set) var isAtEnd = false
  /// Why unpacking ended before the data did; nil where it has not.
  private(set) var failure: String?

  private static let inputSize = 64 << 10
  /// Input that may come to nothing: members without data follow one another without end, and so do names in headers.
  private static let idleLimit = 1 << 20
  /// Input that has been read since there was data last.
  private var idleInput = 0

  init() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    unsafe input = .allocate(byteCount: Self.inputSize, alignment: 16)
    // Window of 32 KiB, gzip headers only.
    // SAFETY: the state was allocated above and is as zlib wants it: zeroed.
    let result = unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    if result != Z_OK { failure = "zlib: error \(result)" }
  }

  deinit {
    // SAFETY: both were allocated in `init` and are used by nobody else.
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
    unsafe input.deallocate()
  }

  /// ``failure``, for callers that hold the stream in an optional.
  mutating func reason() -> String? { failure }

  /// Begins anew at the start of the file.
  mutating func rewind() {
    // SAFETY: the state is initialised.
    unsafe inflateReset(stream)
    unsafe stream.pointee.avail_in = 0
    (inputOffset, isAtEnd, failure, idleInput) = (0, false, nil, 0)
  }

  /// Fills the buffer with the next bytes. Fewer than it holds come only at the end, or at damage.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer, from file: borrowing BoundedFile) throws(FileError)
    -> Int
  {
    // SAFETY (all below): zlib writes at most `avail_out` bytes of `buffer` and reads at most `avail_in` of `input`.
    unsafe stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = UInt32(buffer.count)
    while unsafe stream.pointee.avail_out > 0, !isAtEnd, failure == nil {
      if unsafe stream.pointee.avail_in == 0 {
        let got = try unsafe file.read(into: input, at: inputOffset)
        if got == 0 {
          failure = "the compressed file ends before its data does"
          break
        }
        inputOffset += got
        idleInput += got
        if idleInput > Self.idleLimit {
          failure = "a megabyte of compressed data holds none"
          break
        }
        unsafe stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_in = UInt32(got)
      }
      let room = unsafe stream.pointee.avail_out
      let result = unsafe inflate(stream, Z_NO_FLUSH)
      if unsafe stream.pointee.avail_out < room { idleInput = 0 }
      switch result {
      case Z_OK: break
      case Z_STREAM_END: try beginNextMember(of: file)
      default: failure = unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "damaged compressed data"
      }
    }
    return unsafe buffer.count - Int(stream.pointee.avail_out)
  }

  /// After the end of a member: another one, or the end of the file. Anything else behind it is padding.
  private mutating func beginNextMember(of file: borrowing BoundedFile) throws(FileError) {
    let position = unsafe inputOffset - Int(stream.pointee.avail_in)
    let next = try file.read(at: position, count: 2)
    guard next == [0x1F, 0x8B] else {
      isAtEnd = true
      return
    }
    // SAFETY: the state is initialised; what is left of the input stays where it is.
    unsafe inflateReset(stream)
  }
}
