package import Evidence
package import PostgresFormat

/// One slot, with what its file says put beside what the rest of the directory has.
package struct SlotInspection: Sendable, Hashable {
  /// What becomes of the slot when the server is started again with these files.
  package enum Fate: Sendable, Hashable {
    case fine
    /// The server gave it up; it must be dropped.
    case lost(SlotState.Invalidation)
    /// Temporary, or still being created: the next start removes it.
    case vanishes
    /// The file cannot be read: the server does not start with it.
    case damaged
    /// Valid by its file, but the WAL that it must read again is gone.
    case walMissing
    /// Valid by its file, but it stands past the end of the WAL here: that WAL was lost, or is not all here.
    case beyondEnd(LSN)
  }

  /// The slot's folder and state file.
  package var evidence: SlotEvidence
  /// The name that the server goes by; the folder's name where the file is unreadable.
  package var name: String
  /// datname; nil for a physical slot, and where pg_database could not be read.
  package var databaseName: String?
  /// By the files alone.
  package var fate: Fate
  /// nil where the slot holds back nothing, or the WAL's end is not known.
  package var requiredWAL: RequiredWAL?

  /// Without `available` no WAL is found missing.
  package init(_ slot: SlotEvidence, in evidence: Evidence, available: AvailableWAL?) {
    self.evidence = slot
    name = slot.state?.name ?? slot.directory
    guard let state = slot.state else {
      fate = .damaged
      return
    }
    if state.isLogical { databaseName = evidence.databaseName(state.database) }
    if state.persistency != .persistent {
      fate = .vanishes
      return
    }
    if let cause = state.invalidation {
      fate = .lost(cause)
      return
    }
    if let restart = state.restartLSN.nonZero { requiredWAL = available?.required(from: restart) }
    if requiredWAL?.missing.isEmpty == false {
      fate = .walMissing
    } else if let end = evidence.wal.end?.lsn, max(state.restartLSN, state.confirmedFlush) > end {
      fate = .beyondEnd(end)
    } else {
      fate = .fine
    }
  }
}

extension SlotState {
  /// `pg_replication_slots.conflicting`: derived, from 16; 16 sets it for every invalid logical slot, later versions
  /// only where a recovery conflict was the cause. nil for physical slots and before 16.
  package func isConflicting(in version: ServerVersion?) -> Bool? {
    guard isLogical, let version, version >= .v16 else { return nil }
    switch invalidation {
    case nil: return false
    case .rowsRemoved, .walLevelInsufficient: return true
    case .walRemoved, .idleTimeout: return version == .v16
    }
  }
}
