import Evidence

// What only a running server tells.

extension ServerEvidence: DocumentObject {
  static var blank: Self { ServerEvidence(version: "", role: .unknown, asked: .blank) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("version", &version)
    try members.required("role", &role)
    try members.optional("timeline", &timeline)
    try members.optional("started_at", &startedAt)
    try members.optional("asked_at", &askedAt)
    try members.optional("data_directory", &dataDirectory)
    try members.required("asked", &asked)
    try members.required("positions", &positions)
    try members.optional("receiver", &receiver)
    try members.required("senders", &senders)
    try members.optional("slot_sync", &slotSync)
    try members.required("transactions", &transactions)
    try members.optional("libraries", &libraries)
  }
}

extension ServerEvidence.AskedAs: DocumentObject {
  static var blank: Self {
    ServerEvidence.AskedAs(
      role: "", isSuperuser: false, seesAllSettings: false, seesAllStatistics: false)
  }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("role", &role)
    try members.required("is_superuser", &isSuperuser)
    try members.required("sees_all_settings", &seesAllSettings)
    try members.required("sees_all_statistics", &seesAllStatistics)
  }
}

extension ServerEvidence.WALPositions: DocumentObject {
  static var blank: Self { ServerEvidence.WALPositions() }

  mutating func exchange(_ members: inout Members) throws {
    try members.optional("insert", &insert)
    try members.optional("flush", &flush)
    try members.optional("receive", &receive)
    try members.optional("replay", &replay)
    try members.optional("replay_is_paused", &replayIsPaused)
    try members.optional("last_replayed_commit", &lastReplayedCommit)
  }
}

extension SlotSyncWorker: DocumentObject {
  static var blank: Self { SlotSyncWorker(pid: nil, startedAt: nil, waitsForNextRound: false) }

  mutating func exchange(_ members: inout Members) throws {
    try members.optional("pid", &pid)
    try members.optional("started_at", &startedAt)
    try members.required("waits_for_next_round", &waitsForNextRound)
  }
}

extension WALReceiverStatus: DocumentObject {
  static var blank: Self { WALReceiverStatus() }

  mutating func exchange(_ members: inout Members) throws {
    try members.optional("pid", &pid)
    try members.optional("status", &status)
    try members.optional("timeline", &timeline)
    try members.optional("flushed", &flushed)
    try members.optional("latest_end", &latestEnd)
    try members.optional("last_message_at", &lastMessageAt)
    try members.optional("slot_name", &slotName)
    try members.optional("sender_host", &senderHost)
    try members.optional("connection_info", &connectionInfo)
  }
}

extension WALSenderStatus: DocumentObject {
  static var blank: Self { WALSenderStatus() }

  mutating func exchange(_ members: inout Members) throws {
    try members.optional("pid", &pid)
    try members.optional("user_name", &userName)
    try members.optional("application_name", &applicationName)
    try members.optional("client_address", &clientAddress)
    try members.optional("state", &state)
    try members.optional("sent", &sent)
    try members.optional("written", &written)
    try members.optional("flushed", &flushed)
    try members.optional("replayed", &replayed)
    try members.optional("sync_state", &syncState)
    try members.optional("replied_at", &repliedAt)
  }
}

extension SessionTransaction: DocumentObject {
  static var blank: Self { SessionTransaction() }

  mutating func exchange(_ members: inout Members) throws {
    try members.optional("pid", &pid)
    try members.optional("database", &database)
    try members.optional("user_name", &userName)
    try members.optional("application_name", &applicationName)
    try members.optional("state", &state)
    try members.optional("started_at", &startedAt)
    try members.optional("xid", &xid)
    try members.optional("xmin", &xmin)
  }
}
