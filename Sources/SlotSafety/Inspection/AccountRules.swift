import Evidence
import PostgresFormat

/// What fills the WAL folder beside slots, and who pins rows.
enum AccountRules {
  static let unit = RuleUnit(
    .note, .node { lateCheckpoint($0) + archiver($0) + strays($0) }, .node(rows),
    rules: Rule(
      .walCheckpointLate, .warning, "Checkpoints come before the WAL since the last one exceeds max_wal_size.",
      "See why they do not come (log_checkpoints); CHECKPOINT."),
    Rule(
      .archiverWaits, .warning, "The archiver keeps up: it has copied what it has to.",
      "See what the archiver logs; run its command by hand with the file that it names."),
    Rule(
      .archiverOrphan, .info, "Whatever waits for the archiver is there.",
      "Remove the .ready file where its segment is in the archive already."),
    Rule(
      .walStrays, .warning, "No files that are not WAL fill the WAL folder.",
      "Move out of the WAL folder what no server wrote there."),
    Rule(
      .rowsPinned, .warning, "No slot and no prepared transaction keeps vacuum from removing rows for long.",
      "Let the consumer or follower go on, or drop the slot; end prepared transactions."))

  private static func lateCheckpoint(_ node: Inspection) -> [Finding] {
    guard node.evidence.filesAreKnown, node.role == .primary, let control = node.evidence.control?.value,
      control.checksumMatches, control.state != .shutDown, control.state != .shutDownInRecovery,
      let end = node.evidence.wal.end?.lsn, let settings = node.settings, let size = node.evidence.wal.segmentSize,
      let limit = settings.segments("max_wal_size", size: size), limit > 0
    else { return [] }
    let distance = end.bytes(since: control.checkpoint.redo)
    let most = limit.multipliedReportingOverflow(by: UInt64(size)).partialValue
    guard distance > most, distance <= UInt64(1) << 50 else { return [] }
    let setting = settings["max_wal_size"]
    let last = node.evidence.wal.end?.lastTime.map { "; the last transaction in WAL ended at \($0.time)" } ?? ""
    return [
      Finding(
        .walCheckpointLate,
        "The last checkpoint began \(ByteCount.text(distance)) of WAL ago (\(control.checkpoint.time)\(last)), beyond max_wal_size (\(ByteCount.text(most))): checkpoints do not come in time, and what they would remove stays.",
        facts: [
          Fact("redo \(control.checkpoint.redo)", path: node.evidence.control?.path ?? "global/pg_control"),
          Fact("max_wal_size = '\(setting?.text ?? "")'", path: setting?.assignment?.path ?? "default"),
        ])
    ]
  }

  /// Queues as short as this come and go.
  private static let ordinaryQueue = 2

  private static func archiver(_ node: Inspection) -> [Finding] {
    guard node.evidence.filesAreKnown, let queue = node.evidence.wal.archiveQueue, let first = queue.first,
      let ready = node.evidence.wal.archiveReadyCount, ready > 0, let settings = node.settings
    else { return [] }
    let status = (node.evidence.wal.path ?? "pg_wal") + "/archive_status"
    var findings: [Finding] = []
    if let orphan = queue.orphan {
      let count = queue.orphanCount
      findings.append(
        Finding(
          .archiverOrphan,
          "\(count) file\(count == 1 ? " waits" : "s wait") for the archiver and \(count == 1 ? "is" : "are") not here: \(orphan)\(count == 1 ? "" : " and others"). The archiver passes over \(count == 1 ? "it" : "them") with a warning.",
          facts: [Fact("present", path: "\(status)/\(orphan).ready")]))
    }
    let work = ArchiverWork(settings, standby: node.role == .standby)
    guard ready > queue.orphanCount, work.isOn, ready > ordinaryQueue || work.doesNothing else { return findings }
    let since = queue.since.map { " since \($0)" } ?? ""
    findings.append(
      Finding(
        .archiverWaits,
        "\(ready) file\(ready == 1 ? "" : "s") wait\(ready == 1 ? "s" : "") for the archiver, the first of them \(first)\(since): \(work.words). No checkpoint removes a segment before it is archived.",
        facts: [Fact("present", path: "\(status)/\(first).ready")] + work.facts,
        remedy: work.doesNothing
          ? "Set archive_command (or archive_library), or archive_mode = off; the latter needs a restart." : nil))
    return findings
  }

  private static func strays(_ node: Inspection) -> [Finding] {
    guard let contents = node.evidence.wal.contents, let size = node.evidence.wal.segmentSize,
      contents.strayBytes >= UInt64(size), !contents.strays.isEmpty
    else { return [] }
    let isCrashed = node.evidence.control?.value.state.map { $0 != .shutDown && $0 != .shutDownInRecovery } ?? false
    let shown = contents.strays.prefix(5).map { "\($0.path) (\(ByteCount.text($0.bytes)))" }
    let more = contents.strays.count > shown.count ? ", …" : ""
    let removed = contents.strays.filter { $0.kind == .removedByStart }.reduce(0) { $0 &+ $1.bytes }
    let start =
      removed == 0
      ? ""
      : " \(isCrashed ? "The next start" : "A start after a crash") removes \(ByteCount.text(removed)) of them (xlogtemp.*)."
    let count = contents.strayCount
    return [
      Finding(
        .walStrays,
        "\(count) file\(count == 1 ? "" : "s") that \(count == 1 ? "is" : "are") no WAL fill\(count == 1 ? "s" : "") \(ByteCount.text(contents.strayBytes)) of the \(ByteCount.text(contents.totalBytes)) in \(node.evidence.wal.path ?? "pg_wal"): \(shown.joined(separator: ", "))\(more).\(start)",
        facts: contents.strays.prefix(20).map { Fact("\($0.bytes) bytes, no WAL", path: $0.path) })
    ]
  }

  /// Transactions that have come since, from which on rows pinned by `xmin` are told.
  private static let oldRows: UInt32 = 100_000
  /// The same of catalog rows, which are few.
  private static let oldCatalogRows: UInt32 = 10_000_000

  private static func rows(_ node: Inspection) -> [Finding] {
    guard let held = node.pinnedRows else { return [] }
    return held.compactMap { row in
      guard let age = row.age, age >= (row.isCatalogOnly ? oldCatalogRows : oldRows) else { return nil }
      let since = row.before.map { ", since before \($0)" } ?? ""
      let which = row.isCatalogOnly ? "catalog rows" : "rows of every table"
      let since2 = "deleted by transaction \(row.xid) and later ones: \(age) transactions have come since\(since)"
      switch row.holder {
      case .slot(let name):
        return Finding(
          .rowsPinned, slot: name, "Slot \(name) keeps vacuum from removing \(which) \(since2).",
          facts: [Fact("\(row.isCatalogOnly ? "catalog_xmin" : "xmin") \(row.xid)", path: "pg_replslot/\(name)/state")])
      case .preparedTransaction(let gid):
        return Finding(
          .rowsPinned, "Prepared transaction '\(gid)' keeps vacuum from removing rows \(since2).",
          facts: [Fact("xid \(row.xid)", path: "pg_twophase")])
      case .transaction: return nil
      }
    }
  }
}

/// What the archiver would run.
struct ArchiverWork {
  /// archive_mode has it work here.
  let isOn: Bool
  /// Neither a command nor a library is set.
  let doesNothing: Bool
  /// `archive_command runs test && cp`.
  let words: String
  let facts: [Fact]

  init(_ settings: EffectiveSettings, standby: Bool) {
    let mode = settings.text("archive_mode")
    isOn = mode == "always" || (mode != nil && mode != "off" && !standby)
    let command = settings.text("archive_command") ?? ""
    let library = settings.text("archive_library") ?? ""
    doesNothing = command.isEmpty && library.isEmpty
    let name = library.isEmpty ? "archive_command" : "archive_library"
    let setting = settings[name]
    if doesNothing {
      words = "archive_mode is on, and neither a command nor a library archives anything"
    } else if library.isEmpty {
      words = "archive_command runs \(Self.programs(command))"
    } else {
      words = "archive_library \(library) archives"
    }
    // The command itself may hold a secret.
    facts = [Fact("\(name) is \(doesNothing ? "empty" : "set")", path: setting?.assignment?.path ?? "default")]
  }

  /// The first word of each command in a shell's line, without its folder.
  static func programs(_ command: String) -> String {
    let parts = command.split { "&|;".contains($0) }.compactMap { part -> String? in
      let words = part.split(separator: " ").drop { $0 == "!" || $0.contains("=") }
      guard let first = words.first,
        first.utf8.allSatisfy({ byte in
          byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "_")
            || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
        })
      else { return nil }
      return first.split(separator: "/").last.map(String.init)
    }
    return parts.isEmpty ? "a command" : parts.prefix(4).joined(separator: " && ")
  }
}
