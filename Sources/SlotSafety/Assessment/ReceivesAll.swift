import Evidence
import PostgresFormat

/// What a switchover rests on: the standby receives all of the primary's WAL before it is promoted.
///
/// A clean stop ends each walsender only when its receiver has confirmed the last record, the shutdown checkpoint (`WalSndDone` in
/// src/backend/replication/walsender.c): a standby that streams has it all then, and no consumer has more. It waits for nobody who
/// is not connected. So the standby must stream now, by its own word or by the primary's, from this primary; and the primary must not
/// give it up while it stops: with `wal_sender_shutdown_timeout` (19) it does after that time, and with a short
/// `wal_sender_timeout` as soon as the standby is slow once (`WalSndCheckTimeOut`). Nobody can connect again by then.
enum ReceivesAll {
  static let rules = [
    Rule(
      .a13Stop, .error, "The standby streams from this primary, so that a clean stop waits until it has all.",
      "Let the standby connect to the primary and receive its WAL, then ask again."),
    Rule(
      .a13StopTimeout, .error,
      "The primary waits at a clean stop until its standbys have everything: no short timeout ends that.",
      "Set it on the primary and reload it before the stop."),
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
    if let short = failover.shortStop {
      return .fails(
        .atRisk, "a clean stop of the primary may end before the standby has all of its WAL",
        Finding(
          .a13StopTimeout, slot: slot,
          "A clean stop of the primary may not give this standby all of its WAL: \(short.sentence).",
          facts: [failover.fact(of: short.setting, in: failover.primarySettings, node: "primary")],
          remedy: short.remedy))
    }
    return .holds("a clean stop waits until the standby has all of the primary's WAL")
  }

  private enum Stream { case none, catchingUp, streaming }

  /// By the running standby; nil where it was not asked, or the role may not see it.
  private static func receiver(_ failover: Failover) -> Stream? {
    guard let server = failover.standby.server, server.asked.seesAllStatistics else { return nil }
    return server.receiver?.status == "streaming" ? .streaming : Stream.none
  }

  /// By the running primary: who uses the standby's slot. A standby that names a slot which this primary does not have streams from
  /// another server, a standby of it; so does one without a slot where nobody streams from this primary without one. nil where the
  /// primary was not asked.
  private static func sender(_ failover: Failover) -> Stream? {
    let name = failover.standbySettings.text("primary_slot_name") ?? ""
    if !name.isEmpty, failover.physicalSlot == nil, !failover.primary.hasProblem(with: "slot_state") {
      return Stream.none
    }
    guard let server = failover.primary.server, server.asked.seesAllStatistics else { return nil }
    guard !name.isEmpty else {
      guard !failover.standbySettings.isHidden("primary_slot_name") else { return nil }
      // A receiver may have a temporary slot of its own (wal_receiver_create_temp_slot).
      let users = Set(
        failover.primary.slots.compactMap { slot in
          slot.state?.isLogical == false && slot.state?.persistency == .temporary ? nil : slot.activity?.activePID
        })
      let others = server.senders.filter { sender in sender.pid.map { !users.contains($0) } ?? true }
      return others.contains { ["startup", "catchup", "streaming"].contains($0.state) } ? nil : Stream.none
    }
    guard let activity = failover.primary.slots.first(where: { $0.state?.name == name })?.activity else { return nil }
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

extension Failover {
  /// What may end a clean stop before the standby has everything: the primary's setting, why, and what to do; nil where nothing does.
  fileprivate var shortStop: (setting: String, sentence: String, remedy: String)? {
    let (shutdown, timeout) = ("wal_sender_shutdown_timeout", "wal_sender_timeout")
    if let time = primarySettings.integer(shutdown), time >= 0 {
      return (
        shutdown, "\(shutdown) on the primary is \(time) ms, after which it stops whoever lacks what",
        "Set \(shutdown) = -1 on the primary and reload it before the stop."
      )
    }
    guard let time = primarySettings.integer(timeout), time > 0, time < Self.shortestTimeout else { return nil }
    return (
      timeout, "\(timeout) on the primary is \(time) ms, and a standby that is silent so long is cut off",
      "Set \(timeout) = 0 on the primary, or at least 10 s, and reload it before the stop."
    )
  }

  /// In milliseconds. A standby answers as soon as it is asked, which is after half of the time; the default is a minute.
  private static let shortestTimeout: Int64 = 10_000
}
