import FixtureSupport
import ServerLab
import Testing

/// The number of threads changes how long a command takes, and not a byte of what it says.
@Suite struct AnyNumberOfWorkersTests {
  static let numbers = [2, 3, 7, 16]

  @Test(arguments: ["pg9.6-crash", "pg19-crash"])
  func walCommands(fixture: String) async throws {
    let data = try Fixtures.node(fixture, "data").path
    let damaged = try Self.damaged(data)
    for folder in [data + (fixture == "pg9.6-crash" ? "/pg_xlog" : "/pg_wal"), damaged.path] {
      for question in [
        ["records"], ["records", "--format", "json"], ["records", "--salvage"], ["stats", "--by", "record"],
        ["stats", "--format", "json", "--salvage"], ["end"], ["end", "--format", "json"], ["gaps", "--format", "json"],
        ["records", "-n", "1000"], ["stats", "--start", "0/A00000", "--end", "0/B00000"],
      ] {
        // gaps and end read no records in order, and know no number of threads.
        let isParallel = question[0] == "records" || question[0] == "stats"
        let line = ["wal"] + question + ["--waldir", folder]
        let expected = try await slotscope(line + (isParallel ? ["-j", "1"] : []))
        #expect(expected.status <= 3 && expected.output.utf8.count > 20, "\(line): \(expected)")
        for jobs in isParallel ? Self.numbers : [1] {
          let found = try await slotscope(line + (isParallel ? ["-j", "\(jobs)"] : []))
          let isSame =
            found.output == expected.output && found.error == expected.error && found.status == expected.status
          #expect(isSame, "\(line) with \(jobs)")
        }
      }
    }
  }

  /// Copies of the segments with a page of zeros, a changed byte and a missing file.
  private static func damaged(_ data: String) throws -> ScratchDirectory {
    let folder = FileTree.exists(data + "/pg_wal") ? data + "/pg_wal" : data + "/pg_xlog"
    let scratch = ScratchDirectory()
    let names = FileTree.entries(of: folder).filter { $0.utf8.count == 24 }
    for (index, name) in names.enumerated() where index != 9 {
      var bytes = try FileTree.contents(of: "\(folder)/\(name)")
      if index == 3 { bytes.replaceSubrange(0x20000..<0x22000, with: repeatElement(0, count: 0x2000)) }
      if index == 6 { bytes[0x40100] ^= 1 }
      scratch.write(name, bytes)
    }
    return scratch
  }

  @Test(arguments: FailoverFixture.names.prefix(2).map { "\($0)" })
  func audit(name: String) async throws {
    let failover = try FailoverFixture.unpacked(name)
    let line = [
      "audit", "--primary", failover.folder + "/primary", "--standby", failover.folder + "/standby", "--format", "json",
    ]
    let expected = try await slotscope(line + ["-j", "1"])
    #expect(expected.output.utf8.count > 1000)
    for jobs in Self.numbers {
      let found = try await slotscope(line + ["-j", "\(jobs)"])
      #expect(Self.timeless(found) == Self.timeless(expected) && found.status == expected.status, "\(jobs) threads")
    }
  }

  /// Without the lines that say when it was read.
  private static func timeless(_ outcome: Outcome) -> [Substring] {
    outcome.output.split(separator: "\n").filter { !$0.contains("gathered_at") }
  }
}
