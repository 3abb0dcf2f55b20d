import FixtureSupport
import Glibc
import SlotscopeCommands

/// Runs command lines one after the other in one process, for tests that have hundreds of them: the start of a program takes
/// longer than most of its refusals. They stand in a file: of each the number of its arguments, then these, each with a NUL
/// behind it. What a line printed on either stream ends with a NUL, on standard output with its exit code and another one.
@main enum CommandLines {
  static func main() async throws {
    var words = try FileTree.contents(of: CommandLine.arguments[1]).split(
      separator: 0, omittingEmptySubsequences: false
    )
    .map { String(decoding: $0, as: UTF8.self) }[...]
    while let count = words.popFirst().flatMap(Int.init) {
      let status = await SlotscopeProgram.run(Array(words.prefix(count)))
      words = words.dropFirst(count)
      write("\0\(status)\0", to: STDOUT_FILENO)
      write("\0", to: STDERR_FILENO)
    }
  }

  private static func write(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8)
    // SAFETY: the bytes live during the call.
    _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }
}
