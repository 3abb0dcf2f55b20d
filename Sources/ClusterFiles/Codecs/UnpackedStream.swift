/// A file's bytes, unpacked as they are asked for; several frames in a row make up one stream.
///
/// Memory does not depend on what the file says: a buffer for what is read of it, and what the decoder needs, which for LZ4 is
/// 4 MiB and for Zstandard 128 MiB at the most (a frame that needs more is refused).
final class UnpackedStream {
  private let codec: Codec
  private let decoder: any FrameDecoder
  private var input: [UInt8]
  /// What of `input` was read from the file and is not unpacked yet.
  private var rest = 0..<0
  /// After the last byte of `rest`, in the file.
  private var inputOffset: Int
  private let start: Int
  private var isAtEnd = false
  /// Why unpacking ended before the data did; nil where it has not.
  private(set) var failure: String?
  /// The file was cut off. What was unpacked up to there is sound.
  private(set) var endsEarly = false

  private static let inputSize = 64 << 10
  /// Input that may come to nothing: frames without data follow one another without end, and so do names in headers.
  private var idleLimit: Int { codec.idleLimit }
  /// Where the frame begins that is being unpacked: in the file, and in the data that this stream gives.
  private(set) var frame: (packed: Int, unpacked: Int)
  /// Bytes that were given in all.
  private var produced = 0
  /// Input that was unpacked since there was data last.
  private var idleInput = 0

  /// Of a file with a frame of the codec at `start`.
  init(_ codec: Codec, _ decoder: any FrameDecoder, from start: Int) {
    (self.codec, self.decoder, self.start) = (codec, decoder, start)
    input = []
    inputOffset = start
    frame = (start, 0)
  }

  /// Another one that goes on from where this one is; nil where its decoder does not copy itself, or nothing follows.
  func copy() -> UnpackedStream? {
    guard !isAtEnd, failure == nil, let decoder = decoder.copy() else { return nil }
    let copy = UnpackedStream(codec, decoder, from: start)
    copy.inputOffset = inputOffset - rest.count
    (copy.frame, copy.produced, copy.idleInput) = (frame, produced, idleInput)
    return copy
  }

  /// Begins anew with the first frame.
  func rewind() {
    decoder.reset()
    (rest, inputOffset, isAtEnd, failure, endsEarly) = (0..<0, start, false, nil, false)
    (idleInput, produced, frame) = (0, 0, (start, 0))
  }

  /// Fills the buffer with the next bytes. Fewer than it holds come only at the end, or at damage.
  func read(into buffer: UnsafeMutableRawBufferPointer, from file: borrowing BoundedFile) throws(FileError) -> Int {
    var filled = 0
    while filled < buffer.count, !isAtEnd, failure == nil {
      let isAtFileEnd = rest.isEmpty ? try fill(from: file) : false
      // SAFETY: `rest` lies within the array, and `filled` within the buffer; a decoder keeps neither.
      let step = unsafe input.withUnsafeBytes { bytes in
        unsafe decoder.decode(
          UnsafeRawBufferPointer(rebasing: bytes[rest]),
          into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
      }
      rest = rest.lowerBound + step.consumed..<rest.upperBound
      filled += step.produced
      idleInput = step.produced == 0 ? idleInput + step.consumed : 0
      guard idleInput <= idleLimit else {
        failure = "\(idleLimit >> 20) MB of compressed data holds none"
        break
      }
      switch step.end {
      case .frame: try beginNextFrame(of: file, at: produced + filled)
      case .damage(let words): failure = words
      case nil where step.consumed == 0 && step.produced == 0:
        failure = isAtFileEnd ? "the compressed file ends before its data does" : "damaged compressed data"
        endsEarly = isAtFileEnd
      case nil: break
      }
    }
    produced += filled
    return filled
  }

  /// Reads on; true at the end of the file, where a decoder may still have something to give.
  private func fill(from file: borrowing BoundedFile) throws(FileError) -> Bool {
    if input.isEmpty { input = [UInt8](repeating: 0, count: Self.inputSize) }
    // SAFETY: only the array's own bytes are written.
    let got = try unsafe input.withUnsafeMutableBufferPointer { (buffer) throws(FileError) in
      try unsafe file.read(into: UnsafeMutableRawBufferPointer(buffer), at: inputOffset)
    }
    rest = 0..<got
    inputOffset += got
    return got == 0
  }

  /// After the end of a frame: another one, or the end. Anything else after it is padding.
  private func beginNextFrame(of file: borrowing BoundedFile, at unpacked: Int) throws(FileError) {
    let position = inputOffset - rest.count
    guard let next = try Codec.frame(in: file, from: position), next.codec == codec else {
      isAtEnd = true
      return
    }
    decoder.reset()
    frame = (next.offset, unpacked)
    if next.offset <= inputOffset {
      rest = rest.upperBound - (inputOffset - next.offset)..<rest.upperBound
    } else {
      (rest, inputOffset) = (0..<0, next.offset)
    }
  }
}

/// Unpacks frames of one format, a piece at a time.
protocol FrameDecoder: AnyObject {
  /// Makes ready for the first byte of a frame.
  func reset()
  /// Unpacks from one buffer into the other, which is not empty, as far as either goes.
  func decode(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> DecodingStep
  /// Another one in the same state; nil where it cannot be copied.
  func copy() -> (any FrameDecoder)?
}

extension FrameDecoder {
  func copy() -> (any FrameDecoder)? { nil }
}

/// What came of a piece.
struct DecodingStep {
  /// Why nothing follows in this frame.
  enum End {
    /// It is complete.
    case frame
    /// In the library's words.
    case damage(String)
  }
  /// Bytes of the input that are done with.
  var consumed: Int
  /// Bytes that were written.
  var produced: Int
  /// nil: it goes on.
  var end: End?
}
