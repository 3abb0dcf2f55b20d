import Synchronization

/// What the process waits for in the kernel. A file system whose server has gone away (NFS, a FUSE program that hangs) lets no call
/// return, and no signal but SIGKILL ends one: nobody but another thread can say so.
package enum FileWait {
  private struct State {
    /// Under way in all threads.
    var calls = 0
    /// When the last one began or ended.
    var changed = ContinuousClock.now
    /// Of the last one that began.
    var path = ""
  }
  private static let state = Mutex(State())

  /// A call that may wait for the file system begins.
  static func begin(_ path: String) {
    state.withLock {
      $0.calls += 1
      $0.changed = .now
      $0.path = path
    }
  }

  /// It returned.
  static func end() {
    state.withLock {
      $0.calls -= 1
      $0.changed = .now
    }
  }

  /// The path of a call that does not return, where none has begun or ended for so long; nil while files answer.
  package static func path(waitingFor time: Duration) -> String? {
    state.withLock { $0.calls > 0 && .now - $0.changed > time ? $0.path : nil }
  }
}
