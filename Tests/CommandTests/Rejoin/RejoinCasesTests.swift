import FixtureSupport
import ServerLab
import Testing

/// What `rejoin` says of real old primaries, beside what happened to them.
@Suite struct RejoinCasesTests {
  @Test func thereAreSome() { #expect(LabeledRejoin.archives.count >= 10) }

  @Test(arguments: LabeledRejoin.archives)
  func itSaysWhatHappened(archive: String) async throws {
    let scratch = ScratchDirectory()
    let one = try LabeledRejoin(archive, in: scratch)
    let outcome = try await slotscope(one.arguments + ["--format", "json"])
    #expect([0, 1, 2, 3].contains(outcome.status) && outcome.error.isEmpty, "\(outcome)")
    let document = try JSONDocument(parsing: outcome.output)
    #expect(one.wrongs(document) == [], "\(archive): \(document["way"]) \(document["reason"])")
    #expect(document["way"].string != "open", "\(archive): \(document["reason"])")
    #expect((outcome.status == 3) == (document["way"].string == "open"))
    // Nothing that is to be typed for a way that is not known; else something.
    #expect(document["steps"].elements.isEmpty == (document["way"].string == "open"))
  }

  /// Of evidence files the answer is the same, or open.
  @Test(arguments: LabeledRejoin.archives)
  func evidenceFilesAreNeverWrong(archive: String) async throws {
    let scratch = ScratchDirectory()
    let one = try LabeledRejoin(archive, in: scratch)
    for node in ["old", "new"] {
      let outcome = try await slotscope(["capture", "\(one.folder)/\(node)", "-o", "\(scratch.path)/\(node).json"])
      #expect(outcome.status <= 2, "\(outcome)")
    }
    let outcome = try await slotscope(
      ["rejoin", "\(scratch.path)/old.json", "--new", "\(scratch.path)/new.json", "--format", "json"])
    let document = try JSONDocument(parsing: outcome.output)
    let wrongs = one.wrongs(document).filter {
      !$0.hasPrefix("missing") && !$0.hasPrefix("message") && !$0.hasPrefix("line")
    }
    #expect(wrongs == [], "\(archive): \(document["reason"])")
  }

  /// The new primary is gone but for its history: nothing is promised that its WAL would have to prove.
  @Test(arguments: LabeledRejoin.archives)
  func aHistoryAloneProvesNoWayBack(archive: String) async throws {
    let scratch = ScratchDirectory()
    let one = try LabeledRejoin(archive, in: scratch)
    let histories = FileTree.entries(of: one.folder + "/new/pg_wal").filter { $0.hasSuffix(".history") }
    let newest = try #require(histories.last)
    let outcome = try await slotscope(
      ["rejoin", one.folder + "/old", "--new", "\(one.folder)/new/pg_wal/\(newest)", "--format", "json"])
    let document = try JSONDocument(parsing: outcome.output)
    #expect(["open", "rebuild"].contains(document["way"].string), "\(document["way"])")
    #expect(document["rewind"]["possible"].bool != true)
    if let fork = one.label["fork"]["lsn"].string { #expect(!document["fork"].isNull, "\(fork)") }
  }

  /// Any one segment gone: reading ends, goes on behind the gap, and never counts a transaction twice.
  @Test(
    .timeLimit(.minutes(5)),
    arguments: LabeledRejoin.archives.filter { $0.contains("lost-tail") || $0.contains("wrote-after-5004") })
  func aMissingSegmentIsPassedOver(archive: String) async throws {
    let scratch = ScratchDirectory()
    let one = try LabeledRejoin(archive, in: scratch)
    let commits = try #require(one.label["commits_after_fork"].integer)
    var counted: Set<Int> = []
    for (node, other) in [("old", "new"), ("new", "old")] {
      let folder = "\(one.folder)/\(node)/pg_wal"
      let names = FileTree.entries(of: folder).filter { $0.count == 24 }.sorted()
      // Nothing tells that a last segment is gone: the server, too, takes what is left for all.
      for name in names where name != names.last || node == "new" {
        try ExternalProgram.run("/bin/mv", ["\(folder)/\(name)", scratch.path])
        let outcome = try await slotscope(
          ["rejoin", "\(one.folder)/\(node)", "--new", "\(one.folder)/\(other)", "--format", "json"])
        #expect([0, 1, 2, 3].contains(outcome.status) && outcome.error.isEmpty, "\(name): \(outcome)")
        if node == "old" {
          let document = try JSONDocument(parsing: outcome.output)
          let exactly = document["lost_transactions"].integer
          let atLeast = exactly ?? document["lost_transactions_at_least"].integer ?? 0
          #expect(exactly == nil || exactly == commits, "\(name): \(exactly ?? 0) of \(commits)")
          #expect(atLeast <= commits, "\(name): \(atLeast) of \(commits)")
          counted.insert(Int(atLeast))
        }
        try ExternalProgram.run("/bin/mv", ["\(scratch.path)/\(name)", folder])
      }
    }
    #expect(counted.isEmpty || counted.contains { $0 > 0 }, "\(counted)")
  }
}
