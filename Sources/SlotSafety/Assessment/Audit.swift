package import Evidence
package import PostgresFormat

/// A question about a promotion: one primary (or none), the standbys that could take over, and what else is known.
package struct Audit: Sendable {
  package var primary: Evidence?
  package var standbys: [Evidence]
  package var subscribers: [Evidence]
  /// WAL of the primary's history from archives.
  package var archive: [WALStretch]
  /// Judge as if each standby's WAL ended here.
  package var promoteAt: LSN?

  package init(
    primary: Evidence?, standbys: [Evidence], subscribers: [Evidence] = [], archive: [WALStretch] = [],
    promoteAt: LSN? = nil
  ) {
    (self.primary, self.standbys, self.subscribers) = (primary, standbys, subscribers)
    (self.archive, self.promoteAt) = (archive, promoteAt)
  }

  /// The answers, the best candidate first: by verdict, then by WAL, then by slots that go on.
  package func assessments() -> [Assessment] {
    standbys.map(assess).sorted { a, b in
      if a.verdict != b.verdict { return a.verdict < b.verdict }
      if a.switchPoint != b.switchPoint { return (a.switchPoint ?? .none) > (b.switchPoint ?? .none) }
      return a.slots.count { $0.verdict == .ready } > b.slots.count { $0.verdict == .ready }
    }
  }

  package func assess(_ standby: Evidence) -> Assessment {
    guard let primary else { return assessAlone(standby) }
    let (relation, findings) = Identity.relation(primary: primary, standby: standby)
    guard let relation, let version = primary.version, let found = standby.wal.end?.lsn else {
      return refused(primary, standby, findings)
    }
    switch relation {
    case .follows:
      let end = promoteAt ?? found
      guard end <= found else {
        return refused(
          primary, standby,
          [
            Finding(
              .a13, "The standby's WAL ends at \(found); it cannot be promoted at \(end).",
              facts: [Fact("WAL ends at \(found)", path: standby.wal.path ?? "pg_wal", node: "standby")])
          ])
      }
      let failover = FailoverCase(
        primary: primary, standby: standby, subscribers: subscribers, archive: archive, version: version,
        standbyEnd: end, isPromoted: false)
      return assess(failover, findings)
    case .promoted(let fork):
      let failover = FailoverCase(
        primary: primary, standby: standby, subscribers: subscribers, archive: archive, version: version,
        standbyEnd: fork, isPromoted: true)
      return assess(failover, findings)
    }
  }

  private func assess(_ failover: FailoverCase, _ findings: [Finding]) -> Assessment {
    let logical = failover.primary.slots.filter { $0.state?.isLogical ?? true }
    var slots = logical.map { LogicalSlotJudge.assess($0, in: failover) }
    slots.sort { $0.slotName < $1.slotName }
    return Assessment(failover, slots: slots, findings: findings)
  }

  /// Nothing can be compared: every slot's fate is unknown.
  private func refused(_ primary: Evidence, _ standby: Evidence, _ findings: [Finding]) -> Assessment {
    let slots = primary.slots.map { slot in
      SlotAssessment(
        slotName: slot.state?.name ?? slot.directory, isLogical: slot.state?.isLogical ?? true,
        plugin: slot.state?.plugin,
        databaseName: slot.state.flatMap { primary.databaseName($0.database) }, verdict: .unknown, counts: true,
        reason: "the two nodes cannot be compared", primary: SlotView(slot, in: primary), standby: nil,
        consumer: Position(atLeast: slot.state?.confirmedFlush.nonZero, atMost: nil, basis: "the primary's slot"),
        findings: [], exposure: Exposure())
    }
    return Assessment(
      verdict: .unknown, primary: NodeSummary(primary), standby: NodeSummary(standby), isPromoted: false,
      switchPoint: nil, slots: slots.sorted { $0.slotName < $1.slotName }, findings: findings)
  }

  private func assessAlone(_ standby: Evidence) -> Assessment {
    Assessment(
      verdict: .unknown, primary: nil, standby: NodeSummary(standby), isPromoted: false,
      switchPoint: standby.wal.end?.lsn, slots: [], findings: [])
  }
}

extension Assessment {
  init(_ failover: FailoverCase, slots: [SlotAssessment], findings: [Finding]) {
    let all = findings + slots.flatMap(\.findings)
    self.init(
      verdict: slots.filter(\.counts).map(\.verdict).max() ?? .ready, primary: NodeSummary(failover.primary),
      standby: NodeSummary(failover.standby), isPromoted: failover.isPromoted, switchPoint: failover.standbyEnd,
      slots: slots,
      findings: all.enumerated()
        .sorted { ($1.element.severity, $0.offset) < ($0.element.severity, $1.offset) }.map(\.element))
  }
}
