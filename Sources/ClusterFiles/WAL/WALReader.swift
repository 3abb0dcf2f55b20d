import Glibc
package import PostgresFormat

/// Reads the pages that a walker asks for from the files of a route, a few hundred kilobytes at a time into one buffer.
///
///     while reader.fill(for: &walker) { walker.consume(reader.pages, sink: &sink) }
///
/// A file that is removed, shrinks or cannot be read while it is being read ends the walk with that reason.
package struct WALReader: ~Copyable {
  /// Bytes read at once: enough that a system call costs nothing, few enough to stay in the processor's second cache.
  package static let bufferSize = 256 << 10
  /// Read after the end of a batch, where a record that began in it usually ends.
  private static let tailSize = 32 << 10

  /// Says which file gives which segment.
  package let route: WALRoute
  /// The walk ends here, wherever the files do.
  private let limit: LSN
  /// Room for ``bufferSize`` bytes from ``origin`` on, where a page of memory begins: the kernel copies faster to there.
  private var buffer: [UInt8]
  private let origin: Int
  private var filled = 0
  private var current: SegmentNumber?
  private var segment: SegmentReader?
  /// The file that was opened last.
  package private(set) var choice: WALRoute.Choice?
  /// What the operating system refused.
  package private(set) var problem: WALProblem?

  /// Records that end after `limit` are not delivered. Opens nothing before the first ``fill(for:)``.
  ///
  /// `buffer` is that of an earlier reader, whose memory is used again: memory that is new costs as much as reading into it.
  package init(_ route: WALRoute, limit: LSN = LSN(.max), buffer: [UInt8] = []) {
    (self.route, self.limit) = (route, limit)
    let (size, alignment) = (Self.bufferSize + WALGeometry.pageSize, WALGeometry.pageSize)
    self.buffer = buffer.count == size ? buffer : [UInt8](repeating: 0, count: size)
    // SAFETY: the address is only looked at. Were the bytes moved, they would only be copied more slowly.
    origin = unsafe self.buffer.withUnsafeBytes { -(Int(bitPattern: $0.baseAddress)) & (alignment - 1) }
  }

  /// Ends the reader, and gives its memory to the next one.
  consuming func intoBuffer() -> [UInt8] { buffer }

  /// The pages that the last `fill` read.
  package var pages: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      // SAFETY: the array's elements are plain bytes.
      unsafe buffer.span.bytes.extracting(origin..<origin + filled)
    }
  }

  /// Reads the pages that the walker needs next. Returns false where the walk is over, for whatever reason.
  package mutating func fill(for walker: inout RecordWalker) -> Bool {
    guard walker.stop == nil else { return false }
    let size = route.geometry.segmentSize
    let number = SegmentNumber(containing: walker.nextPage, size: size)
    let offset = Int(walker.nextPage.bytes(since: number.start(size: size)))
    do throws(FileError) {
      if number != current {
        guard try open(number, for: &walker, at: offset) else { return false }
      }
      filled = try read(from: offset, count: min(Self.bufferSize, size - offset, wanted(by: walker)))
    } catch {
      return fail(error, &walker)
    }
    guard filled >= WALGeometry.pageSize else {
      walker.endInput(.shortFile, found: segment?.failure ?? "\(offset + filled) bytes")
      return false
    }
    return true
  }

  /// Bytes that the walker may need before it stops for good: not much more than the rest of its batch.
  private func wanted(by walker: borrowing RecordWalker) -> Int {
    guard walker.stopBefore > walker.nextPage else { return Self.tailSize }
    let rest = walker.stopBefore.bytes(since: walker.nextPage)
    return rest < UInt64(Self.bufferSize) ? max(Int(rest) + Self.tailSize, Self.tailSize) : Self.bufferSize
  }

  private mutating func open(
    _ number: SegmentNumber, for walker: inout RecordWalker, at offset: Int
  ) throws(FileError) -> Bool {
    current = nil
    segment = nil
    choice = route.choice(for: number)
    guard let choice else {
      walker.endInput(.missingSegment)
      return false
    }
    let path = route.inventory.path(of: choice.file)
    try SegmentChecksum.check(
      path, in: route.inventory.storage, name: route.inventory.fileName(of: choice.file),
      segmentSize: route.geometry.segmentSize)
    segment = try route.inventory.reader(of: choice.file)
    current = number
    walker.fileTimeline = choice.file.name.timeline
    // A switch at the segment's end needs no limit: a record that breaks off there was abandoned, which the first page of the
    // next timeline says.
    let after = SegmentNumber(number.rawValue + 1).start(size: route.geometry.segmentSize)
    let end = choice.end.flatMap { $0 < after ? $0 : nil }
    walker.limit = min(limit, end ?? limit)
    // The server looks at a segment's first page before it reads in the middle of it.
    if offset > 0 {
      filled = try read(from: 0, count: WALGeometry.pageSize)
      guard filled == WALGeometry.pageSize else {
        walker.endInput(.shortFile, found: segment?.failure ?? "\(filled) bytes")
        return false
      }
      if !walker.checkFirstPage(pages) { return false }
    }
    return true
  }

  private mutating func read(from offset: Int, count: Int) throws(FileError) -> Int {
    try segment?.fill(&buffer, from: offset, into: origin..<origin + count) ?? 0
  }

  private mutating func fail(_ error: FileError, _ walker: inout RecordWalker) -> Bool {
    problem = WALProblem(path: error.path, error: error)
    walker.endInput(error.isMissing ? .missingSegment : .unreadable, found: error.message)
    return false
  }

  /// Why the walk ended. Where an ancestor's file was read up to its switch point and no further, the child's is missing.
  package func stop(of walker: borrowing RecordWalker) -> WALStop? {
    guard let stop = walker.stop, stop.reason == .limit, let end = choice?.end, end < limit,
      stop.at >= end || walker.end >= end
    else { return walker.stop }
    return WALStop(.missingSegment, at: end)
  }
}
