import Evidence
import PostgresFormat
import SlotSafety

extension InspectJSON {
  /// The account of the WAL folder, and who pins rows.
  static func account(_ held: RetentionAccount, in node: Inspection) -> JSONValue {
    let files = node.evidence.logicalFiles
    return [
      "total_bytes": .text(held.totalBytes),
      "complete": .bool(!held.isIncomplete),
      "wal": .list(held.entries) { entry($0, in: node) },
      "strays": .list(node.evidence.wal.contents?.strays ?? []) {
        ["path": .string($0.path), "bytes": .text($0.bytes), "cleanup": .string($0.kind.rawValue)]
      },
      "archive_queue": node.evidence.wal.archiveQueue.map {
        ["first": .text($0.first), "since": .text($0.since), "missing": .number($0.orphanCount)]
      } ?? .null,
      "next_xid": .text(held.nextXID),
      "rows": .list(held.rows) { row in
        var (kind, name): (String, JSONValue) = ("transaction", .null)
        switch row.holder {
        case .slot(let slot): (kind, name) = ("slot", .string(slot))
        case .preparedTransaction(let gid): (kind, name) = ("prepared_transaction", .string(gid))
        case .transaction: break
        }
        return [
          "holder": .string(kind), "name": name, "catalogs_only": .bool(row.isCatalogOnly), "xid": .text(row.xid),
          "age": .number(row.age), "before": .text(row.before),
        ]
      },
      "snapshot_files": .number(files?.snapshotCount),
      "snapshot_bytes": .text(files?.snapshotBytes),
      "mapping_files": .number(files?.mappingCount),
      "mapping_bytes": .text(files?.mappingBytes),
    ]
  }

  private static func entry(_ entry: RetentionAccount.Entry, in node: Inspection) -> JSONValue {
    var run: SegmentRun?
    var keepers: [RetentionAccount.Keeper] = []
    switch entry.part {
    case .kept(let kept, let by): (run, keepers) = (kept, by)
    case .removedNext(let removed): run = removed
    default: break
    }
    func name(_ number: SegmentNumber?) -> JSONValue {
      guard let run, let number, let size = node.evidence.wal.segmentSize else { return .null }
      return .string(SegmentName(timeline: run.timeline, number: number, size: size).text)
    }
    return [
      "part": .string(entry.part.word), "files": .number(entry.count), "bytes": .text(entry.bytes),
      "from_segment": name(run?.first), "to_segment": name(run?.last),
      "kept_for": .list(keepers) { keeper in
        var slot: String?
        var count: Int?
        if case .slot(let name) = keeper { slot = name }
        if case .moreSlots(let more) = keeper { count = more }
        return ["keeper": .string(keeper.word), "slot_name": .text(slot), "slots": .number(count)]
      },
    ]
  }
}
