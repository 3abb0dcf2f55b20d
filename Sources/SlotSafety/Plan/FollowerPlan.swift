import Evidence
import PostgresFormat

/// Other standbys of the old primary: after the promotion they follow the new one, if they are not ahead of it.
extension NodePair {
  /// 13 and later, where a change of primary_conninfo needs no restart; who may make it is asked from 15 on.
  func followerSteps(_ followers: ArraySlice<Evidence>) throws(QuotingError) -> [Step] {
    guard words.reloadsConnection else { return [] }
    var steps: [Step] = []
    for (member, follower) in followers.enumerated()
    where follower.role == .standby && follower.isReadable
      && follower.control?.value.systemIdentifier == systemIdentifier && follower.version == version
    {
      steps.append(try follow(member, follower))
    }
    return steps
  }

  private func follow(_ member: Int, _ follower: Evidence) throws(QuotingError) -> Step {
    let fork = Fork(self)
    let connection = StepInput(
      name: "new_primary_conninfo",
      missing: ["-v new_primary_conninfo='host=... user=...': how this standby reaches the new primary"],
      isRequired: true)
    let isSet: SQL = "current_setting('primary_conninfo') = current_setting('slotscope.new_primary_conninfo')"
    var step = SettingStep(
      name: .conninfo, part: PlanPart(.follower, member: member, .afterPromotion),
      database: maintenanceDatabase, title: "follow the new primary", finding: .f7, isSet: isSet,
      preconditions: [hasNothingElse(fork, unless: isSet)]
    ).step(words)
    (step.execution, step.value) = (.result, .input(connection.name))
    step.id = "follow.\(member + 1)"
    step.inputs = [fork.input, connection].compactMap { $0 }
    step.postconditions.append(
      PlanCheck(
        "it streams from the new primary", "exists (select from pg_stat_wal_receiver)",
        found: "'no WAL receiver: see its log'", patience: 60, isAdvice: true))
    return step
  }

  /// A primary that was killed may have sent the beginning of a record. It is never replayed and will be overwritten: what was
  /// received beyond the fork does no harm once no server sends the rest and the startup process waits for it.
  private func hasNothingElse(_ fork: Fork, unless isSet: SQL) -> PlanCheck {
    let startup: SQL = "from pg_stat_activity where backend_type = 'startup'"
    let isIdle: SQL =
      "not exists (select from pg_stat_wal_receiver) and exists (select \(startup) and wait_event in "
      + "('RecoveryWalStream', 'RecoveryRetrieveRetryInterval'))"
    return PlanCheck(
      "this standby has received nothing that the new primary lacks",
      "\(isSet) or greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) <= \(fork.sql) or "
        + "pg_last_wal_replay_lsn() <= \(fork.sql) and \(isIdle)",
      found:
        "format('received up to %s, replayed up to %s, the fork is at %s, the startup process waits for %s', "
        + "pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn(), \(fork.sql), (select wait_event \(startup)))",
      hint:
        "If it has replayed more, or would, it cannot follow: rewind or rebuild it. Is the old primary still running?",
      patience: 10)
  }
}
