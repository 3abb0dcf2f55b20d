import CLz4

/// LZ4 frames, by liblz4.
@safe final class LZ4Decoder: FrameDecoder {
  private let library: lz4
  private let context: OpaquePointer

  /// nil where the library is not on this machine, or memory is short.
  init?() {
    // SAFETY: the table stays as it is for the life of the process.
    guard let library = unsafe lz4_load()?.pointee else { return nil }
    var context: OpaquePointer?
    // SAFETY: the library writes the address of what it allocates, unless it answers an error.
    let result = unsafe library.LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))
    guard library.LZ4F_isError(result) == 0, let context = unsafe context else { return nil }
    unsafe (self.library, self.context) = (library, context)
  }

  deinit {
    // SAFETY: the context was made in `init` and is used by nobody else.
    unsafe _ = library.LZ4F_freeDecompressionContext(context)
  }

  func reset() {
    // SAFETY: the context is alive.
    unsafe library.LZ4F_resetDecompressionContext(context)
  }

  func decode(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> DecodingStep {
    guard let target = output.baseAddress else { return DecodingStep(consumed: 0, produced: 0) }
    var (consumed, produced) = (input.count, output.count)
    var none: UInt8 = 0
    // SAFETY: the library reads and writes no more than the two counts say, and then says in them how much that was. Of an
    // empty input it reads nothing, wherever that is.
    let result = unsafe withUnsafePointer(to: &none) { empty in
      unsafe library.LZ4F_decompress(
        context, target, &produced, input.baseAddress ?? UnsafeRawPointer(empty), &consumed, nil)
    }
    if library.LZ4F_isError(result) != 0 {
      // SAFETY: the text is NUL-terminated and belongs to the library; it is copied at once.
      let words = unsafe String(cString: library.LZ4F_getErrorName(result))
      return DecodingStep(consumed: 0, produced: 0, end: .damage("LZ4: \(words)"))
    }
    return DecodingStep(consumed: consumed, produced: produced, end: result == 0 ? .frame : nil)
  }
}
