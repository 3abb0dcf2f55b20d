package import Evidence
package import PostgresFormat

/// From which position each node's WAL must be read to judge a failover.
package struct WALDemand: Sendable, Hashable {
  /// nil: none of the primary's WAL is needed.
  package var primary: LSN?
  /// nil: none of the standby's WAL is needed.
  package var standby: LSN?

  /// With `c` and `r` the positions of the slots, `S` the standby's end: the primary's WAL tells what was committed from
  /// the smallest of `c` and `S` on; the standby's must be readable from the smallest `r` on, and what is replayed again
  /// begins at its redo position. What a transaction changed that was open at `c` lies after `r`.
  ///
  /// `oldestConsumer`: the smallest position that a consumer stored itself.
  package init(primary: Evidence?, standby: Evidence, promoteAt: LSN? = nil, oldestConsumer: LSN? = nil) {
    func positions(_ evidence: Evidence) -> (confirmed: [LSN], restart: [LSN]) {
      let states = evidence.slots.compactMap(\.state)
        .filter(\.isUsable)
      return (states.compactMap(\.confirmedFlush.nonZero), states.compactMap(\.restartLSN.nonZero))
    }
    let there = primary.map(positions) ?? (confirmed: [], restart: [])
    let here = positions(standby)
    let end = promoteAt ?? standby.wal.end?.lsn
    let fork = primary?.currentTimeline.flatMap { standby.currentHistory?.switchPoint(of: $0) }
    self.primary = (there.confirmed + there.restart + [end, fork, oldestConsumer].compactMap { $0 }).min()
    let redo = standby.control.map(\.value.checkpoint.redo)
    // A clean stop after the evidence of a running primary was taken is told from a crash by what its last checkpoint said.
    let checkpoint = primary?.isRunning == false ? nil : primary?.control.map(\.value.checkpoint.redo)
    self.standby =
      (there.confirmed + there.restart + here.restart + here.confirmed
      + [redo, fork, checkpoint, oldestConsumer].compactMap { $0 })
      .min()
  }

  /// From where the primary's WAL must be read when the standby's has been.
  ///
  /// Up to the standby's end `S` the standby's own WAL tells what was committed. Of the primary's are needed: what lies
  /// after `S`, all of the transactions that were open there, and enough before it to see that both are the same WAL.
  package func primary(beside standby: Evidence, promoteAt: LSN? = nil) -> LSN? {
    guard let primary, promoteAt == nil, standby.role == .standby, let end = standby.wal.end?.lsn,
      let size = standby.wal.segmentSize, let last = standby.stretches.last, last.to == end,
      last.from <= primary, last.activity.relationsComplete
    else { return primary }
    let open = last.activity.openTransactions.map(\.first) + last.activity.openPreparedTransactions.map(\.start)
    guard last.activity.openTransactionCount == last.activity.openTransactions.count else { return primary }
    let overlap = LSN(end.rawValue - min(end.rawValue, UInt64(size)))
    return max(primary, (open + [overlap]).min() ?? overlap)
  }
}
