import ByteReading
import Evidence
import PostgresFormat

/// Start-up checks of replication slots, origins and prepared transactions.
extension ServerStart {
  /// One slot after the other: its file, then what it demands, then whether there is room for it.
  func slots() -> StartupObstacle? {
    if let problem = problem("slot_folder", path: "pg_replslot"), case .file(_, let message) = problem.cause {
      return StartupObstacle(.fatal, "could not open directory \"pg_replslot\": \(message)", path: "pg_replslot")
    }
    var loaded: Int64 = 0
    var open: StartupObstacle?
    for slot in evidence.slots {
      if slot.temporaryStateIsDirectory {
        return StartupObstacle(
          .panic, "could not remove file \"\(slot.path).tmp\": Is a directory", path: slot.path + ".tmp")
      }
      guard let state = slot.state else {
        if let damage = damage(of: slot) { return damage }
        continue
      }
      guard state.persistency == .persistent else { continue }
      if let demand = demand(of: state, path: slot.path) {
        if demand.isCertain { return demand }
        open = open ?? demand
      }
      loaded += 1
      if settingsAreKnown, let limit = settings.integer("max_replication_slots"), loaded > limit {
        return StartupObstacle(
          .fatal, "too many replication slots active before shutdown", path: slot.path,
          remedy:
            "Raise max_replication_slots to at least \(evidence.slots.count { $0.state?.persistency == .persistent }), the slots that are there."
        )
      }
    }
    return open
  }

  private func damage(of slot: SlotEvidence) -> StartupObstacle? {
    guard let problem = problem("slot_state", path: slot.path) else { return nil }
    let file = "\"\(slot.path)\""
    let words: String
    switch problem.cause {
    case .file(_, let message): words = "could not open file \(file): \(message)"
    case .other(let code, let message):
      words = "could not open file \(file): " + (code == "wrong_kind" ? "Is a directory" : message)
    case .format(let error):
      let found = Self.number(error.found) ?? 0
      switch error.code {
      case .tooShort:
        let separator = version >= .v12 ? ":" : ","
        let header = UInt64(SlotState.headerLength)
        let isHeader = found < header
        let need = isHeader ? header : max(Self.number(error.expected) ?? header, header) - header
        words = "could not read file \(file)\(separator) read \(isHeader ? found : found - header) of \(need)"
      case .badMagic, .wrongByteOrder:
        words = "replication slot file \(file) has wrong magic number: \(found) instead of \(SlotState.magic)"
      case .unsupportedVersion: words = "replication slot file \(file) has unsupported version \(found)"
      case .badLength: words = "replication slot file \(file) has corrupted length \(found)"
      case .badChecksum:
        let computed = Self.number(error.expected) ?? 0
        words = "checksum mismatch for replication slot file \(file): is \(computed), should be \(found)"
      // The server takes such a number as it is.
      case .badValue, .tooLong, .badSyntax: return nil
      }
    }
    return StartupObstacle(.panic, words, path: slot.path)
  }

  /// What a slot's kind demands of the settings, by version; see the release notes of 16.9 and 17.5 for hot_standby.
  private func demand(of slot: SlotState, path: String) -> StartupObstacle? {
    guard settingsAreKnown, let level = settings.walLevel else { return nil }
    let kind = slot.isLogical ? "logical" : "physical"
    let least: WALLevel = slot.isLogical && !version.has(.effectiveWALLevel) ? .logical : .replica
    if level < least {
      let name = setting(least.name)
      let words = "\(kind) replication slot \"\(slot.name)\" exists, but \(setting("wal_level")) < \(name)"
      return StartupObstacle(
        .fatal, words, path: path, onlyIf: version < .v12 ? "from \(Self.firstMinorThatChecks(version)) on" : nil,
        remedy: "Set wal_level = \(least.name); or move the slot's folder out of pg_replslot, which drops it.")
    }
    guard slot.isLogical, isStandby, beginsAsStandby, version.has(.logicalSlotsOnStandby),
      settings.bool("hot_standby") == false
    else {
      return nil
    }
    let words =
      "logical replication slot \"\(slot.name)\" exists on the standby, but \(setting("hot_standby")) = \(setting("off"))"
    return StartupObstacle(
      .fatal, words, path: path, onlyIf: version < .v18 ? "from \(version == .v16 ? "16.9" : "17.5") on" : nil,
      remedy: "Set hot_standby = on; or move the slot's folder out of pg_replslot, which drops it.")
  }

  /// After a crash without a backup's label a server replays its own WAL first, and has read its slots by then (`InitWalRecovery`).
  private var beginsAsStandby: Bool {
    guard let control = evidence.control?.value, !evidence.startFiles.backupLabelPresent else { return true }
    return control.minRecoveryPoint.isValid || control.backupEndRequired || control.backupEndPoint.isValid
      || control.state == .shutDown
  }

  private static func firstMinorThatChecks(_ version: ServerVersion) -> String {
    switch version {
    case .v9_6: "9.6.11"
    case .v10: "10.6"
    default: "11.1"
    }
  }

  func origins() -> StartupObstacle? {
    let name = version.originLimitName
    guard settingsAreKnown, let limit = settings.integer(name), limit > 0 else { return nil }
    let path = "pg_logical/replorigin_checkpoint"
    guard let problem = problem("replication_origins", path: path) else {
      guard Int64(evidence.origins.count(where: { $0.remoteLSN != nil })) > limit else { return nil }
      return StartupObstacle(.panic, "could not find free replication state, increase \(setting(name))", path: path)
    }
    guard case .format(let error) = problem.cause else { return nil }
    let found = Self.number(error.found) ?? 0
    let words: String
    switch error.code {
    case .badMagic, .wrongByteOrder:
      words = "replication checkpoint has wrong magic \(found) instead of \(OriginProgress.magic)"
    case .badChecksum:
      words = "replication slot checkpoint has wrong checksum \(Self.number(error.expected) ?? 0), expected \(found)"
    case .tooShort where found < 4: words = "could not read file \"\(path)\": read \(found) of 4"
    case .tooShort: words = "could not read file \"\(path)\": read \(found - 4) of 16"
    case .badLength: words = "could not read file \"\(path)\": read \((found &+ 4) % 16) of 16"
    default: return nil
    }
    return StartupObstacle(.panic, words, path: path)
  }

  /// The file of a transaction that has not begun by the control file: the server removes it unread.
  private func isOfTheFuture(_ path: String) -> Bool {
    guard let file = path.split(separator: "/").last.flatMap({ PreparedTransactionFileName(String($0)) }),
      let next = evidence.control?.value.checkpoint.nextXID
    else { return false }
    guard let epoch = file.epoch else { return !file.xid.precedes(next.xid) }
    return (epoch, file.xid.rawValue) >= (next.epoch, next.xid.rawValue)
  }

  /// 12 and later stop at a damaged file; before, it is removed with a warning.
  func preparedTransactions() -> StartupObstacle? {
    for problem in evidence.problems where problem.subject == "prepared_transaction" && version >= .v12 {
      guard case .format(let error) = problem.cause, !isOfTheFuture(problem.path) else { continue }
      let file = "\"\(problem.path)\""
      let words: String
      switch (error.code, error.field) {
      case (.tooShort, _):
        let bytes = Self.number(error.found) ?? 0
        words = "incorrect size of file \(file): \(bytes) \(bytes == 1 ? "byte" : "bytes")"
      case (.badLength, "crc"): words = "incorrect alignment of CRC offset for file \(file)"
      case (.badMagic, _), (.wrongByteOrder, _): words = "invalid magic number stored in file \(file)"
      case (.badLength, _): words = "invalid size stored in file \(file)"
      case (.badChecksum, _): words = "calculated CRC checksum does not match value stored in file \(file)"
      default: continue
      }
      return StartupObstacle(
        .fatal, words, path: problem.path,
        remedy: "Put back a good copy of \(problem.path); without it that prepared transaction is gone.")
    }
    guard settingsAreKnown, let limit = settings.integer("max_prepared_transactions"),
      Int64(evidence.preparedTransactions.count) > limit
    else { return nil }
    return StartupObstacle(
      .fatal, "maximum number of prepared transactions reached", path: evidence.preparedTransactions.last?.path)
  }
}
