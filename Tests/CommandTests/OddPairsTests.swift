import FixtureSupport
import PostgresFormat
import ServerLab
import Testing

/// Pairs of sources that an operator may give by mistake, or has to give: audit, ledger and plan start from one answer.
@Suite struct OddPairsTests {
  /// Two sources made from a real failover, and the rule that refuses them; nil where they may be compared.
  struct OddPair: Sendable, CustomStringConvertible {
    var description: String
    var refusedBy: String?
    var make: @Sendable (Workshop) async throws -> (primary: String, standby: String)

    init(
      _ description: String, _ refusedBy: String?,
      _ make: @escaping @Sendable (Workshop) async throws -> (primary: String, standby: String)
    ) {
      (self.description, self.refusedBy, self.make) = (description, refusedBy, make)
    }
  }

  /// A failover's two directories, and what is done to them.
  struct Workshop: Sendable {
    let scratch = ScratchDirectory()
    let primary: String
    let standby: String

    init() throws {
      let folder = try FailoverFixture.unpacked("2034-pg16", in: scratch).folder
      (primary, standby) = (folder + "/primary", folder + "/standby")
    }

    func copy(_ directory: String, _ name: String) throws -> String {
      try ExternalProgram.run("/usr/bin/cp", ["-a", directory, "\(scratch.path)/\(name)"])
      return "\(scratch.path)/\(name)"
    }

    func write(_ path: String, _ text: String = "") throws {
      scratch.write(String(path.dropFirst(scratch.path.utf8.count + 1)), text)
    }

    func remove(_ path: String) throws { try ExternalProgram.run("/usr/bin/rm", ["-r", path]) }

    func capture(_ directory: String, _ name: String) async throws -> String {
      let file = "\(scratch.path)/\(name).json"
      #expect(try await AuditFailoverTests.slotscope(["capture", directory, "-o", file]).status == 0)
      return file
    }

    func changeControl(of directory: String, _ range: Range<Int>, to value: [UInt8], checksum: Bool) throws {
      try FileTree.change(directory + "/global/pg_control") { bytes in
        bytes.replaceSubrange(range, with: value)
        guard checksum else { return }
        // SAFETY: the array's elements are plain bytes.
        let sum = unsafe CRC32C.checksum(bytes.span.bytes.extracting(0..<288))
        bytes.replaceSubrange(288..<292, with: WALBuilder.little(sum))
      }
    }
  }

  static let pairs: [OddPair] = [
    OddPair("as they are", nil) { ($0.primary, $0.standby) },
    OddPair("a standby and its copy", "A03") { ($0.standby, try $0.copy($0.standby, "copy")) },
    OddPair("a primary and its copy", "A03") { ($0.primary, try $0.copy($0.primary, "copy")) },
    OddPair("the primary twice", "A03") { ($0.primary, $0.primary + "/") },
    OddPair("the standby twice", "A03") { ($0.standby, $0.standby) },
    OddPair("standby.signal was put into the killed primary for its rejoin", nil) {
      try $0.write($0.primary + "/standby.signal")
      return ($0.primary, $0.standby)
    },
    OddPair("recovery.signal was put into the killed primary", nil) {
      try $0.write($0.primary + "/recovery.signal")
      return ($0.primary, $0.standby)
    },
    OddPair("the killed primary with a standby.signal twice", "A03") {
      try $0.write($0.primary + "/standby.signal")
      return ($0.primary, $0.primary)
    },
    OddPair("a base backup as primary", "A03") {
      let copy = try $0.copy($0.primary, "backup")
      try $0.write(copy + "/standby.signal")
      try $0.write(copy + "/backup_label", "START WAL LOCATION: 0/1000028 (file 000000010000000000000001)\n")
      return (copy, $0.standby)
    },
    OddPair("no signal file", "A03") {
      try $0.remove($0.standby + "/standby.signal")
      return ($0.primary, $0.standby)
    },
    OddPair("recovery.signal instead of standby.signal", "A03") {
      try $0.remove($0.standby + "/standby.signal")
      try $0.write($0.standby + "/recovery.signal")
      return ($0.primary, $0.standby)
    },
    OddPair("histories of one timeline that differ", "A02") {
      try $0.write($0.primary + "/pg_wal/00000002.history", "1\t0/1000000\tx\n")
      try $0.write($0.standby + "/pg_wal/00000002.history", "1\t0/1100000\tx\n")
      return ($0.primary, $0.standby)
    },
    OddPair("the old primary as standby of the one that was promoted", "A02") {
      let folder = try Fixtures.unpacked("pg17-diverged")
      let old = try $0.copy(folder + "/old_primary", "old")
      try $0.write(old + "/standby.signal")
      return (folder + "/new_primary", old)
    },
    OddPair("the two ends of a promotion swapped", "A03") { _ in
      let folder = try Fixtures.unpacked("pg17-diverged")
      return (folder + "/new_primary", folder + "/old_primary")
    },
    OddPair("a standby of another cluster", "A01") {
      ($0.primary, try FailoverFixture.unpacked("2003-pg17", in: $0.scratch).folder + "/standby")
    },
    OddPair("the primary of another major version", "A01") {
      (try FailoverFixture.unpacked("2014-pg18", in: $0.scratch).folder + "/primary", $0.standby)
    },
    OddPair("no control file at the primary", "A04") {
      try $0.remove($0.primary + "/global/pg_control")
      return ($0.primary, $0.standby)
    },
    OddPair("no control file at the standby", "A04") {
      try $0.remove($0.standby + "/global/pg_control")
      return ($0.primary, $0.standby)
    },
    OddPair("a damaged control file at the primary", "A04") {
      try $0.changeControl(of: $0.primary, 40..<41, to: [0xEE], checksum: false)
      return ($0.primary, $0.standby)
    },
    OddPair("a control file cut short at the standby", "A04") {
      try FileTree.change($0.standby + "/global/pg_control") { $0 = Array($0.prefix(100)) }
      return ($0.primary, $0.standby)
    },
    OddPair("a catalog version of no known release at the primary", "A04") {
      try $0.changeControl(of: $0.primary, 12..<16, to: WALBuilder.little(UInt32(202_701_011)), checksum: true)
      return ($0.primary, $0.standby)
    },
    OddPair("a catalog version of no known release at the standby", "A04") {
      try $0.changeControl(of: $0.standby, 12..<16, to: WALBuilder.little(UInt32(202_701_011)), checksum: true)
      return ($0.primary, $0.standby)
    },
    OddPair("no WAL at the standby", "A04") {
      try $0.remove($0.standby + "/pg_wal")
      return ($0.primary, $0.standby)
    },
    OddPair("no slots folder at the primary", "A04") {
      try $0.remove($0.primary + "/pg_replslot")
      return ($0.primary, $0.standby)
    },
    OddPair("evidence of the primary beside the standby's directory", nil) {
      (try await $0.capture($0.primary, "primary"), $0.standby)
    },
    OddPair("evidence of both", nil) {
      (try await $0.capture($0.primary, "primary"), try await $0.capture($0.standby, "standby"))
    },
    OddPair("evidence of the standby as primary", "A03") {
      (try await $0.capture($0.standby, "standby"), try $0.copy($0.standby, "copy"))
    },
  ]

  @Test(arguments: pairs)
  func everyCommandStartsFromTheSameAnswer(_ pair: OddPair) async throws {
    let workshop = try Workshop()
    let (primary, standby) = try await pair.make(workshop)
    let sources = ["--primary", primary, "--standby", standby, "--assume", "primary-down"]
    // Who is who, status finds out itself; the answer is the same.
    let outcomes = try await slotscope(each: [
      ["audit", "--format", "json"] + sources, ["ledger"] + sources, ["plan"] + sources,
      ["status", "--node", primary, "--node", standby, "--assume", "primary-down", "--format", "json"],
    ])
    let (audit, ledger, plan, status) = (outcomes[0], outcomes[1], outcomes[2], outcomes[3])
    let document = try JSONDocument(parsing: audit.output)
    let answer = try JSONDocument(parsing: status.output)["verdict"].string
    #expect(status.status == audit.status && answer == document["verdict"].string, "\(status.output)")
    guard let id = pair.refusedBy else {
      #expect(audit.status == 0 && document["verdict"].string == "ready", "\(document)")
      #expect(ledger.status < 3 && plan.status == 0, "\(ledger.error) \(plan.error)")
      return
    }
    #expect(audit.status == 3 && document["verdict"].string == "unknown")
    let finding = try #require(document["findings"].elements.first { $0["severity"].string == "error" })
    #expect(finding["id"].string == id)
    let message = try #require(finding["message"].string)
    for (command, outcome) in [("ledger", ledger), ("plan", plan)] {
      #expect(outcome.status == 3 && outcome.output.isEmpty, "\(command) \(outcome.status)")
      #expect(
        outcome.error.contains("no \(command): \(message)") && outcome.error.contains("[\(id)]"), "\(outcome.error)")
    }
  }

  /// What one slot's consumer is off by is not known: no command says that nothing is.
  @Test func aSlotThatCannotBeRead() async throws {
    let workshop = try Workshop()
    try workshop.write(workshop.primary + "/pg_replslot/c0/state", "damaged")
    for command in ["audit", "ledger"] {
      let outcome = try await AuditFailoverTests.slotscope([
        command, "--primary", workshop.primary, "--standby", workshop.standby, "--assume", "primary-down",
      ])
      #expect(outcome.status == 3, "\(command): \(outcome.output)")
      #expect((outcome.output + outcome.error).contains("pg_replslot/c0/state"), "\(command): \(outcome.error)")
    }
  }

  /// Nodes in each other's places are said to be that.
  @Test func swapped() async throws {
    let workshop = try Workshop()
    for command in ["audit", "ledger", "plan"] {
      let outcome = try await AuditFailoverTests.slotscope([
        command, "--primary", workshop.standby, "--standby", workshop.primary,
      ])
      #expect(outcome.status == 3 && outcome.error.contains("the nodes are swapped"), "\(command): \(outcome.error)")
    }
  }

  /// What is not a source at all, no command takes for one.
  @Test func noSources() async throws {
    let workshop = try Workshop()
    let damaged = workshop.scratch.write("damaged.json", "{}")
    for primary in ["/nowhere", workshop.scratch.path, damaged] {
      for command in ["audit", "ledger", "plan"] {
        let outcome = try await AuditFailoverTests.slotscope([
          command, "--primary", primary, "--standby", workshop.standby,
        ])
        #expect(outcome.status == 3 && outcome.output.isEmpty, "\(command) \(primary)")
      }
    }
  }
}
