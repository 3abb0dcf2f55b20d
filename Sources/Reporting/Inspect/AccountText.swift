import Evidence
import PostgresFormat
import SlotSafety

/// The account of the WAL folder, part by part, and of the rows and files that slots pin: a section of `inspect`.
enum AccountText {
  /// Segments that are kept, and the rest of the folder; nothing where the folder's sizes are not known.
  static func lines(_ node: Inspection, style: TextStyle) -> [TerminalText] {
    guard let held = node.account, let size = node.evidence.wal.segmentSize else { return [] }
    let path = node.evidence.wal.path ?? "pg_wal"
    let all = held.isIncomplete ? "at least \(ByteCount.text(held.totalBytes))" : ByteCount.text(held.totalBytes)
    var table = TextTable([("size", .right), ("files", .right), ("from segment", .left), ("kept for", .left)])
    for entry in held.entries.prefix(rowLimit) {
      var first = ""
      if case .kept(let run, _) = entry.part {
        first = SegmentName(timeline: run.timeline, number: run.first, size: size).text
      }
      if case .removedNext(let run) = entry.part {
        first = SegmentName(timeline: run.timeline, number: run.first, size: size).text
      }
      table.add([
        ByteCount.text(entry.bytes), entry.count > 0 ? String(entry.count) : "", first, words(entry.part, node),
      ])
    }
    let left = held.entries.count - rowLimit
    var lines = style.line("\(path) holds \(all):", indent: 2) + table.lines(indent: 2, style: style)
    if left > 0 { lines.append("  \(left) more lines in JSON") }
    return lines
  }

  private static let rowLimit = 30

  private static func words(_ part: RetentionAccount.Part, _ node: Inspection) -> String {
    switch part {
    case .kept(_, let keepers):
      return keepers.isEmpty ? "whom is not known" : keepers.map { keeper($0, node) }.joined(separator: ", ")
    case .removedNext(let run):
      let redo = node.evidence.control?.value.checkpoint.redo ?? .none
      if let size = node.evidence.wal.segmentSize, node.retention?.leftByLast ?? 0 > 0,
        run.last < SegmentNumber(containing: redo, size: size)
      {
        return "nobody that is known, but the last checkpoint left it"
      }
      return "nobody: removed at the next \(node.role == .standby ? "restartpoint" : "checkpoint")"
    case .spare: return "later use (min_wal_size, max_wal_size)"
    case .partial: return "an end of recovery, or a stream, broke off (.partial)"
    case .foreign: return "no WAL of this cluster, or unreadable"
    case .histories: return "timeline histories and backup histories"
    case .archiveStatus: return "archive_status"
    case .summaries: return "WAL summaries (wal_summary_keep_time)"
    case .strays: return "nobody: no WAL"
    }
  }

  private static func keeper(_ keeper: RetentionAccount.Keeper, _ node: Inspection) -> String {
    switch keeper {
    case .checkpoint:
      return node.role == .standby ? "the next restartpoint" : "the next checkpoint"
    case .slot(let name): return "slot \(name)"
    case .moreSlots(let count): return "\(count) slot\(count == 1 ? "" : "s") more"
    case .walKeepSize: return "wal_keep_size"
    case .archiver: return "the archiver"
    case .summaries: return "the WAL summarizer"
    case .replay: return "replay, which has not come past it"
    }
  }

  /// Who pins rows and files of logical decoding.
  static func rows(_ node: Inspection, style: TextStyle) -> [TerminalText] {
    var lines: [TerminalText] = []
    let pinned = node.account?.rows ?? []
    let groups = sameRows(pinned)
    for (row, holders) in groups.prefix(rowLimit / 3) {
      let what = row.isCatalogOnly ? "catalog rows" : "all rows"
      let age = row.age.map { "\($0) transaction\($0 == 1 ? "" : "s")" } ?? "an unknown number of transactions"
      let before = row.before.map { ", since before \($0)" } ?? ""
      lines.append("\(what) from transaction \(row.xid) on (\(age)\(before)) stay for \(list(holders))")
    }
    let left = groups.dropFirst(rowLimit / 3).reduce(0) { $0 + $1.holders.count }
    if left > 0 { lines.append("\(left) more pin rows; JSON has them") }
    if let files = node.evidence.logicalFiles, files.snapshotCount > 0 {
      let oldest = node.slots.compactMap { slot in
        slot.evidence.state.flatMap { state in
          state.isLogical && state.persistency == .persistent && state.invalidation == nil
            ? (state.restartLSN, slot.name) : nil
        }
      }.min { $0.0 < $1.0 }
      let kept =
        oldest.map { "kept for slot \($0.1), the one with the oldest restart_lsn (\($0.0))" }
        ?? "for no slot"
      lines.append(
        "pg_logical/snapshots holds \(ByteCount.text(files.snapshotBytes)) in \(files.snapshotCount) file\(files.snapshotCount == 1 ? "" : "s"), \(kept)"
      )
    }
    if let files = node.evidence.logicalFiles, files.mappingCount > 0 {
      lines.append(
        "pg_logical/mappings holds \(ByteCount.text(files.mappingBytes)) in \(files.mappingCount) file\(files.mappingCount == 1 ? "" : "s")"
      )
    }
    for slot in node.slots where slot.evidence.spillFileCount > 0 && slot.evidence.activity == nil {
      lines.append(
        "pg_replslot/\(slot.evidence.directory) holds \(ByteCount.text(slot.evidence.spillBytes)) of spill files, until a start or the slot's next use"
      )
    }
    return lines.flatMap { style.line($0, indent: 2) }
  }

  /// Those that pin the same rows together, in the place of the first.
  private static func sameRows(_ pinned: [PinnedRows]) -> [(row: PinnedRows, holders: [PinnedRows.Holder])] {
    var groups: [(row: PinnedRows, holders: [PinnedRows.Holder])] = []
    for row in pinned {
      if let last = groups.last?.row,
        (last.xid, last.isCatalogOnly, last.before) == (row.xid, row.isCatalogOnly, row.before)
      {
        groups[groups.count - 1].holders.append(row.holder)
      } else {
        groups.append((row, [row.holder]))
      }
    }
    return groups
  }

  /// The first three, and how many more there are.
  private static func list(_ holders: [PinnedRows.Holder]) -> String {
    let more = holders.count - 3
    let named = holders.prefix(more == 1 ? 4 : 3).map(holder)
    return named.joined(separator: ", ") + (more > 1 ? ", \(more) more" : "")
  }

  private static func holder(_ holder: PinnedRows.Holder) -> String {
    switch holder {
    case .slot(let name): "slot \(name)"
    case .preparedTransaction(let gid): "prepared transaction '\(gid)'"
    case .transaction: "a transaction that ran at the last record of running transactions"
    }
  }
}
