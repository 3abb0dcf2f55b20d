import Evidence
import PostgresFormat

/// What a switchover rests on: the standby receives all of the primary's WAL before it is promoted.
///
/// A clean stop ends each walsender only when its receiver has confirmed the last record, the shutdown checkpoint (`WalSndDone` in
/// src/backend/replication/walsender.c): a standby that streams has it all then, and no consumer has more. It waits for nobody who
/// is not connected. So the standby must stream now, by its own word or by the primary's, from this primary.
enum ReceivesAll {
  static let rules = [
    Rule(
      .a13Stop, .error, "The standby streams from this primary, so that a clean stop waits until it has all.",
      "Let the standby connect to the primary and receive its WAL, then ask again."),
    Rule(
      .a13CatchingUp, .warning, "The standby that streams has caught up.",
      "Let it receive what the primary has, then ask again."),
  ]

  /// Ready, or why a clean stop may not wait for the standby.
  static func judge(_ slot: String?, in failover: Failover) -> Outcome {
    let states = [receiver(failover), sender(failover)].compactMap { $0 }
    if failover.standbySettings.text("primary_conninfo")?.isEmpty == true, states.allSatisfy({ $0 == .none }),
      !failover.standby.hasProblem(with: "configuration")
    {
      return fails(
        .atRisk, "the standby has no primary_conninfo: it streams from nobody, and a clean stop would not wait for it",
        "primary_conninfo on the standby is empty", "Set primary_conninfo on the standby, and let it connect.", slot,
        failover)
    }
    if let connection = failover.standbyConnection, !failover.leadsToPrimary(connection) {
      let message = "primary_conninfo on the standby leads to another port or socket than the primary's"
      let remedy = "Give the server that it leads to as --primary, or let it lead to this one."
      switch receiver(failover) {
      case .none?, .catchingUp?:
        return fails(
          .atRisk, "the standby streams from nobody, and its primary_conninfo leads to another server",
          "it does not stream, and \(message)", remedy, slot, failover)
      case .streaming?:
        return fails(.atRisk, "the standby streams from another server", message, remedy, slot, failover)
      case nil:
        return fails(
          .atRisk, "the standby's primary_conninfo leads to another server", message, remedy, slot, failover)
      }
    }
    guard !states.isEmpty else {
      return fails(
        .atRisk, "whether the standby streams from the primary is not known",
        "neither of the two servers was asked whether the standby streams",
        "Give the standby's connection string, or the primary's.", slot, failover)
    }
    if states.contains(.none) {
      return fails(
        .atRisk, "the standby does not stream from the primary, and a clean stop would not wait for it",
        "the standby does not stream from the primary", nil, slot, failover)
    }
    if states.contains(.catchingUp) {
      return fails(
        .waiting, "the standby is still catching up with the primary", "the standby is still catching up", nil, slot,
        failover)
    }
    return .holds("a clean stop waits until the standby has all of the primary's WAL")
  }

  private enum Stream { case none, catchingUp, streaming }

  /// By the running standby; nil where it was not asked, or the role may not see it.
  private static func receiver(_ failover: Failover) -> Stream? {
    guard let server = failover.standby.server, server.asked.seesAllStatistics else { return nil }
    return server.receiver?.status == "streaming" ? .streaming : Stream.none
  }

  /// By the running primary: who uses the standby's slot. nil where it was not asked, or the standby has no slot there.
  private static func sender(_ failover: Failover) -> Stream? {
    guard let server = failover.primary.server, server.asked.seesAllStatistics, let name = failover.physicalSlot?.name,
      let activity = failover.primary.slots.first(where: { $0.state?.name == name })?.activity
    else { return nil }
    guard let pid = activity.activePID, let sender = server.senders.first(where: { $0.pid == pid }) else {
      return Stream.none
    }
    switch sender.state {
    case "streaming": return .streaming
    case "startup", "catchup": return .catchingUp
    default: return Stream.none
    }
  }

  private static func fails(
    _ verdict: Verdict, _ headline: String, _ message: String, _ remedy: String?, _ slot: String?, _ failover: Failover
  ) -> Outcome {
    .fails(
      verdict, headline,
      Finding(
        verdict == .waiting ? .a13CatchingUp : .a13Stop, slot: slot,
        "A clean stop of the primary may not give this standby all of its WAL: \(message).",
        facts: [failover.standbyEndFact], remedy: remedy))
  }
}
