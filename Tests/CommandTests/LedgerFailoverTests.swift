import FixtureSupport
import ServerLab
import Testing

/// The ledger against what consumers of real failovers really lost, or held too much.
@Suite struct LedgerFailoverTests {
  /// The lines of a ledger, the last of which has the totals.
  static func ledger(_ arguments: [String]) async throws -> (lines: [JSONDocument], status: Int) {
    let outcome = try await slotscope(["ledger", "--format", "json"] + arguments)
    return (try outcome.output.split(separator: "\n").map { try JSONDocument(parsing: String($0)) }, outcome.status)
  }

  private func sources(_ failover: FailoverFixture) -> [String] {
    ["--primary", failover.folder + "/primary", "--standby", failover.folder + "/standby"]
  }

  /// The rows of the listed transactions that have an effect on a slot's consumer.
  private func rows(_ lines: [JSONDocument], _ slot: String, _ effect: String, certain: Bool) -> Int64 {
    lines.dropLast().filter { line in
      line["consumers"].elements.contains {
        $0["slot_name"].string == slot && $0["effect"].string == effect && (!certain || $0["certain"] == .bool(true))
      }
    }.flatMap { $0["relations"].elements }.reduce(0) { $0 + ($1["inserts"].integer ?? 0) }
  }

  private func check(_ failover: FailoverFixture) async throws {
    let slots = try failover.label()["slots"]
    let positions = slots.keys.flatMap { ["--consumer", "\($0)=\(slots[$0]["client_lsn"].string ?? "")"] }
    let exact = try await Self.ledger(sources(failover) + positions)
    let bounds = try await Self.ledger(sources(failover))
    let end = try #require(exact.lines.last)
    #expect(end["end"] == .bool(true))
    #expect([0, 1, 2, 3].contains(exact.status))
    let isComplete = end["unread"].elements.isEmpty
    #expect((exact.status == 3) == !isComplete)
    for name in slots.keys {
      let truth = slots[name]
      let held = try #require(truth["phantom"].integer)
      #expect(rows(exact.lines, name, "vanished", certain: true) == held, "\(failover) \(name)")
      #expect(rows(bounds.lines, name, "vanished", certain: false) >= held, "\(failover) \(name)")
      #expect(rows(bounds.lines, name, "vanished", certain: true) <= held, "\(failover) \(name)")
      // A slot that could not be read after the promotion has no truth.
      let isPresent = truth["present"] == .bool(true)
      guard truth["error"].isNull, let lost = truth[isPresent ? "lost" : "lost_if_new_slot"].integer else { continue }
      let missed = rows(exact.lines, name, "missed", certain: true)
      // Of three rows written after the promotion, those below the position of a consumer that is past the fork are skipped.
      let afterwards: Int64 = held > 0 && isPresent ? 3 : 0
      if isComplete {
        #expect((missed...missed + afterwards).contains(lost), "\(failover) \(name): \(missed), not \(lost)")
        #expect(rows(bounds.lines, name, "missed", certain: false) >= missed, "\(failover) \(name)")
        #expect(rows(bounds.lines, name, "missed", certain: true) <= missed, "\(failover) \(name)")
      } else {
        // WAL that max_slot_wal_keep_size let go, on both nodes: whose consumers it may concern is said.
        #expect(missed <= lost, "\(failover) \(name)")
        let open = end["unread"].elements.flatMap { $0["slot_names"].elements.compactMap(\.string) }
        #expect(missed == lost || open.contains(name), "\(failover) \(name)")
      }
    }
  }

  @Test(arguments: FailoverFixture.names)
  func listedRowsAreThoseThatConsumersLostOrHadTooMuch(name: String) async throws {
    try await check(try FailoverFixture.unpacked(name))
  }

  @Test(.enabled(if: !FailoverFixture.external.isEmpty), arguments: FailoverFixture.external)
  func soTheyAreElsewhere(failover: FailoverFixture) async throws { try await check(failover) }

  /// The servers were both started again after the fork: what only the old one has is lost.
  @Test(arguments: ["pg13-diverged", "pg15-diverged", "pg17-diverged", "pg19-diverged"])
  func everythingPastAForkIsListed(fixture: String) async throws {
    let folder = try Fixtures.unpacked(fixture)
    let found = try await Self.ledger(["--primary", folder + "/old_primary", "--standby", folder + "/new_primary"])
    let end = try #require(found.lines.last)
    #expect(found.status >= 2 && end["promoted"] == .bool(true))
    let pastFork = found.lines.dropLast().filter { $0["past_fork"] == .bool(true) }
    #expect(!pastFork.isEmpty && end["past_fork"] == .integer(Int64(pastFork.count)))
    let dump = try await slotscope([
      "wal", "records", "-D", folder + "/old_primary", "--timeline", "1", "--rmgr", "Transaction", "--format", "json",
      "--start", try #require(end["fork_lsn"].string),
    ])
    let commits = try dump.output.split(separator: "\n").map { try JSONDocument(parsing: String($0)) }
      .filter { $0["record_type"].string?.hasPrefix("COMMIT") == true && $0["xid"] != .integer(0) }
    #expect(pastFork.map { $0["commit_lsn"].string } == commits.map { $0["start_lsn"].string })
  }

  @Test func aLimitCutsTheListAndNotTheTotals() async throws {
    let failover = try FailoverFixture.unpacked("2019-pg17")
    let all = try await Self.ledger(sources(failover))
    let some = try await Self.ledger(sources(failover) + ["--limit", "1"])
    #expect(all.lines.count > 2 && some.lines.count == 2)
    #expect(some.lines.last?["relations"] == all.lines.last?["relations"])
    #expect(some.lines.last?["listed"] == .integer(1))
  }

  @Test func everyFormatListsTheSame() async throws {
    let failover = try FailoverFixture.unpacked("2019-pg17")
    let lines = try await Self.ledger(sources(failover)).lines.dropLast()
    let table = try await slotscope(["ledger", "--format", "csv"] + sources(failover))
    let rows = table.output.split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
    #expect(rows.map { String($0[2]) } == lines.map { $0["commit_lsn"].string ?? "" })
    let text = try await slotscope(["ledger"] + sources(failover))
    #expect(lines.allSatisfy { text.output.contains($0["commit_lsn"].string ?? "?") })
    #expect(text.status == table.status)
  }

  /// An evidence file lists the transactions of its node too.
  @Test func aPrimaryThatIsGoneIsKnownByItsEvidence() async throws {
    let scratch = ScratchDirectory()
    let failover = try FailoverFixture.unpacked("2019-pg17")
    let file = scratch.path + "/primary.json"
    #expect(try await slotscope(["capture", failover.folder + "/primary", "-o", file]).status == 0)
    let known = try await Self.ledger(["--primary", file, "--standby", failover.folder + "/standby"])
    let read = try await Self.ledger(sources(failover))
    #expect(known.status == read.status)
    #expect(known.lines.last?["relations"] == read.lines.last?["relations"])
    #expect(known.lines.last?["consumers"] == read.lines.last?["consumers"])
  }

  @Test(arguments: [
    [], ["--primary", "p"], ["--from", "0/2", "--to", "0/1", "d"], ["--from", "x", "d"],
    ["--slot", "a", "--from", "0/1", "d"], ["--primary", "p", "--standby", "s", "--consumer", "a"],
    ["--primary", "p", "--standby", "s", "--from", "0/1"], ["--consumer", "b=0/1", "--slot", "a", "d"],
    ["--consumer", "a=0/1", "d"],
  ])
  func aWrongCommandLineEndsWithSixtyFour(arguments: [String]) async throws {
    let outcome = try await slotscope(["ledger"] + arguments)
    #expect(outcome.status == 64 && outcome.output.isEmpty, "\(outcome)")
  }
}
