import Evidence
package import PostgresFormat

/// What the primary committed and this standby never received, whoever reads it: a promotion loses it.
///
/// With `S` the end of the standby's WAL and `W` that of the primary's, it is what was committed in `[S, W)`. Where logical
/// slots are judged, their consumers decide, and this is a warning beside them. Without one nothing else says what the
/// promotion costs, and it decides. A primary that runs sends the rest, as long as the standby receives: then only a standby
/// that is more than a segment behind waits for it.
enum LackingWAL {
  static let unit = RuleUnit(
    .promotion, .promotion { failover, slots in check(failover, slots).map { [$0] } ?? [] },
    rules: Rule(
      .a40, .error,
      "The standby has received all that the primary committed, whether or not a consumer waits for it.",
      "Let the standby receive the rest, or copy the last segments of the primary's pg_wal into its own."),
    Rule(
      .a40Consumers, .warning,
      "The standby has received all that the primary committed, where the slots' consumers decide.",
      "Let the standby receive the rest, or copy the last segments of the primary's pg_wal into its own."),
    Rule(
      .a40Open, .warning, "How much the standby lacks of the primary's WAL is known.",
      "Give the primary's directory as it is now, or a server that answers."),
    Rule(
      .a40Sent, .warning, "A primary that runs has no more than a segment still to send.",
      "Wait until it has caught up; a clean stop of the primary sends all of it."),
    Rule(
      .a40Nothing, .info, "What the standby lacks of the primary's WAL is nothing, or comes by itself.",
      "Nothing to do: nothing was committed there."),
    Rule(
      .a40Older, .error, "A primary that ran, and had no consumer to speak for, was looked at now.",
      "Give the primary's connection string, or its directory as it is now."))

  private static func check(_ failover: Failover, _ slots: [SlotAssessment]) -> Outcome? {
    guard failover.primary.control != nil else { return nil }
    guard var found = failover.isPromoted ? left(failover) : lacking(failover) else { return nil }
    guard failover.hasConsumers else { return found }
    // Not where a slot tells it of its consumer already.
    guard slots.allSatisfy({ $0.exposure.vanished == nil }) else { return nil }
    found.verdict = .ready
    return found
  }

  private static func lacking(_ failover: Failover) -> Outcome? {
    let start = failover.standbyEnd
    let end = failover.primaryEnd ?? failover.primary.wal.end?.lsn ?? .none
    let lacking = end > start ? failover.changes.commits(from: start, to: end) : nil
    let facts = [
      failover.standbyEndFact,
      Fact("WAL ends at \(end)", path: failover.primary.wal.path ?? "pg_wal", node: "primary"),
    ]
    if failover.primaryRuns, !failover.primaryIsPresent, !failover.hasConsumers { return older(facts, failover) }
    if failover.primaryRuns { return lacking.flatMap { sent($0, facts, failover) } }
    let catchUp = CatchUp(failover)
    if let doubt = failover.primaryEndDoubt {
      let atLeast = lacking.map { $0.transactions > 0 ? ", at least \($0.whole)" : "" } ?? ""
      return .fails(
        .atRisk, "how much of the primary's WAL this standby lacks is open",
        Finding(
          .a40Open, "How much of the primary's WAL this standby lacks is open\(atLeast): \(doubt).", facts: facts))
    }
    guard let lacking else { return nil }
    if lacking.isEmpty {
      return .note(
        Finding(
          .a40Nothing,
          "The primary has \(ByteCount.text(lacking.bytes)) of WAL past this standby's end, without a commit.",
          facts: facts))
    }
    let cannot = catchUp.map { $0.nowhere.isEmpty ? "" : ", and cannot catch up" } ?? ""
    return .fails(
      .atRisk, "this standby lacks \(lacking.whole) of the primary\(cannot)",
      Finding(
        rule(failover), "This standby lacks \(lacking.whole) that the primary has.", facts: facts,
        remedy: catchUp?.remedy
          ?? "Let the standby receive WAL up to \(end), or copy those segments into its pg_wal, then ask again."))
  }

  /// Nobody knows what a primary has done since it was captured while it ran, not even whether it has slots by now.
  private static func older(_ facts: [Fact], _ failover: Failover) -> Outcome {
    let time = failover.primary.origin.gatheredAt.map { " at \($0)" } ?? ""
    return .fails(
      .atRisk, "the evidence of the primary is older than what happened since",
      Finding(
        .a40Older,
        "The primary was captured\(time), while it ran: what it committed since then, and whether it has slots by now, is open.",
        facts: facts))
  }

  private static func rule(_ failover: Failover) -> RuleID { failover.hasConsumers ? .a40Consumers : .a40 }

  /// What the old primary committed past the fork: it is on the old timeline only.
  private static func left(_ failover: Failover) -> Outcome? {
    let end = failover.primary.wal.end?.lsn ?? failover.primaryEnd ?? .none
    guard end > failover.standbyEnd else { return nil }
    let left = failover.changes.commits(from: failover.standbyEnd, to: end)
    guard !left.isEmpty else { return nil }
    return .fails(
      .atRisk, "the old primary has \(left.whole) that this server lacks",
      Finding(
        rule(failover),
        "The old primary has \(left.whole) past the fork at \(failover.standbyEnd), which this server lacks.",
        facts: [Fact("WAL ends at \(end)", path: failover.primary.wal.path ?? "pg_wal", node: "primary")],
        remedy: "\"slotscope ledger\" lists them; keep the old primary's files until they are dealt with."))
  }

  /// What a running primary has still to send, as of the look at the two.
  private static func sent(_ lacking: CommittedChanges, _ facts: [Fact], _ failover: Failover) -> Outcome {
    let size = ByteCount.text(lacking.bytes)
    func fails(_ verdict: Verdict, _ headline: String, _ message: String, _ remedy: String) -> Outcome {
      .fails(verdict, headline, Finding(rule(failover), message, facts: facts, remedy: remedy))
    }
    if let catchUp = CatchUp(failover) {
      return fails(
        .atRisk, "this standby lacks \(size) of the primary's WAL, and cannot stream it",
        "This standby lacks \(size) of the primary's WAL.", catchUp.remedy)
    }
    // Gone now, it sends nothing more.
    if failover.event == .crash, !lacking.isEmpty {
      return fails(
        .atRisk, "this standby lacks \(lacking.whole) of the primary",
        "This standby lacks \(lacking.whole) that the primary has; they would be gone with it.",
        "Let the standby receive what the primary has, then ask again.")
    }
    let stream = ReceivesAll.judge(nil, in: failover)
    if failover.event == .switchover, !lacking.isEmpty, !stream.isReady {
      return fails(
        stream.verdict, stream.headline,
        "This standby lacks \(lacking.whole) that the primary has, and \(stream.headline).",
        "Let the standby stream from the primary, then ask again.")
    }
    guard failover.standbyReceives else {
      return fails(
        .atRisk, "this standby receives nothing, and lacks \(size) of the primary's WAL",
        "This standby does not receive WAL, and lacks \(size) of it (as of this look, the primary runs).",
        "Let the standby run and stream, then ask again.")
    }
    let isFar = lacking.bytes > UInt64(failover.primary.wal.segmentSize ?? 16 << 20)
    let finding = Finding(
      isFar ? .a40Sent : .a40Nothing,
      "This standby was \(size) behind when it was looked at; the primary runs and sends it.",
      facts: facts, remedy: "Wait until it has caught up; a clean stop of the primary sends all of it.")
    return isFar
      ? .fails(.waiting, "this standby is \(size) behind the primary, which sends it", finding) : .note(finding)
  }
}

extension Failover {
  /// Whether a logical slot on the primary may have a consumer; damaged ones may be such.
  var hasConsumers: Bool {
    primary.slots.contains { $0.state.map { $0.isLogical && $0.persistency == .persistent } ?? true }
  }

  /// Whether the primary has a logical slot that is meant to go on.
  var hasLogicalSlots: Bool { primary.slots.contains { $0.state?.isUsable == true } }

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
