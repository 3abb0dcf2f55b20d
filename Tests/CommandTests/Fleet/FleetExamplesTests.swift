import FixtureSupport
import ServerLab
import Testing

/// What the examples for many machines run, run here: the scripts of the jobs, and the line for one machine.
@Suite struct FleetExamplesTests {
  private static let folder = String(Fixtures.directory.dropLast("Fixtures".count)) + "Sources/Packaging/Fleet"

  private static func text(_ name: String) throws -> String {
    String(decoding: try FileTree.contents(of: "\(folder)/\(name)"), as: UTF8.self)
  }

  /// The blocks after `- |`, and what is in brackets after `args:`.
  private static func scripts(_ name: String) throws -> [String] {
    var scripts: [String] = []
    var indent: Int?
    for line in try text(name).split(separator: "\n", omittingEmptySubsequences: false) {
      let blanks = line.prefix { $0 == " " }.count
      if let open = indent, blanks > open {
        scripts[scripts.count - 1] += line.dropFirst(open + 2) + "\n"
        continue
      }
      indent = nil
      if line.hasSuffix("- |") {
        indent = blanks
        scripts.append("")
      } else if let args = line.firstRange(of: "args: [\"") {
        scripts.append(String(line[args.upperBound...].dropLast(2)))
      }
    }
    return scripts
  }

  private static func shell(_ script: String, in folder: String, _ environment: [String] = []) async throws -> Outcome {
    let local = script.replacing("/srv/", with: folder + "/").replacing(" /captures", with: " \(folder)/captures")
      .replacing("/parts/", with: "\(folder)/parts/").replacing("\(folder)\(folder)/", with: folder + "/")
    return try await runProgram(
      "/usr/bin/env", ["PATH=\(productsDirectory):/usr/bin:/bin"] + environment + ["/bin/sh", "-c", local])
  }

  @Test func theScriptsOfTheJobsDoWhatTheySay() async throws {
    let pair = try NodePairCopy()
    let folder = pair.scratch.path
    try pair.shell("mkdir parts")
    let capture = try #require(try Self.scripts("capture-cronjob.yaml").first)
      .replacing("service=prod-rw", with: pair.primary).replacing("service=prod-ro", with: pair.standby)
    let captured = try await Self.shell(capture, in: folder)
    #expect(captured.status == 0 && captured.error.isEmpty, "\(captured)")
    try pair.shell("cp -r captures/prod captures/other; mkdir captures/empty")

    let jobs = try Self.scripts("fleet-job.yaml")
    #expect(jobs.count == 2)
    for index in 0..<4 {
      let part = try await Self.shell(jobs[0], in: folder, ["JOB_COMPLETION_INDEX=\(index)"])
      #expect(part.status == 0, "\(part)")
    }
    let merged = try await Self.shell(jobs[1], in: folder)
    #expect(merged.status == 0 && merged.output.hasPrefix("3 clusters: 1 unknown, 2 "), "\(merged)")

    let readme = try Self.text("README.md")
    let line = try #require(readme.split(separator: "`").first { $0.hasPrefix("seq 16 | xargs") })
    try pair.shell("rm parts/*")
    let xargs = try await Self.shell(String(line) + " || true", in: folder)
    #expect(xargs.error.isEmpty && FileTree.entries(of: folder + "/parts").count == 16, "\(xargs)")
    let again = try await Self.shell(jobs[1], in: folder)
    // Ages differ.
    let heads = [again, merged].map { $0.output.prefix { !$0.isNewline } }
    #expect(again.status == merged.status && heads[0] == heads[1], "\(again)")
  }

  /// The line for GNU parallel as it stands there, with this machine as the only one.
  @Test(.enabled(if: FileTree.exists("/usr/bin/parallel"), "no GNU parallel on this machine"))
  func theLineForParallelMakesTheSameParts() async throws {
    let pair = try NodePairCopy()
    let folder = pair.scratch.path
    try pair.shell("mkdir -p parts captures/prod www; echo : > machines")
    for (node, name) in [(pair.primary, "db1"), (pair.standby, "db2")] {
      #expect(try await slotscope(["capture", node, "-o", "\(folder)/captures/prod/\(name).json"]).status == 0)
    }
    let lines = try Self.text("README.md").split(separator: "\n").filter { $0.hasPrefix("    ") }
      .map { $0.dropFirst(4) }
    let parallel = try #require(lines.first { $0.hasPrefix("parallel ") })
    let ran = try await Self.shell(
      parallel.replacing("sshloginfile machines", with: "sshloginfile \(folder)/machines") + " || true", in: folder,
      ["HOME=\(folder)"])
    #expect(FileTree.entries(of: folder + "/parts").count == 16, "\(ran)")
    let merge = try #require(lines.first { $0.hasPrefix("slotscope merge ") })
    let merged = try await Self.shell(String(merge), in: folder)
    let page = String(decoding: try FileTree.contents(of: folder + "/www/fleet.html"), as: UTF8.self)
    #expect(merged.status == 2 && page.contains("<h1>1 cluster, 1 of them not ready</h1>"), "\(merged)")
  }
}
