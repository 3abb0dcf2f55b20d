import ClusterFiles
import Glibc
import PostgresFormat
import Reporting
import Synchronization

/// A line on standard error that says how far a long piece of work is: only on a terminal, and only once it has taken
/// half a second.
final class ProgressLine: Sendable {
  private let isShown: Bool
  private let begin: UInt64
  /// When a line was last shown; 0 while none is.
  private let lastShown = Mutex<UInt64>(0)

  /// Some work leaves no room for it: what is written to the same terminal says itself how far it is.
  init(isWanted: Bool = true) {
    isShown = isWanted && isatty(STDERR_FILENO) == 1
    begin = Self.now
  }

  /// Milliseconds of a clock that only goes forward.
  private static var now: UInt64 {
    var time = timespec()
    // SAFETY: `time` is a local structure that lives during the call.
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
  }

  /// Ten times a second at most.
  func update(_ text: @autoclosure () -> String) {
    guard isShown else { return }
    let now = Self.now
    lastShown.withLock { lastShown in
      guard now - begin >= 500, now - lastShown >= 100 else { return }
      lastShown = now
      Terminal.writeError("\r\u{1B}[K\(text())")
    }
  }

  func update(_ done: Int, of total: Int, _ unit: String) {
    update("\(total == 0 ? 0 : done * 100 / total) %, \(done) \(unit)")
  }

  /// Takes the line away.
  func finish() {
    lastShown.withLock { lastShown in
      if lastShown != 0 { Terminal.writeError("\r\u{1B}[K") }
      lastShown = 0
    }
  }

  /// Shows the position that a walk has reached, and how much of the way that is.
  func follow(_ walk: inout WALWalk) {
    guard isShown, let last = walk.route.liveSegments.last else { return }
    let start = walk.start.position
    let end = min(walk.end, SegmentNumber(last.rawValue + 1).start(size: walk.route.geometry.segmentSize))
    walk.progress = { [self] position in
      let (done, total) = (position.bytes(since: start), max(1, end.bytes(since: start)))
      update("\(min(100, done.multipliedReportingOverflow(by: 100).partialValue / total)) %, \(position)")
    }
  }
}
