package import PostgresFormat

/// What a node is, worked out from its control file, its signal files and its timeline histories.
extension Evidence {
  /// What the node would be after its next start.
  package enum Role: String, Sendable, Hashable, CaseIterable { case primary, standby, unknown }

  /// The signal files decide (12 and later; recovery.conf before), not the control file's state: a cleanly stopped
  /// primary with a standby.signal starts as a standby. A directory in a recovery state without a signal file, or with a
  /// recovery.signal alone, is neither: what it becomes depends on a recovery target or on what was deleted.
  package var role: Role {
    if let server { return server.role }
    if startFiles.standbySignal { return .standby }
    // A signal file that could not be asked about may be there.
    if problems.contains(where: { $0.subject == Problem.startFile }) { return .unknown }
    if startFiles.recoveryConf || startFiles.recoverySignal {
      return settings.recovery.last { $0.name == "standby_mode" }.flatMap { SettingValue.bool($0.value) } == true
        ? .standby : .unknown
    }
    switch control?.value.state {
    case .shutDown, .inProduction, .inCrashRecovery, .shuttingDown, .startingUp: return .primary
    case .shutDownInRecovery, .inArchiveRecovery, nil: return .unknown
    }
  }

  /// The timeline that the node writes or replays. The control file's own lags after a promotion until the next
  /// checkpoint, `minRecoveryPointTLI` is newer then; a standby besides follows the newest timeline that branches off
  /// from its own at or after what it has already replayed, found by probing consecutive numbers as the server does.
  package var currentTimeline: TimelineID? {
    if let timeline = server?.timeline { return timeline }
    guard let control = control?.value else { return nil }
    let own = control.ownTimeline
    guard role == .standby else { return own }
    let replayed = max(control.checkpointLSN, control.minRecoveryPoint)
    var newest = own
    var candidate = own
    while candidate.rawValue < .max {
      candidate = TimelineID(candidate.rawValue + 1)
      guard let history = timelines.first(where: { $0.value.timeline == candidate })?.value else { break }
      guard let fork = history.switchPoint(of: own), fork >= replayed else { continue }
      newest = candidate
    }
    return newest
  }

  /// The history of one timeline: from its file, or without ancestors where there is none (timeline 1, or a file lost).
  package func history(of timeline: TimelineID) -> TimelineHistory {
    timelines.first { $0.value.timeline == timeline }?.value ?? TimelineHistory(timeline: timeline)
  }

  /// The history of the node's own timeline.
  package var currentHistory: TimelineHistory? { currentTimeline.map(history(of:)) }

  /// Whether a server ran when the evidence was taken: nil where postmaster.pid is there and its process cannot be looked for.
  package var isRunning: Bool? {
    if server != nil { return true }
    guard startFiles.postmasterPIDPresent else { return false }
    return startFiles.postmasterAlive
  }

  /// The name of a database, where the catalog was readable and has it.
  package func databaseName(_ oid: OID) -> String? { databases.first { $0.oid == oid }?.name }
}
