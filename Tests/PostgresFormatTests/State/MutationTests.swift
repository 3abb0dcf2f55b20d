import ByteReading
import Testing

@testable import PostgresFormat

/// Every byte changed and every length cut, over every real file: nothing may crash, and no change under a checksum may
/// pass unseen.
@Suite struct MutationTests {
  static let slots = [
    Vectors.slot9_4LogPlain, Vectors.slot12LogPlain, Vectors.slot13LogLost, Vectors.slot15LogTwophase,
    Vectors.slot16SbyLvl, Vectors.slot17FoTemp, Vectors.slot19LogTemp,
  ]
  static let controls = ControlFileTests.vectors.map(\.1) + [Vectors.control9_4]
  static let texts = [
    BackupLabelTests.text, "1\t0/302B9E0\tno recovery target specified\n\n2\t0/3024140\tx\n", "16385 /a\\\nb\n",
    "15767\n/srv/data\n1795255479\n6592\n/srv\n\n  2474034   1605694\nready   \n", "/bin/postgres \"-D\" \"/srv\"\n",
    "9.6\n",
  ].map { Array($0.utf8) }

  private func eachMutation(of bytes: [UInt8], _ body: ([UInt8], Int) -> Void) {
    for index in bytes.indices {
      for change: UInt8 in [0x01, 0x80, 0xFF] {
        var copy = bytes
        copy[index] ^= change
        body(copy, index)
      }
    }
  }

  /// Hands every reader the same bytes, with and without a version, and counts those that take them for a file of theirs.
  @discardableResult
  private func readAll(_ bytes: [UInt8]) -> Int {
    let span = bytes.span.bytes
    var count = 0
    for version in [nil] + ServerVersion.allCases {
      if (try? SlotState(parsing: span, version: version)) != nil { count += 1 }
      if (try? ControlFile(parsing: span, version: version)) != nil { count += 1 }
      if (try? SnapshotFile(parsing: span, version: version)) != nil { count += 1 }
      if (try? PreparedTransaction(parsing: span, version: version)) != nil { count += 1 }
      if (try? TimelineHistory(parsing: span, timeline: TimelineID(3), version: version)) != nil { count += 1 }
    }
    if (try? OriginProgress.list(parsing: span)) != nil { count += 1 }
    if (try? BackupLabel(parsing: span)) != nil { count += 1 }
    if (try? TablespaceMapEntry.list(parsing: span)) != nil { count += 1 }
    if (try? PostmasterPID(parsing: span)) != nil { count += 1 }
    if (try? PostmasterOptions(parsing: span)) != nil { count += 1 }
    if (try? VersionFile(parsing: span)) != nil { count += 1 }
    return count
  }

  @Test(arguments: slots)
  func noChangeToASlotPasses(bytes: [UInt8]) {
    eachMutation(of: bytes) { changed, index in
      let slot = try? SlotState(parsing: changed.span.bytes)
      #expect(slot == nil, "byte \(index)")
    }
  }

  @Test(arguments: controls)
  func noChangeToAControlFilePasses(bytes: [UInt8]) {
    let covered = (try? ControlFile(parsing: bytes.span.bytes)).flatMap {
      ControlFile.layouts[$0.layout]?.place(named: "crc")
    }
    eachMutation(of: bytes) { changed, index in
      guard index < (covered?.offset ?? 0) + 4 else { return }
      let control = try? ControlFile(parsing: changed.span.bytes)
      #expect(control?.checksumMatches != true, "byte \(index)")
    }
  }

  @Test(arguments: [Vectors.snapshot15, Vectors.snapshot19, Vectors.origins17, Vectors.prepared9_6, Vectors.prepared19])
  func noChangeToAnotherChecksummedFilePasses(bytes: [UInt8]) {
    eachMutation(of: bytes) { changed, index in
      let span = changed.span.bytes
      let snapshot = try? SnapshotFile(parsing: span)
      let origins = try? OriginProgress.list(parsing: span)
      let prepared = try? PreparedTransaction(parsing: span)
      #expect(snapshot == nil && origins == nil && prepared == nil, "byte \(index)")
    }
  }

  @Test(arguments: slots + controls + texts + [Vectors.snapshot15, Vectors.origins17, Vectors.prepared19])
  func noCutOrChangedFileCrashesAReader(bytes: [UInt8]) {
    #expect(readAll(bytes) > 0, "whole, it is a file of one kind at least")
    for length in 0...bytes.count { readAll(Array(bytes.prefix(length))) }
    for index in bytes.indices { readAll(bytes.replacing(bytes[index] ^ 0xFF, at: index)) }
  }
}
