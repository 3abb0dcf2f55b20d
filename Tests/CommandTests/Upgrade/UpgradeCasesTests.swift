import FixtureSupport
import ServerLab
import Testing

/// What `upgrade` says of real clusters, beside what their servers and pg_upgrade said.
@Suite struct UpgradeCasesTests {
  /// Those of the repository, and the archives in the folder that SLOTSCOPE_UPGRADES names.
  static let archives: [String] = {
    let folders = [Fixtures.directory + "/upgrade"] + [Environment.value("SLOTSCOPE_UPGRADES")].compactMap { $0 }
    return folders.flatMap { folder in
      FileTree.entries(of: folder).filter { $0.hasSuffix(".tar.xz") }.map { "\(folder)/\($0)" }
    }
  }()

  private struct Case {
    let scratch = ScratchDirectory()
    let folder: String
    let label: JSONDocument
    var version: String { label["version"].string ?? "" }

    init(_ archive: String) throws {
      try ExternalProgram.run("/usr/bin/tar", ["-xJf", archive, "-C", scratch.path])
      let name = archive.split(separator: "/").last.map(String.init) ?? archive
      folder = "\(scratch.path)/\(name.dropLast(".tar.xz".count))"
      label = try JSONDocument(contentsOf: folder + "/label.json")
    }

    /// The new cluster, as far as it is asked: version and settings.
    func newCluster() -> String {
      let new = label["new"]
      var settings = "wal_level = \(new["wal_level"].string ?? "replica")\n"
      settings += "max_replication_slots = \(new["max_replication_slots"].integer ?? 10)\n"
      if let plugins = new["output_plugin_libraries"].string { settings += "output_plugin_libraries = '\(plugins)'\n" }
      if version != "17" { settings += "max_active_replication_origins = \(new["max_origins"].integer ?? 10)\n" }
      let file = scratch.write("PG_VERSION", version + "\n")
      scratch.write("postgresql.conf", settings)
      return String(file.dropLast("/PG_VERSION".count))
    }
  }

  @Test func thereAreSome() { #expect(Self.archives.count >= 5) }

  @Test(arguments: archives)
  func itSaysWhatPgUpgradeSaid(archive: String) async throws {
    let one = try Case(archive)
    let outcome = try await slotscope(
      ["upgrade", one.folder + "/old", "--to", one.version, "--new", one.newCluster(), "--format", "json"])
    #expect(outcome.status <= 2 && outcome.error.isEmpty, "\(outcome)")
    let document = try JSONDocument(parsing: outcome.output)
    let server = one.label["server"]
    #expect(document["slots"].elements.compactMap { $0["slot_name"].string } == one.label["slots"].keys)
    for slot in document["slots"].elements {
      let name = slot["slot_name"].string ?? ""
      if server[name]["invalidation_reason"].string != nil {
        #expect(slot["message"].string == "The slot \"\(name)\" is invalid" && slot["caught_up"].isNull)
      } else {
        #expect(slot["caught_up"].bool == server[name]["has_caught_up"].bool, "\(name): \(slot)")
        #expect(slot["first_unread_lsn"].isNull == (slot["caught_up"].bool == true))
      }
    }
    let check = one.label["pg_upgrade_check"]
    let printed = check["output"].elements.compactMap(\.string)
    #expect(document["passes"].bool == (check["rc"].integer == 0), "\(printed.suffix(4))")
    if let message = document["message"].string {
      #expect(printed.contains(message), "\(message): \(printed.suffix(6))")
    }
    let files = check["files"]
    let lines = files.keys.flatMap { (files[$0].string ?? "").split(separator: "\n").map(String.init) }
    let report = document["checks"].elements.first { $0["passes"].bool == false }?["report"].elements ?? []
    if !lines.isEmpty { #expect(report.compactMap(\.string).sorted() == lines.sorted()) }
  }

  /// An evidence file lists no transaction that was rolled back: it never proves that a slot has read all.
  @Test(arguments: archives)
  func anEvidenceFileProvesNoSlotReady(archive: String) async throws {
    let one = try Case(archive)
    let file = one.scratch.path + "/old.json"
    #expect(try await slotscope(["capture", one.folder + "/old", "-o", file]).status <= 2)
    let outcome = try await slotscope(["upgrade", file, "--to", one.version, "--format", "json"])
    let document = try JSONDocument(parsing: outcome.output)
    for slot in document["slots"].elements {
      #expect(slot["caught_up"].bool != true)
      if slot["caught_up"].bool == false {
        #expect(one.label["server"][slot["slot_name"].string ?? ""]["has_caught_up"].bool == false)
      }
    }
    #expect(document["passes"].bool != true)
  }
}
