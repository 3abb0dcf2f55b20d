import ByteReading
import Evidence
import PostgresFormat

extension ServerReader {
  /// Who asks whom.
  func readSession(into evidence: inout Evidence) {
    let isSuperuser = session.flag("rolsuper") == true
    var server = ServerEvidence(
      version: session.text("version") ?? "", role: inRecovery ? .unknown : .primary,
      asked: ServerEvidence.AskedAs(
        role: session.text("rolname") ?? "", isSuperuser: isSuperuser,
        seesAllSettings: session.flag("sees_settings") == true,
        seesAllStatistics: session.flag("sees_statistics") == true))
    server.startedAt = session.time("started_at")
    server.askedAt = session.time("asked_at")
    evidence.server = server
  }

  /// The control file, as the functions that read it show it.
  func readControl(into evidence: inout Evidence) throws(ServerError) {
    var rows: [ServerRow] = []
    for query in [ServerQuery.controlSystem, .controlCheckpoint, .controlRecovery, .controlInit] {
      guard let row = try ask(query, into: &evidence)?.first else { return }
      rows.append(row)
    }
    let control = ControlFile(
      shown: { name in rows.lazy.compactMap { $0.text(name) }.first }, inRecovery: inRecovery, version: version)
    guard let control else {
      let error = ServerError(.answer, "a column is missing, or its value is none")
      evidence.problems.append(Problem(error, subject: "control_file", path: ServerQuery.controlSystem.name))
      return
    }
    evidence.control = Located(control, path: ServerQuery.controlSystem.name)
    evidence.wal.segmentSize = control.segmentSize
  }

  /// What follows from several answers: the control file's copies of a primary's settings, the timeline, the role.
  func settleIdentity(of evidence: inout Evidence) {
    let settings = EffectiveSettings(evidence.settings, version: version)
    guard inRecovery else {
      evidence.control?.value.takeSettings(settings)
      return
    }
    let control = evidence.control?.value
    let timelines = [
      evidence.server?.receiver?.timeline, control?.minRecoveryPointTimeline, control?.checkpoint.timeline,
    ]
    evidence.server?.timeline = timelines.compactMap { $0 }.max()
    // Only standby mode streams. Without a receiver at this moment: settings that nothing but a standby has.
    let names = ["primary_conninfo", "primary_slot_name"]
    let hasPrimary = names.contains { settings.text($0)?.isEmpty == false }
    let hasTarget = RecoveryParameter.targets.contains { settings.text($0)?.isEmpty != true }
    if evidence.server?.receiver != nil || (hasPrimary && !hasTarget) { evidence.server?.role = .standby }
  }

  /// Histories over the replication protocol; nothing else gives them to roles that are not superusers. Those of the
  /// node's own timeline and of all whose files lie in its WAL folder; at most 64.
  func readHistories(_ listed: [TimelineID], into evidence: inout Evidence) throws(ServerError) {
    guard let own = evidence.server?.timeline, own.rawValue > 1 else { return }
    let newest = Set(listed + [own]).sorted().suffix(64)
    do throws(ServerError) {
      let replication = try replicationConnection()
      for timeline in newest {
        try readHistory(timeline, over: replication, into: &evidence)
      }
    } catch {
      guard error.cause != .silence else { throw error }
      evidence.problems.append(
        Problem(error, subject: "timeline_history", path: "TIMELINE_HISTORY \(own)"))
    }
  }

  private func readHistory(
    _ timeline: TimelineID, over replication: borrowing ServerConnection, into evidence: inout Evidence
  ) throws(ServerError) {
    let rows: [ServerRow]
    do throws(ServerError) {
      rows = try replication.rows("TIMELINE_HISTORY \(timeline)")
    } catch {
      guard error.concernsOneStatement else { throw error }
      evidence.problems.append(
        Problem(error, subject: "timeline_history", path: "TIMELINE_HISTORY \(timeline)"))
      return
    }
    guard let row = rows.first, let content = row.bytes("content") else { return }
    let path = "pg_wal/\(row.text("filename") ?? timeline.hex + ".history")"
    do throws(FormatError) {
      // SAFETY: the span borrows the array during the call only.
      let history = unsafe try TimelineHistory(parsing: content.span.bytes, timeline: timeline)
      evidence.timelines.append(Located(history, path: path))
    } catch {
      evidence.problems.append(Problem(subject: "timeline_history", path: path, cause: .format(error)))
    }
  }
}

extension ControlFile {
  /// What a primary writes of its settings into its control file when it starts.
  fileprivate mutating func takeSettings(_ settings: EffectiveSettings) {
    func integer(_ name: String) -> Int32? { settings.integer(name).flatMap { Int32(exactly: $0) } }
    walLevel = settings.walLevel?.rawValue
    walLogHints = settings.bool("wal_log_hints")
    maxConnections = integer("max_connections")
    maxWorkerProcesses = integer("max_worker_processes")
    if settings.version.has(.separateWALSenders) { maxWALSenders = integer("max_wal_senders") }
    maxPreparedTransactions = integer("max_prepared_transactions")
    maxLocksPerTransaction = integer("max_locks_per_transaction")
    trackCommitTimestamp = settings.bool("track_commit_timestamp")
  }
}
