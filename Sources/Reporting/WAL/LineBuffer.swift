/// Lines that ``ByteWriter`` writes into memory of one's own, which grows where one does not fit: no String and no allocation
/// per line.
package struct LineBuffer: Sendable {
  /// The first `count` bytes are lines; the rest is room.
  private var buffer: [UInt8]
  /// Bytes of the lines since they were last taken.
  package private(set) var count = 0

  /// Room for `capacity` bytes to begin with, and for 4 KiB at least.
  package init(capacity: Int = 1 << 16) { buffer = [UInt8](repeating: 0, count: max(capacity, 1 << 12)) }

  /// Adds what `write` writes; it is asked again, with more room, where that did not fit.
  @inline(__always)
  package mutating func add(_ write: (inout ByteWriter) -> Void) {
    while true {
      let written = count
      var (end, isWhole) = (written, true)
      unsafe buffer.withUnsafeMutableBufferPointer { memory in
        guard let base = memory.baseAddress else { return }
        // SAFETY: the writer stays within the array's elements and lives no longer than this closure.
        var out = unsafe ByteWriter(base, capacity: memory.count, count: written)
        write(&out)
        (end, isWhole) = (out.count, !out.hasOverflowed)
      }
      if isWhole {
        count = end
        return
      }
      buffer.append(contentsOf: repeatElement(0, count: buffer.count))
    }
  }

  /// Lends the lines since they were last taken.
  package mutating func take(_ body: (RawSpan) throws -> Void) rethrows {
    // SAFETY: the elements are plain bytes, and `count` is not more than there are.
    try body(unsafe buffer.span.bytes.extracting(0..<count))
    count = 0
  }
}
