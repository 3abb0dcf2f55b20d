import PostgresFormat
import Reporting
import SlotSafety

@testable import ClusterFiles
@testable import SlotscopeCommands

/// Names and arguments: words that come from a folder, a file or the command line.
enum NameTargets {
  static let all: [FuzzTarget] = [
    FuzzTarget(name: "file_names") { bytes in
      let name = String(decoding: bytes, as: UTF8.self)
      if let segment = SegmentName(bytes) {
        for size in [1 << 20, 1 << 24, 1 << 30] {
          guard let number = segment.number(size: size) else { continue }
          precondition(SegmentName(timeline: segment.timeline, number: number, size: size) == segment)
          _ = number.start(size: size)
        }
      }
      _ = WALFileName(bytes)
      _ = SegmentChecksum.expected(byName: name)
      _ = bytes.withUnsafeBytes { ArchiveEntryName($0) }
      _ = SnapshotFileName(name)
      _ = PreparedTransactionFileName(name)
      _ = SlotFolderName.isSpillFile(name)
      _ = SlotFolderName.isSlotName(name)
    },
    FuzzTarget(name: "arguments") { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      _ = try? WALPositionArgument(text)
      _ = try? PositionArgument.lsn(text)
      _ = try? PositionArgument.timeline(text)
      if let time = Timestamp(text) { precondition(!"\(time)".isEmpty) }
      if let lsn = LSN(text) { precondition(LSN("\(lsn)") == lsn) }
      _ = ServerVersion(name: text)
      _ = RelationLocator(text)
      _ = ResourceManager(name: text)
      _ = try? SlotFilter(text)
      _ = try? ConsumerArgument(text).lsn
      _ = Source.quoted("/" + text)
    },
    FuzzTarget(name: "settings") { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      let password = "pw"
      _ = try? ConnectionString(text)
      _ = SecretRedaction.redactingPassword(text)
      _ = SecretRedaction.redactingSetting(name: "primary_conninfo", value: text)
      _ = PostmasterOptions(program: text, arguments: [text, "-c", text]).redacted
      _ = SecretRedaction.redactingPassword("host=a password=\(password) " + text)
      _ = IdentifierList.names(text)
      _ = IdentifierList.paths(text)
      for version in [ServerVersion.v9_6, .v13, .v19] {
        for unit in [SettingUnit.none, .kilobytes, .milliseconds] {
          _ = SettingNumber.integer(text, unit: unit, version: version)
        }
      }
      _ = SettingValue.bool(text)
    },
    FuzzTarget(name: "printing") { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      let escaped = TerminalText.escaped(text)
      precondition(!escaped.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
      _ = HTML.escaped(text)
      _ = JSONValue.string(text).serialized(pretty: false)
    },
  ]
}
