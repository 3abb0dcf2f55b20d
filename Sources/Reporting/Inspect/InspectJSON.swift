import Evidence
import PostgresFormat
package import SlotSafety

/// `slotscope.inspect/1`: one node as a JSON document. Names are PostgreSQL's column names where it has them; what the
/// files do not tell is null.
package enum InspectJSON {
  /// The same members for every version, null where it has no such thing.
  package static func document(_ node: Inspection) -> JSONValue {
    let evidence = node.evidence
    return [
      "schema": "slotscope.inspect/1",
      "source": .string(evidence.origin.source),
      "node": identity(node),
      "control": evidence.control.map { ShowField.object(ShowControlFile.all($0.value)) } ?? .null,
      "slots": .list(node.slots) { slot($0, in: node) },
      "slot_leftovers": .list(evidence.slotLeftovers) {
        ["path": .string($0.path), "kind": .string($0.kind.rawValue)]
      },
      "timelines": timelines(evidence),
      "wal": wal(node),
      "retention": node.retention.map { retention($0, in: node) } ?? .null,
      "account": node.account.map { account($0, in: node) } ?? .null,
      "databases": .list(evidence.databases) { ["oid": .number($0.oid.rawValue), "datname": .string($0.name)] },
      "subscriptions": .list(evidence.subscriptions, subscription),
      "origins": .list(evidence.origins) {
        [
          "roident": .number($0.originID), "roname": .text($0.name), "remote_lsn": .text($0.remoteLSN),
          "local_lsn": nil,
        ]
      },
      "prepared_transactions": .list(evidence.preparedTransactions) {
        [
          "xid": .text($0.value.xid), "gid": .string($0.value.gid), "prepared_at": .text($0.value.preparedAt),
          "database": .text(evidence.databaseName($0.value.database)), "datoid": .text($0.value.database),
          "path": .string($0.path),
        ]
      },
      "settings": .list(evidence.settings.assignments + evidence.settings.recovery) {
        [
          "name": .string($0.name), "value": .string($0.value), "path": .string($0.path), "line": .number($0.line),
        ]
      },
      "startup": ["would_start": .flag(node.startup.wouldStart), "message": .text(node.startup.message)],
      "server": evidence.server.map { server($0, in: evidence) } ?? nil,
      "findings": .list(node.findings, FindingJSON.object),
    ]
  }

  static func identity(_ node: Inspection) -> JSONValue {
    let control = node.evidence.control?.value
    return [
      "major": .text(node.evidence.version),
      "fork": control?.isIvorySQL == true ? "IvorySQL" : .null,
      "system_identifier": .text(control?.systemIdentifier),
      "state": .text(control?.state?.name),
      "role": .string(node.role.rawValue),
      "timeline_id": .number(node.timeline?.rawValue),
      "running": .flag(node.running),
    ]
  }

  static func timelines(_ evidence: Evidence) -> JSONValue {
    .list(evidence.timelines.sorted { $0.value.timeline < $1.value.timeline }) { history in
      let parent = history.value.ancestors.last
      return [
        "timeline_id": .number(history.value.timeline.rawValue),
        "parent_timeline_id": .number(parent?.timeline.rawValue),
        "switch_lsn": .text(parent?.switchPoint),
        "reason": .text(parent?.reason),
        "path": .string(history.path),
        "ancestors": .list(history.value.ancestors) {
          [
            "timeline_id": .number($0.timeline.rawValue), "switch_lsn": .text($0.switchPoint),
            "reason": .string($0.reason),
          ]
        },
      ]
    }
  }

  static func wal(_ node: Inspection) -> JSONValue {
    let wal = node.evidence.wal
    func name(_ timeline: TimelineID, _ number: SegmentNumber) -> JSONValue {
      .text(wal.segmentSize.map { SegmentName(timeline: timeline, number: number, size: $0).text })
    }
    return [
      "path": .text(wal.path),
      "segment_size": .number(wal.segmentSize),
      "end_lsn": .text(wal.end?.lsn),
      "end_after_crash_lsn": .text(wal.end?.afterCrash),
      "end_timeline_id": .number(wal.end?.timeline.rawValue),
      "end_reason": .text(wal.end?.stop.reason.rawValue),
      "end_path": .text(wal.end?.path),
      "end_offset": .number(wal.end?.offset),
      "last_record_lsn": .text(wal.end?.lastRecord),
      "valid_again_lsn": .text(wal.end?.validAgainFrom),
      "live": .list(wal.live) {
        [
          "timeline_id": .number($0.timeline.rawValue), "from_segment": name($0.timeline, $0.first),
          "to_segment": name($0.timeline, $0.last),
        ]
      },
      "gaps": .list(wal.gaps) {
        [
          "timeline_id": .number($0.timeline.rawValue), "from_segment": name($0.timeline, $0.first),
          "to_segment": name($0.timeline, $0.last),
        ]
      },
      "recycled_segments": .number(wal.recycledCount),
      "preallocated_segments": .number(wal.preallocatedCount),
      "partial_segments": .list(wal.partial) { .string($0.text + ".partial") },
      "archive_ready": .number(wal.archiveReadyCount),
      "total_bytes": .text(wal.totalBytes),
    ]
  }

  static func subscription(_ row: SubscriptionRow) -> JSONValue {
    [
      "subname": .string(row.name), "subslotname": .text(row.slotName), "subenabled": .bool(row.enabled),
      "subdbid": .number(row.database.rawValue), "subpublications": .list(row.publications) { .string($0) },
      "oid": .number(row.oid.rawValue), "subconninfo": .text(row.connectionInfo), "subfailover": .flag(row.failover),
      "subtwophasestate": .text(row.twoPhaseState),
    ]
  }
}
