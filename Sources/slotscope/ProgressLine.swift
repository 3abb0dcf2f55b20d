import Glibc

/// A line on standard error that says how far a long piece of work is: only on a terminal, and only once it has taken
/// half a second.
struct ProgressLine {
  private let total: UInt64
  private let unit: String
  private let isShown: Bool
  private let begin: UInt64
  private var lastShown: UInt64 = 0

  init(total: UInt64, unit: String) {
    (self.total, self.unit) = (total, unit)
    isShown = isatty(STDERR_FILENO) == 1
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
  mutating func update(_ done: UInt64) {
    guard isShown else { return }
    let now = Self.now
    guard now - begin >= 500, now - lastShown >= 100 else { return }
    lastShown = now
    let percent = total == 0 ? "" : "\(min(100, done.multipliedReportingOverflow(by: 100).partialValue / total)) %, "
    Terminal.writeError("\r\u{1B}[K\(percent)\(done) \(unit)")
  }

  /// Takes the line away.
  mutating func finish() {
    if lastShown != 0 { Terminal.writeError("\r\u{1B}[K") }
    lastShown = 0
  }
}
