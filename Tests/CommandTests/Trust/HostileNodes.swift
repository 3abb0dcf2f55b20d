import FixtureSupport

@testable import PostgresFormat

/// Directories of real servers in which every name is one that somebody forged.
///
/// Each place has a mark of its own in front of the hostile text, so that a test sees which of them reached an output.
struct HostileNodes {
  /// What follows the mark.
  let payload: [UInt8]
  let scratch = ScratchDirectory()
  private(set) var marks: [String] = []

  var pair: (primary: String, standby: String) { (scratch.path + "/primary", scratch.path + "/standby") }
  var subscriber: String { scratch.path + "/subscriber" }
  var catalogs: String { scratch.path + "/catalogs" }
  var crash: String { scratch.path + "/crash" }
  var timelines: String { scratch.path + "/timelines" }
  /// Segments with records that hold names.
  var walFolder: String { scratch.path + "/wal" }

  init(_ payload: [UInt8]) throws {
    self.payload = payload
    for (fixture, node, name) in [
      ("pg17-pair", "primary", "primary"), ("pg17-pair", "standby", "standby"),
      ("pg17-pubsub", "subscriber", "subscriber"), ("pg17-catalogs", "data", "catalogs"),
      ("pg17-crash", "data", "crash"), ("pg17-timelines", "data", "timelines"),
    ] {
      try ExternalProgram.run("/bin/cp", ["-a", "\(Fixtures.unpacked(fixture))/\(node)", "\(scratch.path)/\(name)"])
    }
    try forgeSlots()
    try forgeCatalogs()
    try forgeTexts()
    try forgeFileNames()
    forgeRecords()
  }

  /// A hostile name for a place, of so many bytes at most, which is so many bytes long where `isExact`.
  private mutating func name(_ mark: String, _ length: Int, isExact: Bool = false) -> [UInt8] {
    marks.append(mark)
    let bytes = Array((Array(mark.utf8) + payload).prefix(length))
    return isExact ? bytes + [UInt8](repeating: 0x78, count: length - bytes.count) : bytes
  }

  /// The 64 bytes of a `NameData`.
  private mutating func nameData(_ mark: String) -> [UInt8] {
    let bytes = name(mark, 63)
    return bytes + [UInt8](repeating: 0, count: 64 - bytes.count)
  }

  private mutating func forgeSlots() throws {
    for (node, mark) in [("primary", "p"), ("standby", "s")] {
      let slots = "\(scratch.path)/\(node)/pg_replslot"
      let state = try FileTree.contents(of: slots + "/cdc_a/state")
      let layout = try requireLayout(SlotState.structure.layout(for: .v17))
      func forged(_ field: String, _ bytes: [UInt8]) throws -> [UInt8] {
        var copy = state
        let place = SlotState.headerLength + (layout.place(named: field)?.offset ?? 0)
        copy.replaceSubrange(place..<place + 64, with: bytes)
        let checksum = CRC32C.checksum(copy.span.bytes.extracting(8..<SlotState.headerLength + layout.size))
        copy.replaceSubrange(4..<8, with: WALBuilder.little(checksum))
        return copy
      }
      let folder = String(decoding: name("z\(mark)folder", 200).filter { $0 != 0x2F }, as: UTF8.self)
      if payload.allSatisfy({ $0 < 0xF5 && $0 != 0xC0 }) {
        scratch.write("\(node)/pg_replslot/\(folder)/state", state)
      } else {
        marks.removeLast()
      }
      scratch.write("\(node)/pg_replslot/forged_name/state", try forged("name", nameData("z\(mark)slot")))
      scratch.write("\(node)/pg_replslot/forged_plugin/state", try forged("plugin", nameData("z\(mark)plugin")))
    }
  }

  private func requireLayout(_ layout: CLayout?) throws -> CLayout {
    guard let layout else { throw FixtureError("no layout") }
    return layout
  }

  /// Replaces a `NameData` wherever it stands in a file.
  private func replace(_ old: String, with new: [UInt8], in path: String, isNameData: Bool = true) throws {
    var old = Array(old.utf8)
    if isNameData { old += [UInt8](repeating: 0, count: 64 - old.count) }
    var count = 0
    try FileTree.change("\(scratch.path)/\(path)") { bytes in
      var place = 0
      while place + old.count <= bytes.count {
        if bytes[place] == old[0], bytes[place..<place + old.count].elementsEqual(old) {
          bytes.replaceSubrange(place..<place + old.count, with: new)
          count += 1
        }
        place += 1
      }
    }
    guard count > 0 else { throw FixtureError("\(path) does not have the name that is to be replaced") }
  }

  private mutating func forgeCatalogs() throws {
    try replace("postgres", with: nameData("zdatabase"), in: "primary/global/1262")
    try replace("pg_global", with: nameData("ztablespace"), in: "primary/global/1213")
    marks.removeLast()  // No command shows the names of tablespaces.
    try replace("sub_one", with: nameData("zsubscription"), in: "subscriber/global/6100")
    try replace("pg_16395", with: name("zorig", 8, isExact: true), in: "subscriber/global/6000", isNameData: false)
  }

  /// Text files, with the hostile text as far as their grammar lets it in.
  private mutating func forgeTexts() throws {
    func append(_ bytes: [UInt8], to path: String) throws {
      try FileTree.change("\(scratch.path)/\(path)") { $0 += bytes }
    }
    func quoted(_ bytes: [UInt8]) -> [UInt8] {
      var out: [UInt8] = [0x27]
      for byte in bytes where byte != 0 {
        switch byte {
        case 0x27: out += [0x27, 0x27]
        case 0x5C: out += [0x5C, 0x5C]
        case 0x0A: out += [0x5C, 0x6E]
        default: out.append(byte)
        }
      }
      return out + [0x27, 0x0A]
    }
    for setting in ["cluster_name", "primary_slot_name", "synchronized_standby_slots", "wal_level", "primary_conninfo"]
    {
      let value = quoted(name("z" + setting.split(separator: "_").joined(), 60))
      try append(Array("\n\(setting) = ".utf8) + value, to: "primary/postgresql.conf")
      try append(Array("\n\(setting) = ".utf8) + value, to: "standby/postgresql.auto.conf")
    }
    marks.removeAll { ["zclustername", "zprimaryconninfo"].contains($0) }
    // A value that may be somebody's login is withheld.
    if payload.contains(UInt8(ascii: ":")) || payload.contains(UInt8(ascii: "@")) {
      marks.removeAll { ["zprimaryslotname", "zsynchronizedstandbyslots", "zwallevel"].contains($0) }
    }
    try append(Array("\ninclude ".utf8) + quoted(name("zinclude", 60)), to: "crash/postgresql.conf")
    let oneLine = name("zreason", 200).map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }
    scratch.write(
      "timelines/pg_wal/00000003.history",
      Array("1\t0/17590E0\tno recovery target specified\n\n2\t0/1778698\t".utf8) + oneLine + [0x0A])
    let label = name("zlabel", 200).map { $0 == 0x0A ? 0x20 : $0 }
    scratch.write(
      "crash/backup_label",
      Array("START WAL LOCATION: 0/5000028 (file 000000010000000000000005)\nCHECKPOINT LOCATION: 0/5000060\n".utf8)
        + Array("BACKUP METHOD: streamed\nBACKUP FROM: primary\nSTART TIME: 2026-11-21 10:04:40 UTC\nLABEL: ".utf8)
        + label + [0x0A])
    // An assignment may be one of a password: such texts go as a whole.
    if payload.contains(UInt8(ascii: "=")) { marks.removeAll { ["zlabel", "zreason"].contains($0) } }
    scratch.write(
      "crash/postmaster.opts",
      Array("/bin/postgres \"-D\" \"".utf8) + name("zoption", 60).filter { $0 != 0x22 && $0 != 0x0A }
        + Array("\"\n".utf8))
  }

  private mutating func forgeFileNames() throws {
    // The gid of a prepared transaction, under a right checksum.
    let prepared = "crash/pg_twophase/000000000000031D"
    let bytes = try FileTree.contents(of: "\(scratch.path)/\(prepared)")
    let transaction = try PreparedTransaction(parsing: bytes.span.bytes, version: .v17)
    let gid = name("zgid", transaction.gid.utf8.count, isExact: true)
    try replace(transaction.gid, with: gid, in: prepared, isNameData: false)
    try FileTree.change("\(scratch.path)/\(prepared)") { bytes in
      let end = bytes.count - 4
      bytes.replaceSubrange(
        end..<bytes.count, with: WALBuilder.little(CRC32C.checksum(bytes.span.bytes.extracting(0..<end))))
    }
    for folder in ["pg_wal", "pg_twophase", "pg_logical/snapshots", "pg_replslot/cdc_a", "pg_tblspc"] {
      let name = String(decoding: name("zfile", 200).filter { $0 != 0x2F }, as: UTF8.self)
      scratch.write("primary/\(folder)/\(name)", "x")
    }
    marks.removeAll { $0 == "zfile" }
  }

  /// A restore point and a logical message.
  private mutating func forgeRecords() {
    var builder = WALBuilder()
    builder.record(main: [1])
    builder.record(manager: 0, info: 0x70, main: [UInt8](repeating: 0, count: 8) + nameData("zrestore"))
    let prefix = name("zprefix", 200) + [0]
    builder.record(
      manager: 21, info: 0,
      main: WALBuilder.little(UInt32(5)) + [0, 0, 0, 0] + WALBuilder.little(UInt64(prefix.count))
        + WALBuilder.little(UInt64(4)) + prefix + [1, 2, 3, 4])
    scratch.write("wal/000000010000000000000003", builder.segments[0])
  }
}
