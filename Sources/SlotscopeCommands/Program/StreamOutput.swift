import Glibc

/// Standard output for streams of any length. A reader that has gone away ends the stream and is not an error.
struct StreamOutput {
  /// The operating system refused to write.
  struct Failure: Error { var message: String }
  /// The reader has gone.
  private(set) var isClosed = false

  init() {
    // A write to a closed pipe then returns EPIPE instead of ending the process.
    signal(SIGPIPE, SIG_IGN)
  }

  /// Writes all of the bytes. Returns false once nobody reads them.
  mutating func write(_ bytes: RawSpan) throws -> Bool {
    var written = 0
    while written < bytes.byteCount, !isClosed {
      // SAFETY: `written < byteCount`, so pointer and count stay within the span.
      let result = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(STDOUT_FILENO, buffer.baseAddress.map { unsafe $0 + written }, bytes.byteCount - written)
      }
      if result < 0 && errno == EINTR { continue }
      if result < 0 && errno == EPIPE {
        isClosed = true
        break
      }
      guard result > 0 else { throw Failure(message: unsafe String(cString: strerror(errno))) }
      written += result
    }
    return !isClosed
  }

  mutating func write(_ text: String) throws -> Bool {
    let bytes = Array(text.utf8)
    // SAFETY: the array's elements are plain bytes.
    return try write(unsafe bytes.span.bytes)
  }
}
