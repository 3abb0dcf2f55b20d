import FixtureSupport
import PostgresFormat
import ServerLab
import Testing

/// Whatever a `ready` rests on is damaged or taken away: none of it may leave the slot `ready`.
///
/// By chance, but from a seed that the failure names.
@Suite struct AuditDamageTests {
  private static let failovers = ["2034-pg16", "1114-pg17", "2014-pg18"]

  private struct Slot {
    var name: String
    var restart: LSN
  }

  /// What the audit says; a directory that is none ends it with 3 and no document.
  private func audit(_ folder: String) async throws -> JSONDocument {
    let outcome = try await AuditFailoverTests.slotscope([
      "audit", "--primary", folder + "/primary", "--standby", folder + "/standby", "--format", "json",
    ])
    if outcome.output.isEmpty {
      #expect(outcome.status == 3)
      return .null
    }
    #expect((0...3).contains(outcome.status))
    return try JSONDocument(parsing: outcome.output)
  }

  private func expectNotReady(_ slots: [String], in folder: String, _ what: String) async throws {
    let document = try await audit(folder)
    #expect(document["verdict"].string != "ready", "\(what)")
    let verdicts = AuditFailoverTests.verdicts(document)
    for slot in slots { #expect(verdicts[slot] != "ready", "\(slot): \(what)") }
  }

  /// The slots that are ready before anything is damaged, with their copies' restart_lsn.
  private func readySlots(_ document: JSONDocument) -> [Slot] {
    document["slots"].elements.compactMap { slot in
      guard slot["slot_type"].string == "logical", slot["verdict"].string == "ready",
        let name = slot["slot_name"].string,
        let restart = slot["standby"]["restart_lsn"]["at_least"].string.flatMap({ LSN($0) })
      else { return nil }
      return Slot(name: name, restart: restart)
    }
  }

  /// Damages a file in several ways, each time from its whole state.
  private func damage(
    _ path: String, checked length: Int, in folder: String, of slots: [String], by chance: inout SplitMix
  ) async throws {
    let file = folder + "/" + path
    let bytes = try FileTree.contents(of: file)
    var changed: [(what: String, bytes: [UInt8])] = [("empty", [])]
    let cut = Int.random(in: 1..<length, using: &chance)
    changed.append(("cut to \(cut)", Array(bytes.prefix(cut))))
    let (offset, bit) = (Int.random(in: 0..<length, using: &chance), Int.random(in: 0..<8, using: &chance))
    var flipped = bytes
    flipped[offset] ^= 1 << UInt8(bit)
    changed.append(("bit \(bit) of byte \(offset)", flipped))
    for (what, bytes) in changed {
      try FileTree.change(file) { $0 = bytes }
      try await expectNotReady(slots, in: folder, "\(path): \(what)")
    }
    try FileTree.change(file) { $0 = bytes }
    try await without(path, in: folder, of: slots)
  }

  /// Takes a file or folder away and brings it back.
  private func without(_ path: String, in folder: String, of slots: [String]) async throws {
    try ExternalProgram.run("/usr/bin/mv", ["\(folder)/\(path)", "\(folder)/gone"])
    try await expectNotReady(slots, in: folder, "without \(path)")
    try ExternalProgram.run("/usr/bin/mv", ["\(folder)/gone", "\(folder)/\(path)"])
  }

  @Test(arguments: failovers)
  func filesThatAVerdictRestsOn(name: String) async throws {
    let scratch = ScratchDirectory()
    let folder = try FailoverFixture.unpacked(name, in: scratch).folder
    let slots = readySlots(try await audit(folder))
    #expect(!slots.isEmpty)
    let names = slots.map(\.name)
    var chance = SplitMix(state: 4)
    for node in ["primary", "standby"] {
      // The control file's checksum stands within its first 300 bytes; after it there are zeros.
      try await damage("\(node)/global/pg_control", checked: 200, in: folder, of: names, by: &chance)
      for slot in names {
        try await damage("\(node)/pg_replslot/\(slot)/state", checked: 180, in: folder, of: [slot], by: &chance)
      }
      try await without("\(node)/pg_replslot", in: folder, of: names)
      try await without("\(node)/pg_wal", in: folder, of: names)
      try await without("\(node)/PG_VERSION", in: folder, of: names)
    }
    try await without("standby/standby.signal", in: folder, of: names)
    #expect(readySlots(try await audit(folder)).map(\.name) == names, "all is back")
  }

  /// The records from `start` up to the last commit. What is lost after that one has nothing that a consumer needs.
  private func recordsUpToTheLastCommit(_ node: String, from start: LSN) async throws -> [LSN] {
    let outcome = try await AuditFailoverTests.slotscope([
      "wal", "records", "-D", node, "--start", "\(start)", "--format", "json",
    ])
    let records = try outcome.output.split(separator: "\n").map { try JSONDocument(parsing: String($0)) }
    let last = try #require(records.lastIndex { $0["record_type"].string == "COMMIT" })
    return records[...last].compactMap { $0["start_lsn"].string.flatMap { LSN($0) } }
  }

  @Test(arguments: failovers)
  func walThatACopyDecodes(name: String) async throws {
    let scratch = ScratchDirectory()
    let folder = try FailoverFixture.unpacked(name, in: scratch).folder
    let document = try await audit(folder)
    let size: UInt64 = 1 << 20
    var chance = SplitMix(state: 5)
    let slots = readySlots(document)
    #expect(!slots.isEmpty)
    for slot in slots {
      let records = try await recordsUpToTheLastCommit(folder + "/standby", from: slot.restart)
      for _ in 0..<6 {
        let record = try #require(records.randomElement(using: &chance)).rawValue
        let at = record + UInt64.random(in: 0..<24, using: &chance)
        let timeline = document["nodes"]["standby"]["timeline_id"]
        let file = "\(folder)/standby/pg_wal/\(segment(of: at, size: size, timeline: timeline))"
        let bytes = try FileTree.contents(of: file)
        let range = Int(at % size)..<Int(min(at % size + 64, size))
        try FileTree.change(file) { for index in range { $0[index] = 0 } }
        try await expectNotReady([slot.name], in: folder, "64 bytes from \(LSN(at)) on")
        try FileTree.change(file) { $0 = bytes }
      }
    }
  }

  private func segment(of position: UInt64, size: UInt64, timeline: JSONDocument) -> String {
    func hex(_ value: UInt64) -> String {
      let digits = String(value, radix: 16, uppercase: true)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }
    guard case .integer(let timeline) = timeline else { return "" }
    let (number, perFile) = (position / size, (1 << 32) / size)
    return hex(UInt64(timeline)) + hex(number / perFile) + hex(number % perFile)
  }
}
