import ByteReading
import Evidence
import PostgresFormat
package import SlotSafety

extension InspectJSON {
  /// A slot with the columns of 19's pg_replication_slots, and what slotscope adds.
  static func slot(_ slot: SlotInspection, in node: Inspection) -> JSONValue {
    let state = slot.evidence.state
    let version = node.evidence.version
    let activity = slot.evidence.activity
    return [
      "slot_name": .string(slot.name),
      "plugin": .text(state.flatMap { $0.plugin.isEmpty ? nil : $0.plugin }),
      "slot_type": .text(state.map { $0.isLogical ? "logical" : "physical" }),
      "datoid": .text(state.flatMap { $0.isLogical ? $0.database : nil }),
      "database": .text(slot.databaseName),
      "temporary": .flag(version?.has(.temporarySlots) == false ? nil : state.map { $0.persistency == .temporary }),
      "active": .flag(activity?.isActive),
      "active_pid": .number(activity?.activePID),
      "xmin": .text(state?.xmin.nonZero),
      "catalog_xmin": .text(state?.catalogXmin.nonZero),
      "restart_lsn": .text(state?.restartLSN.nonZero),
      "confirmed_flush_lsn": .text(state?.confirmedFlush.nonZero),
      "wal_status": activity.map { .text($0.walStatus) } ?? (state?.invalidation == nil ? nil : "lost"),
      "safe_wal_size": .number(activity?.safeWALSize),
      "two_phase": .flag(state?.twoPhase),
      "two_phase_at": .text(state?.twoPhase == true ? state?.twoPhaseAt?.nonZero : nil),
      "inactive_since": .text(activity?.inactiveSince),
      "conflicting": .flag(activity.map(\.isConflicting) ?? state?.isConflicting(in: version)),
      "invalidation_reason": .text(state?.invalidation?.rawValue),
      "failover": .flag(state?.failover),
      "synced": .flag(state?.synced),
      "slotsync_skip_reason": .text(activity?.syncSkipReason),
      "persistency": .text(state.map { "\($0.persistency)" }),
      "invalidated_at": .text(state?.invalidatedAt?.nonZero),
      "identity": .text(slot.identity?.word),
      "fate": .string(slot.fate.word),
      "file": activity == nil ? file(slot, in: node) : nil,
      "spill_files": .number(slot.evidence.spillFileCount),
      "spill_bytes": .text(slot.evidence.spillBytes),
      "subscriptions": .list(slot.subscriptions(in: node)) {
        [
          "subname": .string($0.subscription), "source": .string($0.source), "remote_lsn": .text($0.lsn.nonZero),
          "exact": .bool($0.isExact),
        ]
      },
      "own_database_wal": state.flatMap { OwnDatabaseShare($0, in: node) }.map(ownDatabase) ?? nil,
      "required_wal": slot.requiredWAL.map { requiredWAL($0, node) } ?? (state == nil ? nil : noRequiredWAL),
    ]
  }

  private static func ownDatabase(_ own: OwnDatabaseShare) -> JSONValue {
    [
      "bytes": .number(own.bytes), "of_bytes": .number(own.total), "transactions": .number(own.transactions),
      "messages": .number(own.messages),
    ]
  }

  private static func file(_ slot: SlotInspection, in node: Inspection) -> JSONValue {
    [
      "path": .string(slot.evidence.path),
      "version": .number(slot.evidence.state?.fileVersion),
      "length": .number(slot.evidence.state?.fileLength),
      "checksum_ok": .flag(checksumMatches(slot, in: node)),
      "modified_at": .text(slot.evidence.modifiedAt),
    ]
  }

  /// True where the file was decoded, false where its checksum is what is wrong, null where it did not come so far.
  private static func checksumMatches(_ slot: SlotInspection, in node: Inspection) -> Bool? {
    if slot.evidence.state != nil { return true }
    return node.badChecksums.contains(slot.evidence.path) ? false : nil
  }

  /// Of a slot that needs no WAL, or where nobody can say which.
  private static let noRequiredWAL: JSONValue = [
    "first_segment": nil, "present": nil, "missing": [], "missing_count": nil, "retained_bytes": nil,
  ]

  private static func requiredWAL(_ required: RequiredWAL, _ node: Inspection) -> JSONValue {
    let size = node.evidence.wal.segmentSize
    var names: [JSONValue] = []
    var count: UInt64 = 0
    for gap in required.missing {
      count = count.addingReportingOverflow(gap.count).partialValue
      var number = gap.first
      while number <= gap.last, names.count < 1000, let size {
        names.append(.string(SegmentName(timeline: gap.timeline, number: number, size: size).text))
        guard number.rawValue < .max else { break }
        number = SegmentNumber(number.rawValue + 1)
      }
    }
    return [
      "first_segment": .text(required.firstSegment), "present": .bool(required.present), "missing": .array(names),
      "missing_count": .text(count), "retained_bytes": .number(required.retainedBytes),
    ]
  }
}

extension SlotInspection.Fate {
  /// One word for tables and documents.
  package var word: String {
    switch self {
    case .fine: "fine"
    case .lost: "lost"
    case .vanishes: "vanishes"
    case .damaged: "damaged"
    case .walMissing: "wal_missing"
    case .beyondEnd: "beyond_end"
    case .unfinished: "unfinished"
    case .lostByReplay: "lost_by_replay"
    case .lostNext: "lost_next"
    case .cannotDecode: "cannot_decode"
    case .skips: "skips_changes"
    }
  }
}
