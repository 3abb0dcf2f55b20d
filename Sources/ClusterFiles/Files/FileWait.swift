import Synchronization

/// What the process waits for in the kernel. A file system whose server has gone away (NFS, a FUSE program that hangs) lets no call
/// return, and no signal but SIGKILL ends one: nobody but another thread can say so.
package enum FileWait {
  private struct State {
    /// Under way in all threads.
    var calls = 0
    /// How often one began or ended.
    var changes: UInt64 = 0
    /// Of the last one that began.
    var path = ""
  }
  private static let state = Mutex(State())

  /// A call that may wait for the file system begins.
  static func begin(_ path: String) {
    state.withLock {
      $0.calls += 1
      $0.changes &+= 1
      $0.path = path
    }
  }

  /// It returned.
  static func end() {
    state.withLock {
      $0.calls -= 1
      $0.changes &+= 1
    }
  }

  /// Looks from time to time whether calls return. Looks are counted, not seconds: while the process is stopped (Ctrl-Z, a suspended
  /// machine) nobody looks.
  package struct Watch {
    private var changes: UInt64 = 0
    private var looks = 0

    /// Before the first look.
    package init() {}

    /// The path of a call that has not returned, where none has begun or ended since so many looks; nil while files answer.
    package mutating func look(patience: Int) -> String? {
      let (calls, changes, path) = FileWait.state.withLock { ($0.calls, $0.changes, $0.path) }
      guard calls > 0, changes == self.changes else {
        (self.changes, looks) = (changes, 0)
        return nil
      }
      looks += 1
      return looks >= patience ? path : nil
    }
  }
}
