import FixtureSupport
import Glibc
import ServerLab
import Testing

/// Nothing in a data directory is ever written, made, locked or touched: what the operating system was asked to do.
@Suite(.serialized) struct NeverAWriteTests {
  @Test func tracingWorksInContinuousIntegration() {
    let obstacle = SystemCalls.obstacle
    if let obstacle { print("system calls are not traced: \(obstacle)") }
    if Lab.isContinuousIntegration { #expect(obstacle != "strace is not installed") }
  }

  /// What may be done with a path or an open file in a data directory, besides opening it.
  private static let harmless: Set = [
    "stat", "lstat", "fstat", "newfstatat", "statx", "access", "faccessat", "faccessat2", "readlink", "readlinkat",
    "getdents", "getdents64", "read", "pread64", "readv", "preadv", "lseek", "close", "getcwd", "chdir", "fadvise64",
  ]
  private static let harmlessControls = ["F_GETFD", "F_SETFD", "F_GETFL"]

  /// Why a call that names the data directory is not one that only reads; nil where it does.
  private static func objection(_ call: SystemCalls.Call) -> String? {
    switch call.name {
    case "open", "openat":
      guard call.text.contains("O_RDONLY") else { return "not opened for reading" }
      let forbidden = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND", "O_TMPFILE"]
      if let flag = forbidden.first(where: call.text.contains) { return flag }
      guard call.text.contains("O_NONBLOCK") else { return "may wait" }
      // The tests own the copies.
      return call.failed || call.text.contains("O_NOATIME") ? nil : "changes the access time"
    case "fcntl": return harmlessControls.contains(where: call.text.contains) ? nil : "no reading"
    default: return harmless.contains(call.name) ? nil : "no reading"
    }
  }

  /// Everything about each entry that a write would change, and the access times of files: a folder's is changed by the look
  /// at it.
  private static func state(of folder: String) throws -> String {
    try ExternalProgram.output(
      "/bin/sh",
      [
        "-c",
        "find \"$1\" -printf '%p %y %i %n %m %u %g %s %T@ %C@\\n' | sort; find \"$1\" -type f -printf '%p %A@\\n' | sort",
        "sh", folder,
      ])
  }

  private static func pair() throws -> NodePairCopy {
    let pair = try NodePairCopy()
    // Access times so old that the next reading would change them, whatever the mount options.
    try pair.shell("find primary standby -exec touch -h -a -d 2001-01-01 {} +")
    return pair
  }

  @Test(.enabled(if: SystemCalls.obstacle == nil, "strace cannot trace here"))
  func systemCalls() async throws {
    let pair = try Self.pair()
    let nodes = [pair.primary, pair.standby]
    var (opened, objections) = (0, [String]())
    for line in EveryCommand.lines(primary: nodes[0], standby: nodes[1], outside: pair.outside) {
      let traced = try await SystemCalls(
        of: productsDirectory + "/slotscope", line, log: pair.outside + "/trace")
      #expect(traced.outcome.status <= 3, "\(line): \(traced.outcome)")
      // Of a call that another thread interrupted, the first half tells what was asked for.
      let calls = traced.calls.filter { call in
        nodes.contains { call.text.contains($0) } && call.name != "execve" && !call.text.hasPrefix("<... ")
      }
      opened += calls.count { $0.name == "openat" && !$0.failed }
      objections += calls.compactMap { call in Self.objection(call).map { "\(line[0]): \($0): \(call)" } }
    }
    #expect(opened > 500)
    #expect(objections.isEmpty, "\(objections.prefix(10))")
  }

  @Test func nothingInTheDirectoriesChanges() async throws {
    let pair = try Self.pair()
    let before = try [pair.primary, pair.standby].map(Self.state)
    #expect(before[0].contains(" 978307200"), "the access times are old")
    let lines = EveryCommand.lines(primary: pair.primary, standby: pair.standby, outside: pair.outside)
    for (line, outcome) in zip(lines, try await slotscope(each: lines)) {
      #expect(outcome.status <= 3, "\(line): \(outcome)")
    }
    #expect(try [pair.primary, pair.standby].map(Self.state) == before)
  }

  @Test func outputNeverGoesIntoADataDirectory() async throws {
    let pair = try Self.pair()
    let before = try Self.state(of: pair.primary)
    let sources = ["--primary", pair.primary, "--standby", pair.standby]
    try pair.shell("ln -s primary link; mkdir outside/folder; ln -s ../../primary/base outside/folder/inner")
    for line in [
      ["capture", pair.primary, "-o", pair.primary + "/evidence.json"],
      ["capture", pair.primary, "-o", pair.scratch.path + "/link/pg_wal/evidence.json"],
      ["capture", pair.primary, "-o", pair.outside + "/folder/inner/evidence.json"],
      ["audit", "-o", pair.primary + "/base/page.html", "--format", "html"] + sources,
      ["plan", "--output-dir", pair.primary + "/plan"] + sources,
    ] {
      let outcome = try await slotscope(line)
      #expect(outcome.status == 3 && outcome.error.contains("inside the data directory"), "\(line): \(outcome)")
    }
    #expect(try Self.state(of: pair.primary) == before)
  }
}
