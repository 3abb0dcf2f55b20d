import Glibc

/// How many runs with real servers are under way at a time: two for each processor, for most of their time is waiting. The
/// others wait their turn, in the order in which they came.
actor RunLimit {
  static let shared = RunLimit(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) * 2)

  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(_ limit: Int) { free = limit }

  func enter() async {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  func leave() {
    if waiting.isEmpty {
      free += 1
    } else {
      waiting.removeFirst().resume()
    }
  }
}
