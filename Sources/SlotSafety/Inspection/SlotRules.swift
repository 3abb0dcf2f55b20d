import Evidence
import PostgresFormat

/// What a slot's own file and the WAL beside it come to: whether it goes on after the next start.
enum SlotFate {
  static let unit = RuleUnit(
    .situation, .nodeSlot([.vanishes, .lost, .unfinished, .walMissing, .beyondEnd], check),
    rules: Rule(
      .slotLost, from: .v13, .error, "The slot is valid; one that was invalidated cannot be used again.",
      "Drop it; its consumer must be resynchronized."),
    Rule(
      .slotUnfinished, .error, "The slot was made to the end: it has a position that a consumer can go on from.",
      "Drop it and make it anew; a new slot waits for the transactions that are open then."),
    Rule(.slotVanishes, .info, "The slot is there after the next start; a temporary one is not."),
    Rule(
      .slotVanishesSynced, from: .v17, .warning, "A synchronized slot is finished, and there after a promotion.",
      "Let synchronization finish before promoting."),
    Rule(
      .slotWALMissing, .error, "All WAL that the slot needs is here.", "Copy the missing segments from an archive."),
    Rule(
      .slotBeyondEnd, .error, "The slot's position is not past the end of WAL here.",
      "Its consumer may hold changes that this server does not have; compare before using the slot."))

  private static func check(_ slot: SlotInspection, _ node: Inspection) -> Outcome? {
    guard let state = slot.evidence.state else { return nil }
    let (name, path) = (slot.name, slot.evidence.path)
    func found(
      _ fate: SlotInspection.Fate, _ rule: RuleID, _ message: String, _ fact: String, at offset: Int? = nil,
      _ remedy: String? = nil
    ) -> Outcome {
      let facts = [Fact(fact, path: path, offset: offset)]
      return .fate(fate, Finding(rule, slot: name, message, facts: facts, remedy: remedy))
    }
    func offset<Value>(of field: Field<Value>) -> Int? { node.evidence.slotOffset(of: field) }
    switch slot.condition {
    case .damaged, .valid: return nil
    case .lost:
      guard let cause = state.invalidation else { return nil }
      let fact = "invalidated: \(cause.rawValue)"
      guard !state.isLogical, let version = node.evidence.version else {
        return found(
          .lost(cause), .slotLost, "Slot \(name) is lost (\(cause.rawValue)); it cannot be made valid again.", fact,
          at: node.evidence.invalidationOffset)
      }
      let meaning = LostPhysicalSlot(version)
      return found(
        .lost(cause), .slotLost, "Slot \(name) is lost (\(cause.rawValue)): \(meaning.sentence).", fact,
        at: node.evidence.invalidationOffset, meaning.remedy)
    case .unfinished:
      return found(
        .unfinished, .slotUnfinished,
        "Slot \(name) has no position: it was never made to the end, and no consumer can go on from it.",
        "confirmed_flush \(state.confirmedFlush), restart_lsn \(state.restartLSN)")
    case .vanishes:
      let fact = "persistency \(state.persistency)"
      return state.synced == true
        ? found(
          .vanishes, .slotVanishesSynced,
          "Slot \(name) is synchronized and not ready; promotion or a restart removes it.", fact,
          at: offset(of: SlotState.Fields.persistency))
        : found(
          .vanishes, .slotVanishes,
          "Slot \(name) is \(state.persistency == .ephemeral ? "still being made" : "temporary"); the next start removes it.",
          fact, at: offset(of: SlotState.Fields.persistency))
    case .walMissing:
      let count = slot.requiredWAL?.missing.reduce(0) { $0 &+ $1.count } ?? 0
      return found(
        .walMissing, .slotWALMissing,
        "Slot \(name) needs WAL from \(state.restartLSN) on, and \(count) of the segments \(count == 1 ? "is" : "are") not here.",
        "restart_lsn \(state.restartLSN)", at: offset(of: SlotState.Fields.restartLSN),
        packed(slot, node)
          ?? "Copy the missing segments from an archive into \(node.evidence.wal.path ?? "pg_wal").")
    case .beyondEnd:
      let end = node.evidence.wal.end?.lsn ?? .none
      return found(
        .beyondEnd(end), .slotBeyondEnd,
        "Slot \(name) is at \(state.position), \(ByteCount.text(state.position.bytes(since: end))) past the end of WAL here (\(end)).",
        "position \(state.position)")
    }
  }
}

extension SlotFate {
  /// Where a missing segment lies beside the others with something appended to its name, which no server reads.
  fileprivate static func packed(_ slot: SlotInspection, _ node: Inspection) -> String? {
    guard let size = node.evidence.wal.segmentSize, let missing = slot.requiredWAL?.missing else { return nil }
    let found = node.evidence.wal.contents?.strays.first { stray in
      let file = stray.path.utf8.split(separator: UInt8(ascii: "/")).last ?? ""[...].utf8
      guard let name = SegmentName(file.prefix(24)), let number = name.number(size: size) else { return false }
      return missing.contains { $0.timeline == name.timeline && $0.first <= number && number <= $0.last }
    }
    return found.map {
      "Unpack \($0.path) there, or copy the missing segments from an archive: a server reads no packed one."
    }
  }
}

/// What else a slot's folder shows.
enum SlotMarks {
  static let unit = RuleUnit(
    .note, .nodeSlot(.all) { .holds(notes: findings($0, $1)) },
    rules: Rule(
      .slotDatabaseMissing, .warning, "The slot's database is in pg_database.",
      "Drop the slot if the database is gone for good."),
    Rule(.slotNameDiffers, .warning, "The slot's folder has the name that is in its state file."),
    Rule(
      .slotNameInvalid, .warning, "The slot's name is one that a server makes.",
      "The file was edited or forged; it is left out of every plan."),
    Rule(.slotInterruptedWrite, .info, "No interrupted write left a state.tmp; the next start removes it."),
    Rule(
      .slotSpillFiles, .info,
      "No files are left from decoding large transactions; the next start removes them."))

  private static func findings(_ slot: SlotInspection, _ node: Inspection) -> [Finding] {
    guard let state = slot.evidence.state else { return [] }
    let (name, path, folder) = (slot.name, slot.evidence.path, slot.evidence.directory)
    var findings: [Finding] = []
    func add(_ rule: RuleID, _ message: String, _ fact: Fact) {
      findings.append(Finding(rule, slot: name, message, facts: [fact]))
    }
    if state.isLogical, slot.databaseName == nil, !node.evidence.databases.isEmpty {
      add(
        .slotDatabaseMissing,
        "Slot \(name) belongs to database \(state.database), which pg_database does not have.",
        Fact("database \(state.database)", path: path, offset: node.evidence.slotOffset(of: SlotState.Fields.database)))
    }
    if state.name != folder {
      add(
        .slotNameDiffers,
        "The slot in folder \(folder) calls itself \(state.name); the server goes by the inner name.",
        Fact("name \(state.name)", path: path, offset: node.evidence.slotOffset(of: SlotState.Fields.name)))
    }
    if !SlotFolderName.isSlotName(state.name) {
      add(
        .slotNameInvalid, "No server makes a slot of the name \(state.name).",
        Fact("name \(state.name)", path: path, offset: node.evidence.slotOffset(of: SlotState.Fields.name)))
    }
    if slot.evidence.hasTemporaryState {
      add(
        .slotInterruptedWrite, "An interrupted write left state.tmp; the next start removes it.",
        Fact("present", path: path + ".tmp"))
    }
    if slot.evidence.spillFileCount > 0 {
      add(
        .slotSpillFiles,
        "\(slot.evidence.spillFileCount) spill files (\(ByteCount.text(slot.evidence.spillBytes))) are left from decoding large transactions; the next start removes them.",
        Fact("\(slot.evidence.spillFileCount) files", path: "pg_replslot/" + folder))
    }
    return findings
  }
}

/// What lies among the slots beside them.
enum SlotFolders {
  static let unit = RuleUnit(
    .note, .node { node in node.evidence.slotLeftovers.map(finding) + duplicates(node) },
    rules: Rule(
      .slotDuplicateName, .warning, "No two folders hold a slot of one name.",
      "Keep one; later writes of all of them go to the folder of that name."),
    Rule(
      .slotLeftoverFolder, .info,
      "No folder is left from a slot being made or dropped; the next start removes it."),
    Rule(
      .slotSymbolicLink, .warning, "No symbolic link lies among the slots; the server ignores what it points to."),
    Rule(.slotForeignFile, .info, "Nothing but slots lies among the slots; the server ignores it."))

  private static func finding(_ leftover: SlotLeftover) -> Finding {
    let path = leftover.path
    return switch leftover.kind {
    case .temporaryFolder:
      Finding(
        .slotLeftoverFolder, "\(path) is left from a slot being made or dropped; the next start removes it.",
        facts: [Fact("present", path: path)])
    case .symbolicLink:
      Finding(
        .slotSymbolicLink, "\(path) is a symbolic link; the server ignores the slot that it points to.",
        facts: [Fact("symbolic link", path: path)])
    case .other:
      Finding(
        .slotForeignFile, "\(path) is not a slot folder; the server ignores it.", facts: [Fact("present", path: path)])
    }
  }

  private static func duplicates(_ node: Inspection) -> [Finding] {
    let offset = node.evidence.slotOffset(of: SlotState.Fields.name)
    return Dictionary(grouping: node.slots, by: \.name).filter { $0.value.count > 1 }.map { name, slots in
      Finding(
        .slotDuplicateName, slot: name, "\(slots.count) folders hold a slot of the name \(name).",
        facts: slots.map { Fact("name \(name)", path: $0.evidence.path, offset: offset) })
    }
  }
}
