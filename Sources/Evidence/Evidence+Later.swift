import PostgresFormat

extension Evidence {
  /// What a running primary says of its slots when it is asked again after its standbys.
  ///
  /// Synchronization goes on between the two questions, so that a copy can be ahead of what the primary showed first. By the later
  /// answer the consumer had confirmed as much as each copy has, or the copy is another slot's. Nothing else is taken over: a
  /// position past the standby's end would only say that time has passed.
  package mutating func take(later: Evidence, copies: [SlotEvidence]) {
    guard server != nil, later.server?.startedAt == server?.startedAt else { return }
    for index in slots.indices {
      guard let state = slots[index].state, state.isLogical,
        let now = later.slots.compactMap(\.state).first(where: { $0.name == state.name }),
        now.database == state.database,
        now.plugin == state.plugin, now.restartLSN >= state.restartLSN, now.confirmedFlush >= state.confirmedFlush
      else { continue }
      let seen = copies.compactMap(\.state).filter { $0.name == state.name }.map(\.confirmedFlush)
      let confirmed = seen.filter { $0 <= now.confirmedFlush }.max() ?? .none
      slots[index].state?.confirmedFlush = max(state.confirmedFlush, confirmed)
    }
  }
}
