import Evidence
import PostgresFormat

extension InspectJSON {
  /// What only a running server tells, with the columns of its views.
  static func server(_ server: ServerEvidence, in evidence: Evidence) -> JSONValue {
    let positions = server.positions
    return [
      "version": .string(server.version),
      "asked_at": .text(evidence.origin.gatheredAt),
      "host": .text(evidence.origin.host),
      "asked_as": .string(server.asked.role),
      "superuser": .bool(server.asked.isSuperuser),
      "sees_all_settings": .bool(server.asked.seesAllSettings),
      "sees_all_statistics": .bool(server.asked.seesAllStatistics),
      "started_at": .text(server.startedAt),
      "insert_lsn": .text(positions.insert),
      "flush_lsn": .text(positions.flush),
      "receive_lsn": .text(positions.receive),
      "replay_lsn": .text(positions.replay),
      "replay_paused": .flag(positions.replayIsPaused),
      "last_replayed_commit": .text(positions.lastReplayedCommit),
      "receiver": server.receiver.map(receiver) ?? nil,
      "senders": .list(server.senders, sender),
      "transactions": .list(server.transactions, transaction),
      "libraries": server.libraries.map { .list($0) { .string($0) } } ?? nil,
      "hidden_settings": .list((evidence.settings.hidden ?? []).sorted()) { .string($0) },
    ]
  }

  private static func receiver(_ row: WALReceiverStatus) -> JSONValue {
    [
      "pid": .number(row.pid), "status": .text(row.status), "received_tli": .number(row.timeline?.rawValue),
      "flushed_lsn": .text(row.flushed), "latest_end_lsn": .text(row.latestEnd),
      "last_msg_receipt_time": .text(row.lastMessageAt), "slot_name": .text(row.slotName),
      "sender_host": .text(row.senderHost), "conninfo": .text(row.connectionInfo),
    ]
  }

  private static func sender(_ row: WALSenderStatus) -> JSONValue {
    [
      "pid": .number(row.pid), "usename": .text(row.userName), "application_name": .text(row.applicationName),
      "client_addr": .text(row.clientAddress), "state": .text(row.state), "sent_lsn": .text(row.sent),
      "write_lsn": .text(row.written), "flush_lsn": .text(row.flushed), "replay_lsn": .text(row.replayed),
      "sync_state": .text(row.syncState), "reply_time": .text(row.repliedAt),
    ]
  }

  private static func transaction(_ row: SessionTransaction) -> JSONValue {
    [
      "pid": .number(row.pid), "datname": .text(row.database), "usename": .text(row.userName),
      "application_name": .text(row.applicationName), "state": .text(row.state), "xact_start": .text(row.startedAt),
      "backend_xid": .text(row.xid), "backend_xmin": .text(row.xmin),
    ]
  }
}
