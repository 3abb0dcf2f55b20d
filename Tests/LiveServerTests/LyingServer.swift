import Glibc
import Synchronization

/// Something on loopback that speaks PostgreSQL's protocol as far as the end of authentication, and then says what a test
/// gives it, over and over, whatever it is asked.
final class LyingServer: Sendable {
  let port: UInt16
  /// Bytes that the client's side took.
  var sent: Int { count.withLock { $0 } }
  private let count = Mutex(0)
  private let listener: Int32

  /// `greeting` follows the startup packet, `answer` the first statement; then `filler` comes until nobody takes it.
  init(greeting: [UInt8] = LyingServer.greeting, answer: [UInt8] = [], filler: [UInt8], times: Int = .max) throws {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        bind(listener, raw, length) == 0 && listen(listener, 5) == 0 && getsockname(listener, raw, &length) == 0
      }
    }
    guard result else { throw Failure() }
    port = UInt16(bigEndian: address.sin_port)
    Thread.start { [self] in
      // A connection on which nothing comes is begun anew.
      var client = accept(listener, nil, nil)
      while client >= 0, take(from: client) == 0 {
        close(client)
        client = accept(listener, nil, nil)
      }
      guard client >= 0 else { return }
      defer { close(client) }
      guard give(greeting, to: client) else { return }
      take(from: client)
      guard give(answer, to: client) else { return }
      var left = times
      while left > 0, give(filler, to: client) { left -= 1 }
      take(from: client)
    }
  }

  deinit { close(listener) }

  struct Failure: Error {}

  /// One message: its letter, its length, its body.
  static func message(_ letter: Character, _ body: [UInt8], announcing length: UInt32? = nil) -> [UInt8] {
    let length = length ?? UInt32(body.count + 4)
    return [letter.asciiValue ?? 0] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32($0))) } + body
  }

  static let ready = message("Z", [UInt8(ascii: "I")])
  static let greeting =
    message("R", [0, 0, 0, 0]) + message("S", Array("server_version\u{0}17.2\u{0}".utf8))
    + message("K", [0, 0, 0, 1, 0, 0, 0, 1]) + ready
  static let rowDescription = message(
    "T", [0, 1] + Array("a\u{0}".utf8) + [0, 0, 0, 0, 0, 0, 0, 0, 0, 25, 255, 255, 255, 255, 255, 255, 0, 0])
  static let notification = message(
    "A", [0, 0, 0, 9] + Array("channel\u{0}".utf8) + [UInt8](repeating: 0x78, count: 7000) + [0])

  @discardableResult
  private func take(from client: Int32) -> Int {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    return max(0, bytes.withUnsafeMutableBytes { recv(client, $0.baseAddress, $0.count, 0) })
  }

  private func give(_ bytes: [UInt8], to client: Int32) -> Bool {
    var done = 0
    while done < bytes.count {
      let result = bytes.withUnsafeBytes {
        send(client, $0.baseAddress.map { $0 + done }, bytes.count - done, Int32(MSG_NOSIGNAL))
      }
      guard result > 0 else { return false }
      done += result
      count.withLock { $0 += result }
    }
    return true
  }
}

/// A thread of the operating system: what it does blocks.
private enum Thread {
  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  static func start(_ run: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let body = Unmanaged.passRetained(Body(run))
    pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
        return nil
      }, body.toOpaque())
    pthread_detach(thread)
  }
}
