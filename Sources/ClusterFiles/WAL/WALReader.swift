import Glibc
package import PostgresFormat

/// Reads the pages that a walker asks for from the files of a route, a few hundred kilobytes at a time into one buffer.
///
///     while reader.fill(for: &walker) { walker.consume(reader.pages, sink: &sink) }
///
/// A file that vanishes, shrinks or cannot be read while it is being read ends the walk with that reason.
@safe package struct WALReader: ~Copyable {
  /// Bytes of the buffer: large enough that a system call costs nothing, small enough to stay in the processor's cache.
  package static let bufferSize = 512 << 10
  /// Read behind the end of a batch, where a record that began in it usually ends.
  private static let tailSize = 32 << 10

  /// Says which file gives which segment.
  package let route: WALRoute
  /// The walk ends here, wherever the files do.
  private let limit: LSN
  private let buffer: UnsafeMutableRawBufferPointer
  private var filled = 0
  private var current: SegmentNumber?
  private var segment: SegmentReader?
  /// The file that was opened last.
  package private(set) var choice: WALRoute.Choice?
  /// What the operating system refused.
  package private(set) var problem: WALProblem?

  /// Records that end behind `limit` are not delivered. Opens nothing before the first ``fill(for:)``.
  package init(_ route: WALRoute, limit: LSN = LSN(.max)) {
    (self.route, self.limit) = (route, limit)
    unsafe buffer = .allocate(byteCount: Self.bufferSize, alignment: WALGeometry.pageSize)
  }

  // SAFETY: allocated in `init`; spans of it live no longer than `self`.
  deinit { unsafe buffer.deallocate() }

  /// The pages that the last `fill` read.
  package var pages: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      // SAFETY: `filled` bytes were written and stay as they are while `self` is borrowed.
      unsafe _overrideLifetime(
        RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: buffer.prefix(filled))), borrowing: self)
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
    segment = try SegmentReader(path: route.inventory.path(of: choice.file))
    current = number
    walker.fileTimeline = choice.file.name.timeline
    walker.limit = min(limit, choice.end ?? limit)
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
    try unsafe segment?.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(count)), from: offset) ?? 0
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
