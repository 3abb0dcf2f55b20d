package import Evidence
package import PostgresFormat

/// One slot, with what its file says put beside what the rest of the directory has.
package struct SlotInspection: Sendable, Hashable {
  /// What becomes of the slot when the server is started again with these files.
  package enum Fate: Sendable, Hashable {
    case fine
    /// The server invalidated it; it must be dropped.
    case lost(SlotState.Invalidation)
    /// Logical, and it stays; but its creation never came to an end, and without a position no consumer can use it.
    case unfinished
    /// Temporary, or still being created: the next start removes it.
    case vanishes
    /// The file cannot be read: the server does not start with it.
    case damaged
    /// Valid by its file, but the WAL that it must read again is gone.
    case walMissing
    /// Valid by its file, but it stands past the end of the WAL here: that WAL was lost, or is not all here.
    case beyondEnd(LSN)
    /// Valid, and the next checkpoint invalidates it, also that of a start.
    case lostNext(SlotState.Invalidation)
    /// Valid, and a standby's start invalidates it by WAL that it replays.
    case lostByReplay(SlotState.Invalidation)
    /// Valid, and each attempt to decode fails: a snapshot that it needs is damaged.
    case cannotDecode
    /// Valid, and decoding leaves out changes without an error: what commits up to here, where that is known.
    case skips(until: LSN?)
  }

  /// What its file, the WAL and the end of it say of the slot: which rules are asked of it.
  enum Condition: Sendable, Hashable, CaseIterable {
    /// Its file cannot be read.
    case damaged
    /// Not persistent.
    case vanishes
    /// Invalid.
    case lost
    /// Logical, without a position.
    case unfinished
    /// It needs WAL that is not here, or is past the end of it.
    case walMissing, beyondEnd
    case valid
  }

  /// The slot's folder and state file.
  package var evidence: SlotEvidence
  /// The name that the server goes by; the folder's name where the file is unreadable.
  package var name: String
  /// datname; nil for a physical slot, and where pg_database could not be read.
  package var databaseName: String?
  let condition: Condition
  /// By the files alone: that of the rule which decides.
  package internal(set) var fate = Fate.fine
  /// nil where the slot retains nothing, or the WAL's end is not known.
  package var requiredWAL: RequiredWAL?
  /// Of a valid logical slot, where nothing worse is known of it and somebody has looked.
  package var decodingStart: DecodingStart?

  /// Without `available` no WAL is found missing.
  package init(_ slot: SlotEvidence, in evidence: Evidence, available: AvailableWAL?) {
    self.evidence = slot
    name = slot.state?.name ?? slot.directory
    guard let state = slot.state else {
      condition = .damaged
      return
    }
    if state.isLogical { databaseName = evidence.databaseName(state.database) }
    let isFinished = !state.isLogical || state.confirmedFlush.isValid && state.restartLSN.isValid
    if state.persistency == .persistent, state.invalidation == nil, isFinished, let restart = state.restartLSN.nonZero {
      requiredWAL = available?.required(from: restart)
    }
    condition =
      if state.persistency != .persistent {
        .vanishes
      } else if state.invalidation != nil {
        .lost
      } else if !isFinished {
        .unfinished
      } else if requiredWAL?.missing.isEmpty == false {
        .walMissing
      } else if let end = evidence.wal.end?.lsn, state.position > end {
        .beyondEnd
      } else {
        .valid
      }
  }
}

extension SlotState {
  /// `pg_replication_slots.conflicting`: derived, from 16; 16 sets it for every invalid logical slot, later versions
  /// only where a recovery conflict was the cause. nil for physical slots and before 16.
  package func isConflicting(in version: ServerVersion?) -> Bool? {
    guard isLogical, let version, version.has(.conflictingSlots) else { return nil }
    switch invalidation {
    case nil: return false
    case .rowsRemoved, .walLevelInsufficient: return true
    case .walRemoved, .idleTimeout: return !version.has(.conflictingByRecovery)
    }
  }
}

extension Set<SlotInspection.Condition> {
  static let all = Set(SlotInspection.Condition.allCases)
}
