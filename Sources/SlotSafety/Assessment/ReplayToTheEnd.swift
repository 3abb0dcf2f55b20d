import Evidence
import PostgresFormat

/// Invariant: the standby replays all the WAL that it has before it takes over.
///
/// `S` is the end of the standby's WAL only where nothing ends its recovery earlier. With a recovery target (12 and later:
/// in the configuration; before: in recovery.conf) recovery ends there, also of a standby, and what lies behind is on no
/// timeline any more. Follows `recoveryStopsBefore` in src/backend/access/transam/xlogrecovery.c.
enum ReplayToTheEnd {
  /// Holds too where the operator has said where the WAL ends (`--promote-at`).
  static func judge(_ failover: FailoverCase, endIsGiven: Bool) -> Judgement {
    guard !failover.isPromoted, !endIsGiven else { return .holds() }
    guard
      let name = RecoveryParameter.targets.first(where: { failover.standbySettings[$0]?.text.isEmpty == false })
    else { return .holds() }
    return .fails(
      .atRisk, "\(name) may end the standby's recovery before the end of its WAL",
      [
        Finding(
          .a36, .error, "\(name) is set on the standby: promoted, it may lack WAL that it has in its folder.",
          facts: [failover.fact(of: name, in: failover.standbySettings, node: "standby")],
          remedy: "Remove the target and restart the standby, or ask for the position where it ends (--promote-at).")
      ])
  }
}
