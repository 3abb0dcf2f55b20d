import CZstd

/// Zstandard frames, by libzstd.
@safe final class ZstandardDecoder: FrameDecoder {
  private let library: zstd
  private let context: OpaquePointer

  /// nil where the library is not on this machine, or memory is short.
  init?() {
    // SAFETY: the table stays as it is for the life of the process.
    guard let library = unsafe zstd_load()?.pointee, let context = unsafe library.ZSTD_createDCtx() else { return nil }
    unsafe (self.library, self.context) = (library, context)
  }

  deinit {
    // SAFETY: the context was made in `init` and is used by nobody else.
    unsafe _ = library.ZSTD_freeDCtx(context)
  }

  func reset() {
    // SAFETY: the context is alive.
    unsafe _ = library.ZSTD_DCtx_reset(context, ZSTD_reset_session_only)
  }

  func decode(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> DecodingStep {
    // SAFETY: the library reads and writes within the two buffers, and counts in them how much that was.
    var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let result = unsafe library.ZSTD_decompressStream(context, &target, &source)
    var step = unsafe DecodingStep(consumed: source.pos, produced: target.pos)
    if library.ZSTD_isError(result) != 0 {
      // SAFETY: the text is NUL-terminated and belongs to the library; it is copied at once.
      step.end = .damage("Zstandard: \(unsafe String(cString: library.ZSTD_getErrorName(result)))")
    } else if result == 0 {
      step.end = .frame
    }
    return step
  }
}
