import Synchronization

/// One reader of untrusted bytes. What it throws is its right; it may not end the process, hang or fill the memory.
struct FuzzTarget: Sendable {
  var name: String
  var run: @Sendable ([UInt8]) -> Void

  static let all: [FuzzTarget] = FileTargets.all + WALTargets.all + NameTargets.all + CommandTargets.all

  /// The one that this process was started for.
  static let current = Mutex<FuzzTarget?>(nil)
  static func take(_ input: [UInt8]) { current.withLock { $0 }?.run(input) }
}

/// An input taken apart from its front; what it lacks is zero.
struct InputReader {
  private var rest: ArraySlice<UInt8>

  init(_ input: [UInt8]) { rest = input[...] }

  var isEmpty: Bool { rest.isEmpty }
  mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }
  mutating func number(_ bytes: Int) -> Int { (0..<bytes).reduce(0) { sum, place in sum | Int(byte()) << (8 * place) } }
  mutating func bytes(_ count: Int) -> [UInt8] {
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }
  mutating func remainder() -> [UInt8] { bytes(rest.count) }
  mutating func one<Element>(of list: [Element]) -> Element { list[Int(byte()) % list.count] }
}
