import FixtureSupport
import ServerLab
import Testing

/// `rejoin --restore-command`: what the command brings decides as it would in a folder, and the script runs one itself.
@Suite struct RejoinRestoreCommandTests {
  /// The older half of an old primary's segments, in a folder of their own.
  private func archive(of node: String, in scratch: ScratchDirectory) throws -> String {
    let folder = scratch.path + "/wal"
    try ExternalProgram.run("/bin/mkdir", ["-p", folder])
    let names = FileTree.entries(of: node + "/pg_wal").filter { $0.utf8.count == 24 }.sorted()
    for name in names.prefix(max(1, names.count / 2)) {
      try ExternalProgram.run("/bin/mv", ["\(node)/pg_wal/\(name)", folder])
    }
    return folder
  }

  @Test(arguments: LabeledRejoin.archives)
  func itSaysWhatAnArchiveSays(archive: String) async throws {
    let scratch = ScratchDirectory()
    let one = try LabeledRejoin(archive, in: scratch)
    let folder = try self.archive(of: one.folder + "/old", in: scratch)
    let words = ["rejoin", one.folder + "/old", "--new", one.folder + "/new", "--format", "json"]
    func document(_ more: [String]) async throws -> JSONDocument {
      let outcome = try await runProgram(
        "TMPDIR=\(scratch.path)", [productsDirectory + "/slotscope"] + words + more)
      #expect([0, 1, 2, 3].contains(outcome.status) && outcome.error.isEmpty, "\(outcome)")
      return try JSONDocument(parsing: outcome.output)
    }
    let given = try await document(["--archive", folder])
    let fetched = try await document(["--restore-command", "cp \(folder)/%f %p"])
    for member in ["way", "reason", "lost_transactions", "old_end_lsn"] {
      #expect(fetched[member] == given[member], "\(archive) \(member): \(fetched[member]) \(given[member])")
    }
    for member in ["needed", "possible", "message", "missing_segments", "missing_segments_complete", "open"] {
      #expect(fetched["rewind"][member] == given["rewind"][member], "\(archive) \(member)")
    }
    let (here, there) = (fetched["rewind"]["segments_elsewhere"], given["rewind"]["segments_elsewhere"])
    #expect(here.elements.map { $0["segment"].string } == there.elements.map { $0["segment"].string })
    #expect(here.elements.allSatisfy { $0["path"].isNull })
    #expect(FileTree.entries(of: scratch.path).allSatisfy { !$0.hasPrefix("slotscope-") })
  }

  /// The steps have the command for each segment, the script takes it from the environment: it may hold a secret.
  @Test func theStepsAndTheScriptRunIt() async throws {
    let archives = ScratchDirectory()
    let command = "cp \(archives.path)/wal/%f %p"
    let one = try await StubbedRejoin(
      RejoinScriptTests.rewound, arguments: ["--restore-command", "KEY=\(Self.secret) \(command)"]
    ) { scratch in _ = try archive(of: scratch + "/nodes/old", in: archives) }
    let names = FileTree.entries(of: archives.path + "/wal")
    let text = try await slotscope([
      "rejoin", one.directory, "--new", one.scratch.path + "/new", "--restore-command", command,
    ])
    #expect(text.output.contains("missing; the restore command brings it"), "\(text)")
    #expect(text.output.contains("sh -c 'cp \(archives.path)/wal/\(names.last ?? "") pg_wal/"), "\(text)")
    let script = String(decoding: try FileTree.contents(of: one.script), as: UTF8.self)
    #expect(!script.contains(Self.secret) && script.contains("RESTORE_COMMAND"))
    let refused = try await one.run("check")
    #expect(refused.status == 3 && refused.error.contains("set RESTORE_COMMAND"), "\(refused)")
    let nothing = try await one.run("run", ["RESTORE_COMMAND=false %f"])
    #expect(nothing.status == 3 && nothing.error.contains("the restore command brings no "), "\(nothing)")
    let run = try await one.run("run", ["RESTORE_COMMAND=\(command)"])
    #expect(run.status == 0, "\(run)")
    let brought = FileTree.entries(of: one.directory + "/pg_wal").filter { names.contains($0) }
    #expect(!brought.isEmpty)
    for name in brought {
      #expect(
        try FileTree.contents(of: "\(one.directory)/pg_wal/\(name)")
          == FileTree.contents(of: "\(archives.path)/wal/\(name)"))
    }
    #expect(!FileTree.exists(one.directory + "/pg_wal/xlogtemp.rejoin"))
  }

  private static let secret = "xK9-secret"
}
