import FixtureSupport
import PostgresFormat
import ServerLab
import Testing

/// Where `wal` begins and ends when it is told to, by position, segment or time; and how it passes over damage.
@Suite struct WalRangeTests {
  private func lines(_ outcome: Outcome) -> [UInt64] {
    outcome.output.split(separator: "\n").compactMap { WALDumpLine(String($0))?.lsn }
  }

  private func dump(_ node: FixtureNode) throws -> [WALDumpLine] {
    try #require(try node.walDump(timeline: "00000001")).compactMap(WALDumpLine.init)
  }

  /// The times of commits and aborts as the servers' own tool prints them: `2026-11-21 10:00:28.313671 UTC`.
  private func ends(_ dump: [WALDumpLine]) throws -> [(index: Int, time: Timestamp)] {
    let kinds = ["COMMIT", "ABORT", "COMMIT_PREPARED", "ABORT_PREPARED"]
    return try dump.indices.filter { dump[$0].manager == "Transaction" && kinds.contains(dump[$0].type) }.map { index in
      let line = dump[index]
      let words = line.details.split { " ;".contains($0) }
      // Of a prepared transaction the identifier comes first.
      let begin = try #require(words.firstIndex { $0.contains("-") && $0.first?.isNumber == true })
      return (index, try #require(Timestamp("\(words[begin]) \(words[begin + 1])")))
    }
  }

  @Test(arguments: ["pg9.6-crash", "pg13-crash", "pg17-crash", "pg19-crash"])
  func timesAreThoseOfTheTransactionsEnds(fixture: String) async throws {
    let node = try Fixtures.node(fixture, "data")
    let dump = try dump(node)
    let ends = try ends(dump)
    #expect(ends.count > 20)
    for pick in [3, ends.count / 2, ends.count - 2] {
      let time = ends[pick].time
      let base = ["-D", node.path, "--timeline", "1"]
      func limit(_ offset: Int64) -> Timestamp { Timestamp(unixMicroseconds: time.unixMicroseconds + offset) }
      // A transaction that ended exactly then is within both bounds; a microsecond farther in, it is not.
      for limit in [limit(0), limit(1)] {
        let first = try #require(ends.first { $0.time >= limit }?.index)
        let begun = try await slotscope(["wal", "records"] + base + ["--start", limit.description])
        #expect(lines(begun) == dump[first...].map(\.lsn), "\(fixture) from \(limit)")
      }
      for limit in [limit(-1), limit(0)] {
        let last = ends.first { $0.time > limit }?.index ?? dump.endIndex
        let ended = try await slotscope(["wal", "records"] + base + ["--end", limit.description])
        #expect(lines(ended) == dump[..<last].map(\.lsn), "\(fixture) to \(limit)")
        // Where recovery to that time stops: after the record before the first transaction that ended later.
        let end = try await slotscope(
          ["wal", "end", "--format", "json"] + base + [
            "--start", LSN(dump[0].lsn).description, "--end", limit.description,
          ])
        let document = try JSONDocument(parsing: end.output)
        #expect(document["last_record_lsn"].string.flatMap { LSN($0) }?.rawValue == dump[..<last].last?.lsn)
      }
    }
  }

  @Test func aTimeThatNoTransactionReachesIsAnError() async throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let outcome = try await slotscope(["wal", "stats", "-D", node.path, "--start", "2999-01-01"])
    #expect(outcome.status == 3 && outcome.output.isEmpty)
    #expect(outcome.error.contains("no transaction that ended at 2999-01-01T00:00:00Z or later"))
  }

  @Test func segmentsAreWholeRanges() async throws {
    let node = try Fixtures.node("pg17-crash", "data")
    let all = try dump(node).map(\.lsn)
    let (first, last) = (UInt64(8 << 20), UInt64(11 << 20))
    let outcome = try await slotscope(
      ["wal", "records", "-D", node.path, "-s", "000000010000000000000008", "-e", "00000001000000000000000A"])
    let found = lines(outcome)
    #expect(found.first == all.first { $0 >= first })
    // The last one that ends in the segment; one that goes on after it is left out.
    let begun = all.filter { $0 >= first && $0 < last }
    #expect(found == begun || found == begun.dropLast())
  }

  @Test(arguments: [
    ["-s", "0/G"], ["-e", "yesterday"], ["-s", "0/2", "-e", "0/1"], ["-s", "0000000100000000FFFFFFFF"],
    ["-s", "00000001000000000000000A", "-e", "000000010000000000000008"], ["-j", "0"],
  ])
  func aWrongRangeEndsWithSixtyFour(arguments: [String]) async throws {
    let node = try Fixtures.node("pg17-crash", "data")
    for command in ["records", "stats", "end"] {
      let outcome = try await slotscope(["wal", command, "-D", node.path] + arguments)
      #expect(outcome.status == 64 && outcome.output.isEmpty, "\(command)")
    }
  }

  /// A copy of the fixture's segments, damaged in two places.
  private func damaged() throws -> (ScratchDirectory, FixtureNode) {
    let node = try Fixtures.node("pg17-crash", "data")
    let scratch = ScratchDirectory()
    for name in FileTree.entries(of: node.path + "/pg_wal") where SegmentName(name.utf8) != nil {
      scratch.write(name, try FileTree.contents(of: "\(node.path)/pg_wal/\(name)"))
    }
    for (name, place) in [("000000010000000000000008", 300_000), ("00000001000000000000000B", 700_000)] {
      try FileTree.change("\(scratch.path)/\(name)") { bytes in
        for index in place..<place + 30_000 { bytes[index] = 0xEE }
      }
    }
    return (scratch, node)
  }

  @Test func damageEndsTheReadingAndTellsWhereItGoesOn() async throws {
    let (scratch, _) = try damaged()
    for command in ["records", "stats"] {
      let outcome = try await slotscope(["wal", command, scratch.path])
      #expect(outcome.status == 2)
      #expect(outcome.error.contains("slotscope: detail: Valid WAL follows at 0/0085"))
      #expect(outcome.error.contains("--salvage"))
    }
  }

  @Test func aMissingSegmentIsToldWithWhatFollowsIt() async throws {
    let (scratch, _) = try damaged()
    try ExternalProgram.run("/bin/rm", ["\(scratch.path)/000000010000000000000007"])
    let outcome = try await slotscope(["wal", "stats", scratch.path])
    #expect(outcome.status == 1 && outcome.error.contains("Valid WAL follows at 0/0080"))
  }

  @Test func salvageGoesToTheEndBehindAllDamage() async throws {
    let (scratch, node) = try damaged()
    let whole = try await slotscope(["wal", "end", "-D", node.path, "--format", "json"])
    let broken = try await slotscope(["wal", "end", scratch.path, "--start", "0/500000", "--format", "json"])
    #expect(broken.status == 2)
    let salvaged = try await slotscope([
      "wal", "end", scratch.path, "--start", "0/500000", "--salvage", "--format", "json",
    ])
    #expect(salvaged.status == 2)
    let document = try JSONDocument(parsing: salvaged.output)
    #expect(document["damages"].elements.count == 2)
    #expect(document["end_lsn"] == (try JSONDocument(parsing: whole.output))["end_lsn"])
    #expect(document["end_lsn"] != (try JSONDocument(parsing: broken.output))["end_lsn"])
    let text = try await slotscope(["wal", "end", scratch.path, "--start", "0/500000", "--salvage"])
    #expect(text.output.split(separator: "\n").count { $0.contains("passed over") } == 2)
  }

  /// The limit counts over all parts between the damage.
  @Test(arguments: [1, 50, 7000])
  func aLimitCountsBeyondDamage(limit: Int) async throws {
    let (scratch, node) = try damaged()
    let all = try await slotscope(["wal", "records", scratch.path, "--salvage"])
    let outcome = try await slotscope(["wal", "records", scratch.path, "--salvage", "-n", String(limit)])
    #expect(lines(outcome) == Array(lines(all).prefix(limit)))
    // A filter that passes few before the damage.
    let few = ["--rmgr", "Standby", "--salvage"]
    let standby = try await slotscope(["wal", "records", scratch.path] + few)
    let cut = try await slotscope(["wal", "records", scratch.path, "-n", "12"] + few)
    #expect(lines(standby).count > 12 && lines(cut) == Array(lines(standby).prefix(12)))
    _ = node
  }
}
