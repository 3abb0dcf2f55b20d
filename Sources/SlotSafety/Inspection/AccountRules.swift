import Evidence
import PostgresFormat

/// What fills the WAL folder beside slots, and who pins rows.
enum AccountRules {
  static let unit = RuleUnit(
    .note, .node { lateCheckpoint($0) + archiver($0) + archived($0) + strays($0) }, .node(rows),
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
      .archiverExists, .warning, "No archive has already what the archiver takes next.",
      "Let the command succeed where the archive has the same file already, or remove the .ready file."),
    Rule(
      .archiverExistsInPart, .error, "No archive has a part of what the archiver takes next.",
      "Move that file out of the archive; the archiver copies it anew."),
    Rule(
      .archiverExistsDamaged, .error, "No archive has a damaged copy of what the archiver takes next.",
      "Move that file out of the archive; the archiver copies it anew."),
    Rule(
      .archiverExistsOther, .error, "No archive has another file under the name of what the archiver takes next.",
      "Never overwrite it. See which server wrote it (slotscope timeline, slotscope wal gaps), and give this one an archive of its own."
    ),
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

  /// A command that refuses to overwrite fails for ever, and one that overwrites destroys what another server wrote.
  private static func archived(_ node: Inspection) -> [Finding] {
    guard let first = node.evidence.wal.archiveQueue?.first, let settings = node.settings else { return [] }
    let work = ArchiverWork(settings, standby: node.role == .standby)
    guard work.isOn, !work.doesNothing else { return [] }
    let status = (node.evidence.wal.path ?? "pg_wal") + "/archive_status"
    return node.evidence.archives.compactMap { archive in
      guard let copy = archive.waiting else { return nil }
      let facts = [
        Fact("waits for the archiver", path: "\(status)/\(first).ready"), Fact("present", path: copy.path),
      ]
      let then = "a command that refuses to overwrite fails at it each time, and all that comes after it waits."
      switch copy.likeness {
      case .same:
        return Finding(
          .archiverExists, "The archiver takes \(first) next, which the archive has already, the same: \(then)",
          facts: facts)
      case .incomplete:
        return Finding(
          .archiverExistsInPart,
          "The archiver takes \(first) next, of which the archive has the first part only, as an interrupted copy leaves it: \(then)",
          facts: facts)
      case .different: return different(first, copy, facts: facts, then)
      }
    }
  }

  /// Of two copies that hold something else the checksums of their records may tell which is the right one.
  private static func different(
    _ name: String, _ copy: ArchivedTimelines.Copy, facts: [Fact], _ then: String
  ) -> Finding {
    let beginning = "The archiver takes \(name) next, and the archive has"
    switch (copy.soundness?.archived, copy.soundness?.own) {
    case (.damaged(let stop)?, let own?) where own.isSound:
      return Finding(
        .archiverExistsDamaged,
        "\(beginning) a damaged copy of it, which cannot be read past \(stop.record ?? stop.at); the node's own is whole: \(then)",
        facts: facts)
    case (let archived?, .damaged(let stop)?) where archived.isSound:
      return Finding(
        .archiverExistsOther,
        "\(beginning) a whole copy of it; the node's own is damaged, and cannot be read past \(stop.record ?? stop.at): \(then)",
        facts: facts,
        remedy:
          "Never overwrite the archive's copy. With the server stopped put it in the place of the damaged one, and remove the .ready file."
      )
    case (let archived?, let own?) where archived.isSound && own.isSound:
      return Finding(
        .archiverExistsOther,
        "\(beginning) another file of that name, which is as whole as the node's own: of another server or another branch of the history: \(then)",
        facts: facts)
    default:
      return Finding(
        .archiverExistsOther,
        "\(beginning) another file of that name, of another server or another branch of the history: \(then)",
        facts: facts)
    }
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
        "\(count) file\(count == 1 ? "" : "s") that \(count == 1 ? "is" : "are") not WAL and fill\(count == 1 ? "s" : "") \(ByteCount.text(contents.strayBytes)) of the \(ByteCount.text(contents.totalBytes)) in \(node.evidence.wal.path ?? "pg_wal"): \(shown.joined(separator: ", "))\(more).\(start)",
        facts: contents.strays.prefix(20).map { Fact("\($0.bytes) bytes, not WAL", path: $0.path) })
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
