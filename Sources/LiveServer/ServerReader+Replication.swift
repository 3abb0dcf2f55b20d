import Evidence
import PostgresFormat

extension ServerReader {
  /// Whom the server streams from, and who streams from it.
  func readReplication(into evidence: inout Evidence) throws(ServerError) {
    if let row = try ask(.receiver, into: &evidence)?.first {
      let receiver = WALReceiverStatus(row)
      evidence.server?.receiver = receiver
      takeRecoveryParameters(of: receiver, into: &evidence)
    }
    for row in try ask(.senders, into: &evidence) ?? [] {
      evidence.server?.senders.append(WALSenderStatus(row))
    }
    if inRecovery {
      let worker = try slotSyncWorker(into: &evidence)
      evidence.server?.slotSync = worker
    }
    evidence.server?.libraries = try askQuietly(.libraries)?.compactMap { $0.text("file") }
  }

  /// A round of synchronization takes some milliseconds: one that is under way is waited for, for half a second at most.
  private func slotSyncWorker(into evidence: inout Evidence) throws(ServerError) -> SlotSyncWorker? {
    var worker: SlotSyncWorker?
    for attempt in 0..<5 {
      if attempt > 0 { _ = try connection.rows("select pg_catalog.pg_sleep(0.1)") }
      guard let row = try ask(.slotSync, into: &evidence)?.first else { return nil }
      worker = SlotSyncWorker(
        pid: row.number("pid"), startedAt: row.time("backend_start"),
        waitsForNextRound: row.text("wait_event") == "ReplicationSlotsyncMain")
      if worker?.waitsForNextRound == true { break }
    }
    return worker
  }

  /// Before 12 the receiver is the only place where a standby tells whom it follows.
  private func takeRecoveryParameters(of receiver: WALReceiverStatus, into evidence: inout Evidence) {
    let values = [("primary_slot_name", receiver.slotName), ("primary_conninfo", receiver.connectionInfo)]
    for case (let name, let value?) in values where RecoveryParameter.isOne(name, in: version) {
      evidence.settings.recovery.append(
        SettingAssignment(name: name, value: value, path: ServerQuery.receiver.name, line: 0, origin: .server))
      evidence.settings.hidden?.remove(name)
    }
  }
}

extension WALReceiverStatus {
  fileprivate init(_ row: ServerRow) {
    self.init()
    pid = row.number("pid")
    status = row.text("status")
    timeline = row.timeline("received_tli")
    flushed = row.lsn("flushed")
    latestEnd = row.lsn("latest_end_lsn")
    lastMessageAt = row.time("last_msg_receipt_time")
    slotName = row.text("slot_name")
    senderHost = row.text("sender_host")
    connectionInfo = row.text("conninfo").map { SecretRedaction.redactingPassword($0) }
  }
}

extension WALSenderStatus {
  fileprivate init(_ row: ServerRow) {
    self.init()
    pid = row.number("pid")
    userName = row.text("usename")
    applicationName = row.text("application_name")
    clientAddress = row.text("client_addr")
    state = row.text("state")
    sent = row.lsn("sent_lsn")
    written = row.lsn("write_lsn")
    flushed = row.lsn("flush_lsn")
    replayed = row.lsn("replay_lsn")
    syncState = row.text("sync_state")
    repliedAt = row.time("reply_time")
  }
}
