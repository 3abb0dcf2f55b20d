import ClusterFiles
import Evidence
import PostgresFormat
import SlotSafety

/// Reads as much WAL as tells whether decoding a slot skips changes: none for a slot whose snapshot is there, else from its
/// restart_lsn on to where decoding is consistent.
enum DecodingWAL {
  /// Adds what was read to the evidence. Only a directory has more than was gathered.
  ///
  /// `consumers`: also what lies between the positions that they stored and those of their slots.
  static func read(
    _ evidence: inout Evidence, source: Source, slot only: String? = nil, consumers: [StoredPosition] = []
  ) async throws {
    guard source.directory != nil, evidence.stretches.isEmpty, let end = evidence.wal.end?.lsn
    else { return }
    var reader: WALStretchReader?
    // What a standby's start replays may invalidate its slots.
    if evidence.role == .standby, let version = evidence.version, version.has(.logicalSlotsOnStandby), only == nil,
      let redo = evidence.control?.value.checkpoint.redo, redo < end,
      evidence.slots.contains(where: { $0.state?.decodes == true })
    {
      reader = source.walReader(for: evidence)
      if let stretch = try await reader?.stretch(from: redo, to: end) { evidence.stretches.append(stretch) }
    }
    let snapshots = SnapshotFiles(evidence)
    var seen: Set<LSN> = []
    // Of several that begin at one place the furthest asks for most.
    let slots = evidence.slots.compactMap(\.state).sorted { $0.confirmedFlush > $1.confirmedFlush }
    for slot in slots where slot.decodes && only ?? slot.name == slot.name {
      guard slot.restartLSN < end, snapshots.mayLack(slot.restartLSN), seen.insert(slot.restartLSN).inserted else {
        continue
      }
      reader = reader ?? source.walReader(for: evidence)
      guard let reader else { return }
      // In time means before confirmed_flush. Where it is not, further and further, until it is or the WAL ends.
      var limit = max(slot.confirmedFlush, slot.restartLSN)
      while let stretch = try await reader.stretch(from: slot.restartLSN, to: limit) {
        guard limit < end, !isSettled(slot, snapshots, stretch) else {
          evidence.stretches.append(stretch)
          break
        }
        let read = max(limit.bytes(since: slot.restartLSN), step)
        limit = min(end, LSN(limit.rawValue.addingReportingOverflow(3 &* read).partialValue))
        if limit <= slot.restartLSN { break }
      }
    }
    guard only == nil else { return }
    for stored in consumers {
      guard let received = stored.received,
        let slot = slots.first(where: { $0.name == stored.slotName }), received < slot.confirmedFlush
      else { continue }
      let last = min(slot.confirmedFlush, end)
      guard received < last, !WALKnowledge(evidence.stretches).covers(from: received, to: last) else { continue }
      reader = reader ?? source.walReader(for: evidence)
      if let stretch = try await reader?.stretch(from: received, to: last) { evidence.stretches.append(stretch) }
    }
    // Whether any of what a slot retains is of its own database.
    guard let size = evidence.wal.segmentSize.map({ UInt64($0) }) else { return }
    let lagging = evidence.slots.compactMap(\.state).filter { slot in
      let distance = end.bytes(since: slot.confirmedFlush)
      return slot.decodes && slot.confirmedFlush < end && distance >= size && distance <= quietReach
    }
    guard let first = lagging.map(\.confirmedFlush).min(),
      !WALKnowledge(evidence.stretches).covers(from: first, to: end)
    else { return }
    reader = reader ?? source.walReader(for: evidence)
    if let stretch = try await reader?.stretch(from: first, to: end) { evidence.stretches.append(stretch) }
  }

  private static func isSettled(_ slot: SlotState, _ snapshots: SnapshotFiles, _ stretch: WALStretch) -> Bool {
    switch DecodingStart.find(slot, snapshots, WALKnowledge([stretch])) {
    case .inTime, .damaged, .late(_?): true
    case .late(nil), .inPart, .unknown: false
    }
  }

  /// Bytes of WAL that are read for what is of a slot's own database.
  private static let quietReach: UInt64 = 256 << 20
  /// Bytes of WAL of a first further look.
  private static let step: UInt64 = 16 << 20
}

extension SlotState {
  fileprivate var decodes: Bool {
    isLogical && persistency == .persistent && invalidation == nil && restartLSN.isValid && confirmedFlush.isValid
  }
}
