import Evidence
package import PostgresFormat

/// A slot that the old node has on disk, and what it does there once the node is a standby.
package struct RejoinSlot: Sendable, Hashable {
  /// The raw values stand in documents.
  package enum Effect: String, Sendable, Hashable, CaseIterable {
    /// Slot synchronization ends with an error at it (17 and later).
    case blocksSynchronization = "blocks_synchronization"
    /// Retains WAL, or pins rows, for as long as it is there; by hot_standby_feedback on the new primary, too.
    case pins
    /// Taken over by slot synchronization.
    case takenOver = "taken_over"
    /// Gone after pg_rewind, or in the new base backup.
    case removed
    /// Does no harm.
    case none
    /// Its state file could not be read.
    case unknown
  }

  /// From the state file, or of the folder where that could not be read.
  package var name: String
  /// The state file's path.
  package var path: String
  /// nil where it could not be read.
  package var state: SlotState?
  /// What it does.
  package var effect: Effect
  /// The oldest WAL that it retains; nil: none.
  package var retainsFrom: LSN? { state.flatMap { $0.invalidation == nil ? $0.restartLSN.nonZero : nil } }
  /// The oldest transaction whose rows or catalog rows it pins; nil: none.
  package var pinsRowsOf: TransactionID? {
    guard let state, state.invalidation == nil else { return nil }
    return [state.xmin, state.catalogXmin].first { $0.isValid }
  }
  /// It retains or pins something.
  package var pinsAnything: Bool { retainsFrom != nil || pinsRowsOf != nil }

  /// All of the old node's, by name.
  static func all(of c: RejoinCase, way: Rejoin.Way) -> [RejoinSlot] {
    let names = failoverNames(of: c)
    return c.old.slots.compactMap { evidence in
      guard let state = evidence.state else {
        return RejoinSlot(name: evidence.directory, path: evidence.path, state: nil, effect: .unknown)
      }
      // A restart removes those that are not persistent.
      guard state.persistency == .persistent else { return nil }
      var slot = RejoinSlot(name: state.name, path: evidence.path, state: state, effect: .none)
      slot.effect = slot.effect(of: state, c, way, names)
      return slot
    }
    .sorted { $0.name < $1.name }
  }

  /// The failover slots that the new primary has; nil where its slots are not known.
  private static func failoverNames(of c: RejoinCase) -> Set<String>? {
    guard !c.newIsHistoryOnly, c.new.control != nil || c.new.positionsAreLive,
      !c.new.problems.contains(where: { $0.subject == "slot_folder" })
    else { return nil }
    return Set(c.new.slots.compactMap(\.state).filter { $0.failover == true }.map(\.name))
  }

  private func effect(of state: SlotState, _ c: RejoinCase, _ way: Rejoin.Way, _ names: Set<String>?) -> Effect {
    if way == .rewind || way == .rebuild { return .removed }
    if state.isLogical, c.version?.has(.slotSynchronization) == true {
      if state.synced == true { return .takenOver }
      // Name and synced are all that is looked at. Where the new primary's slots are not known, a failover slot has its namesake.
      if names?.contains(state.name) ?? (state.failover == true) { return .blocksSynchronization }
    }
    return pinsAnything ? .pins : .none
  }
}
