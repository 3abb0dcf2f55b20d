import CZlib

/// gzip, by zlib.
@safe final class GzipDecoder: FrameDecoder {
  /// zlib keeps the address of its state, so it stays in one place.
  private let stream: UnsafeMutablePointer<z_stream>

  /// nil where memory is short.
  init?() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // Window of 32 KiB, gzip headers only.
    // SAFETY: the state was allocated above and is as zlib wants it: zeroed.
    let result = unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    if result != Z_OK { return nil }
  }

  /// The state with its window: 40 KiB. nil where memory is short.
  private init?(copying other: GzipDecoder) {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // SAFETY: both states stay in their places; the other one is initialized, and is only read.
    if unsafe inflateCopy(stream, other.stream) != Z_OK { return nil }
  }

  func copy() -> (any FrameDecoder)? { GzipDecoder(copying: self) }

  deinit {
    // SAFETY: it was allocated in `init` and is used by nobody else.
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  func reset() {
    // SAFETY: the state is initialized.
    unsafe inflateReset(stream)
  }

  func decode(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> DecodingStep {
    // SAFETY: zlib writes at most `avail_out` bytes of the output, and only reads the input, though its type does not say so.
    unsafe stream.pointee.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    unsafe stream.pointee.avail_in = UInt32(clamping: input.count)
    unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    let room = UInt32(clamping: output.count)
    unsafe stream.pointee.avail_out = room
    let result = unsafe inflate(stream, Z_NO_FLUSH)
    var step = unsafe DecodingStep(
      consumed: input.count - Int(stream.pointee.avail_in), produced: Int(room - stream.pointee.avail_out))
    switch result {
    // Z_BUF_ERROR: nothing could be done, for want of input.
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END: step.end = .frame
    default:
      step.end = .damage(unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "damaged compressed data")
    }
    return step
  }
}
