import Glibc
import Testing

@testable import LiveServer

private let hasLibrary = dlopen("libpq.so.5", RTLD_NOW) != nil

/// What a server that is none, or was patched, can make of this machine's memory and time.
@Suite(.serialized, .enabled(if: hasLibrary, "no libpq on this machine"))
struct LyingServerTests {
  private func ask(_ server: LyingServer) throws(ServerError) -> [ServerRow] {
    var bounds = ServerBounds()
    (bounds.answering, bounds.watchesMemory) = (20, true)
    let text = "host=127.0.0.1 port=\(server.port) user=x dbname=x sslmode=disable gssencmode=disable"
    return try ServerConnection.open(text, bounds: bounds).rows("select 1")
  }

  /// Of a message that is said to have a gigabyte, no more comes in than was on its way when its head was read.
  @Test(arguments: ["D", "E", "A", "N", "d"])
  func aMessageWithoutEndIsNotWaitedFor(letter: Character) throws {
    let head = LyingServer.message(letter, [0, 1, 0x3F, 0xFF, 0xFF, 0], announcing: 1 << 30)
    let server = try LyingServer(
      answer: LyingServer.rowDescription + head, filler: [UInt8](repeating: 0x78, count: 1 << 16))
    let error = #expect(throws: ServerError.self) { try ask(server) }
    #expect(error?.cause == .answer || letter == "d", "\(error as Any)")
    #expect(server.sent < 100 << 20, "\(server.sent) bytes")
  }

  /// The same before anybody asked.
  @Test func norWhileConnecting() throws {
    let head = LyingServer.message("R", [0, 0, 0, 0]) + LyingServer.message("N", [0x53], announcing: 1 << 30)
    let server = try LyingServer(greeting: head, filler: [UInt8](repeating: 0x78, count: 1 << 16))
    #expect(throws: ServerError.self) { try ask(server) }
  }

  @Test func rowsWithoutEndAreCutOff() throws {
    let row = LyingServer.message("D", [0, 1, 0, 0, 0x27, 0x10] + [UInt8](repeating: 0x78, count: 10_000))
    let server = try LyingServer(answer: LyingServer.rowDescription, filler: row)
    let error = #expect(throws: ServerError.self) { try ask(server) }
    #expect(error?.cause == .answer)
    #expect(server.sent < 200 << 20)
  }

  /// 400 MB of them, and the answer is still taken; what memory they need is what the system says of this process.
  @Test func notificationsAreDropped() throws {
    let times = 50_000
    let server = try LyingServer(
      answer: [], filler: LyingServer.notification, times: times)
    let before = residentBytes
    var bounds = ServerBounds()
    bounds.answering = 5
    let text = "host=127.0.0.1 port=\(server.port) user=x dbname=x sslmode=disable gssencmode=disable"
    #expect(throws: ServerError.self) { try ServerConnection.open(text, bounds: bounds).rows("select 1") }
    #expect(server.sent > 300 << 20)
    #expect(residentBytes - before < 200 << 20)
  }

  /// libpq tells it to the server, which may send it back.
  @Test func thePasswordOfAFileIsWithheld() throws {
    let path = "/tmp/slotscope-passfile-\(getpid())"
    let file = try #require(fopen(path, "w"))
    fputs("*:*:*:*:hunter2pg\n", file)
    fclose(file)
    chmod(path, 0o600)
    defer { unlink(path) }
    let refusal = LyingServer.message("E", Array("SERROR\u{0}CXX000\u{0}Mdenied, hunter2pg\u{0}\u{0}".utf8))
    let server = try LyingServer(answer: refusal + LyingServer.ready, filler: [], times: 0)
    let text = "host=127.0.0.1 port=\(server.port) user=x dbname=x sslmode=disable gssencmode=disable passfile=\(path)"
    let error = #expect(throws: ServerError.self) {
      try ServerConnection.open(text, bounds: ServerBounds()).rows("select 1")
    }
    #expect(error?.message == "denied, (withheld)")
  }

  /// A second list of columns, shorter than the first.
  @Test func rowsOfAnotherShape() throws {
    let two = LyingServer.message(
      "T",
      [0, 2]
        + ["a", "b"].flatMap {
          Array("\($0)\u{0}".utf8) + [0, 0, 0, 0, 0, 0, 0, 0, 0, 25, 255, 255, 255, 255, 255, 255, 0, 0]
        })
    let rows =
      two + LyingServer.message("D", [0, 2, 0, 0, 0, 1, 0x78, 0, 0, 0, 1, 0x79])
      + LyingServer.message("C", Array("SELECT 1\u{0}".utf8)) + LyingServer.rowDescription
      + LyingServer.message("D", [0, 1, 0, 0, 0, 1, 0x78]) + LyingServer.message("C", Array("SELECT 1\u{0}".utf8))
      + LyingServer.ready
    let server = try LyingServer(answer: rows, filler: [], times: 0)
    let answer = try ask(server)
    #expect(answer.map { $0.text("b") } == ["y", nil])
  }

  private var residentBytes: Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 200)
    guard fgets(&line, 200, file) != nil else { return 0 }
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let fields = text.split(separator: " ")
    return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * 4096
  }
}
