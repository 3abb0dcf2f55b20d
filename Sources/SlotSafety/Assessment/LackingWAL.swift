import Evidence
package import PostgresFormat

/// What the primary committed and this standby never received, whoever reads it: a promotion loses it.
///
/// With `S` the end of the standby's WAL and `W` that of the primary's, it is what was committed in `[S, W)`. Where logical
/// slots are judged, their consumers decide, and this is a warning beside them. Without one nothing else says what the
/// promotion costs, and it decides. A primary that runs sends the rest, as long as the standby receives: then only a standby
/// that is more than a segment behind waits for it.
enum LackingWAL {
  /// A40 where no logical slot speaks for a consumer; nil where a promotion costs nothing.
  static func judge(_ failover: Failover) -> Judgement? {
    guard !failover.hasConsumers, let found = find(failover) else { return nil }
    return found.verdict == .ready ? nil : .fails(found.verdict, found.reason, [found.finding])
  }

  /// A40 beside the verdicts on slots; not where one of them tells it of its consumer already.
  static func findings(_ failover: Failover, beside slots: [SlotAssessment]) -> [Finding] {
    guard var found = find(failover), slots.allSatisfy({ $0.exposure.vanished == nil }) else { return [] }
    if !failover.hasConsumers, found.verdict != .ready { return [] }
    if failover.hasConsumers { found.finding.severity = min(found.finding.severity, .warning) }
    return [found.finding]
  }

  private static func find(_ failover: Failover) -> (verdict: Verdict, reason: String, finding: Finding)? {
    guard failover.primary.control != nil else { return nil }
    if failover.isPromoted { return left(failover) }
    let start = failover.standbyEnd
    let end = failover.primaryEnd ?? failover.primary.wal.end?.lsn ?? .none
    let lacking = end > start ? failover.changes.commits(from: start, to: end) : nil
    let facts = [
      Fact("WAL ends at \(start)", path: failover.standby.wal.path ?? "pg_wal", node: "standby"),
      Fact("WAL ends at \(end)", path: failover.primary.wal.path ?? "pg_wal", node: "primary"),
    ]
    if failover.primaryRuns, !failover.primaryIsPresent, !failover.hasConsumers { return older(facts, failover) }
    if failover.primaryRuns { return lacking.flatMap { sent($0, facts, failover) } }
    let catchUp = CatchUp(failover)
    let copy =
      catchUp?.remedy
      ?? "Let the standby receive WAL up to \(end), or copy those segments into its pg_wal, then ask again."
    let cannot = catchUp.map { $0.nowhere.isEmpty ? "" : ", and cannot catch up" } ?? ""
    if let doubt = failover.primaryEndDoubt {
      let atLeast = lacking.map { $0.transactions > 0 ? ", at least \($0.whole)" : "" } ?? ""
      return (
        .atRisk, "how much of the primary's WAL this standby lacks is open",
        Finding(
          .a40, .warning, "How much of the primary's WAL this standby lacks is open\(atLeast): \(doubt).", facts: facts,
          remedy: "Give the primary's directory as it is now, or a server that answers.")
      )
    }
    guard let lacking else { return nil }
    if lacking.isEmpty {
      return (
        .ready, "",
        Finding(
          .a40, .info,
          "The primary has \(ByteCount.text(lacking.bytes)) of WAL past this standby's end, without a commit.",
          facts: facts, remedy: "Nothing to do: nothing was committed there.")
      )
    }
    return (
      .atRisk, "this standby lacks \(lacking.whole) of the primary\(cannot)",
      Finding(.a40, "This standby lacks \(lacking.whole) that the primary has.", facts: facts, remedy: copy)
    )
  }

  /// Nobody knows what a primary has done since it was captured while it ran, not even whether it has slots by now.
  private static func older(
    _ facts: [Fact], _ failover: Failover
  ) -> (verdict: Verdict, reason: String, finding: Finding) {
    let time = failover.primary.origin.gatheredAt.map { " at \($0)" } ?? ""
    return (
      .atRisk, "the evidence of the primary is older than what happened since",
      Finding(
        .a40,
        "The primary was captured\(time), while it ran: what it committed since then, and whether it has slots by now, is open.",
        facts: facts, remedy: "Give the primary's connection string, or its directory as it is now.")
    )
  }

  /// What the old primary committed past the fork: it is on the old timeline only.
  private static func left(_ failover: Failover) -> (verdict: Verdict, reason: String, finding: Finding)? {
    let end = failover.primary.wal.end?.lsn ?? failover.primaryEnd ?? .none
    guard end > failover.standbyEnd else { return nil }
    let left = failover.changes.commits(from: failover.standbyEnd, to: end)
    guard !left.isEmpty else { return nil }
    return (
      .atRisk, "the old primary has \(left.whole) that this server lacks",
      Finding(
        .a40, "The old primary has \(left.whole) past the fork at \(failover.standbyEnd), which this server lacks.",
        facts: [Fact("WAL ends at \(end)", path: failover.primary.wal.path ?? "pg_wal", node: "primary")],
        remedy: "\"slotscope ledger\" lists them; keep the old primary's files until they are dealt with.")
    )
  }

  /// What a running primary has still to send, as of the look at the two.
  private static func sent(
    _ lacking: CommittedChanges, _ facts: [Fact], _ failover: Failover
  ) -> (verdict: Verdict, reason: String, finding: Finding) {
    let size = ByteCount.text(lacking.bytes)
    if let catchUp = CatchUp(failover) {
      return (
        .atRisk, "this standby lacks \(size) of the primary's WAL, and cannot stream it",
        Finding(.a40, "This standby lacks \(size) of the primary's WAL.", facts: facts, remedy: catchUp.remedy)
      )
    }
    // Gone now, it sends nothing more.
    if failover.event == .crash, !lacking.isEmpty {
      return (
        .atRisk, "this standby lacks \(lacking.whole) of the primary",
        Finding(
          .a40, "This standby lacks \(lacking.whole) that the primary has; they would be gone with it.", facts: facts,
          remedy: "Let the standby receive what the primary has, then ask again.")
      )
    }
    let stream = ReceivesAll.judge(nil, in: failover)
    if failover.event == .switchover, !lacking.isEmpty, !stream.isReady {
      return (
        stream.verdict, stream.reason,
        Finding(
          .a40, "This standby lacks \(lacking.whole) that the primary has, and \(stream.reason).", facts: facts,
          remedy: "Let the standby stream from the primary, then ask again.")
      )
    }
    guard failover.standbyReceives else {
      return (
        .atRisk, "this standby receives nothing, and lacks \(size) of the primary's WAL",
        Finding(
          .a40, "This standby does not receive WAL, and lacks \(size) of it (as of this look, the primary runs).",
          facts: facts, remedy: "Let the standby run and stream, then ask again.")
      )
    }
    let isFar = lacking.bytes > UInt64(failover.primary.wal.segmentSize ?? 16 << 20)
    return (
      isFar ? .waiting : .ready, "this standby is \(size) behind the primary, which sends it",
      Finding(
        .a40, isFar ? .warning : .info,
        "This standby was \(size) behind when it was looked at; the primary runs and sends it.",
        facts: facts, remedy: "Wait until it has caught up; a clean stop of the primary sends all of it.")
    )
  }
}

extension Failover {
  /// Whether a logical slot on the primary may have a consumer; damaged ones may be such.
  var hasConsumers: Bool {
    primary.slots.contains { $0.state.map { $0.isLogical && $0.persistency == .persistent } ?? true }
  }

  /// Whether the standby is known to have all that the primary wrote.
  var standbyHasAll: Bool { primaryEnd.map { $0 <= standbyEnd } ?? false }

  /// Of a server its WAL receiver tells it; of files, whether a server runs on them, as nothing tells more.
  fileprivate var standbyReceives: Bool {
    guard let server = standby.server else { return standby.isRunning != false }
    guard let receiver = server.receiver else { return false }
    return receiver.status.map { $0 == "streaming" } ?? true
  }
}

extension CommittedChanges {
  /// `5 transactions (5.2 MB)`, of whatever database; where not all was read, at least so many.
  fileprivate var whole: String {
    let count = "\(transactions) transaction\(transactions == 1 ? "" : "s")"
    if isComplete { return "\(count) (\(ByteCount.text(bytes)))" }
    let known = transactions > 0 ? "at least \(count)" : "an unknown number of transactions"
    return "\(known) (\(ByteCount.text(bytes)) of WAL, not all of which could be read)"
  }
}

extension WALKnowledge {
  /// What was committed in any database in `from ..< to`. Messages do not count: they change nothing.
  package func commits(from: LSN, to: LSN) -> CommittedChanges {
    let (parts, isComplete) = pieces(from: from, to: to)
    var result = CommittedChanges(from: from, to: to, transactions: 0, messages: 0, isComplete: isComplete)
    for part in parts {
      for one in part.stretch.activity.databases {
        let count = part.stretch.activity.commitCount(of: one.database, from: part.from, to: part.to)
        result.transactions &+= count.atLeast
        if !count.isExact { result.isComplete = false }
      }
    }
    return result
  }
}
