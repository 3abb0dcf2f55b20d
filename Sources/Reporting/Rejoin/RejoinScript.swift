import Evidence
import PostgresFormat
package import SlotSafety

/// The steps of an old primary's way back as a script: a POSIX shell for the files, psql for the slots.
///
/// It stops before any change where the directory or the new primary is not the one that was judged. `check` changes nothing;
/// what is broken off goes on where it stopped; run again it finds nothing to do. It removes and follows nothing beside the
/// directory that it has not made itself, and what a server answers is compared, or is a position, and nothing else.
package enum RejoinScript {
  /// Why there is no script.
  package struct Refusal: Error {
    /// A sentence.
    package var message: String
  }

  /// All of it. Throws ``Refusal`` where no way is proven, and where a name cannot be carried by SQL.
  package static func text(_ rejoin: Rejoin) throws -> String {
    guard rejoin.way != .open, let version = rejoin.question.old.version,
      let control = rejoin.question.old.control?.value,
      let timeline = rejoin.question.new.currentTimeline, !rejoin.question.newIsHistoryOnly
    else { throw Refusal(message: "There is no script where the way back is open: \(rejoin.reason)") }
    let directory = Self.trimmed(rejoin.question.old.origin.place?.directory ?? rejoin.question.old.origin.source)
    guard directory.utf8.first == UInt8(ascii: "/"), directory.utf8.count > 1 else {
      throw Refusal(message: "The place of the old node's data directory is not known.")
    }
    let paths =
      [directory] + rejoin.rewind.places.values.compactMap(\.path) + [rejoin.configurationFile].compactMap { $0 }
    if let odd = paths.first(where: { $0.unicodeScalars.contains(where: \.steersDisplay) }) {
      throw Refusal(message: "There is no script where a path has control characters: \(odd)")
    }
    guard !rejoin.rewind.obstacles.contains(.sourceInRecovery) || rejoin.way != .rewind else {
      throw Refusal(message: "The node given as the new primary is a standby.")
    }
    return try RejoinScriptParts(
      rejoin: rejoin, version: version, control: control, timeline: timeline, directory: directory
    ).text.joined().description + "\n"
  }

  /// Without slashes at the end: names are made by what is appended.
  private static func trimmed(_ path: String) -> String {
    var path = Substring(path)
    while path.utf8.count > 1, path.utf8.last == UInt8(ascii: "/") { path = path.dropLast() }
    return String(path)
  }
}

/// What fills the templates of one script.
private struct RejoinScriptParts {
  let rejoin: Rejoin
  let version: ServerVersion
  let control: ControlFile
  let timeline: TimelineID
  /// Absolute.
  let directory: String

  private var isNew: Bool { version.has(.walNames) }
  private var hasSignals: Bool { version.has(.recoverySignals) }

  /// The slot on the new primary comes before anything else is changed: from then on no checkpoint there takes what the node
  /// needs.
  var text: [ScriptText] {
    get throws {
      try Template.lines(
        PackageResources.rejoin_sh,
        [
          "restore": restoring.head.joined(), "restore_check": restoring.check.joined(),
          "place": "\(comment: directory)", "way": "\(comment: rejoin.way.rawValue)",
          "reason": "\(comment: rejoin.reason)", "directory": "\(word: directory)",
          "system_identifier": "\(control.systemIdentifier)", "timeline": "\(timeline)",
          "timeline_hex": "\(hex: timeline)", "checkpoint": "\(word: control.checkpointLSN.written(by: version))",
          "state": "\(word: control.state?.name ?? "")",
          "signal_file": hasSignals ? "standby.signal" : "recovery.conf",
          "settings_file": hasSignals ? "postgresql.auto.conf" : "recovery.conf",
          "segment_name": isNew
            ? "pg_walfile_name(pg_current_wal_lsn())" : "pg_xlogfile_name(pg_current_xlog_location())",
          "flushed": isNew ? "pg_current_wal_flush_lsn()" : "pg_current_xlog_flush_location()",
          "replayed": isNew ? "pg_last_wal_replay_lsn()" : "pg_last_xlog_replay_location()",
          "slot": "\(try SQL.literal(rejoin.question.returnSlot))", "needed_segment": neededSegment.joined(),
          "files": files.joined(), "settings": settings.joined(),
          "options": rejoin.configurationFile.map { " -o \(word: "-c config_file=" + ShellText.word($0))" } ?? "",
          "slots": slots.joined(),
          "end": try Template.lines(
            rejoin.question.synchronizes
              ? PackageResources.rejoin_synchronized_sh : PackageResources.rejoin_done_sh
          ).joined(),
        ])
    }
  }

  /// That the new primary still has what the node needs first.
  private var neededSegment: [ScriptText] {
    get throws {
      guard let segment = rejoin.firstNeeded, rejoin.way != .rebuild, isNew else { return [] }
      return try Template.lines(PackageResources.rejoin_needed_segment_sh, ["segment": "\(segment)"])
    }
  }

  /// What happens to the directory.
  private var files: [ScriptText] {
    get throws {
      switch rejoin.way {
      case .rewind: return try rewind
      case .rebuild: return try Template.lines(PackageResources.rejoin_rebuild_sh)
      case .follow, .open: return []
      }
    }
  }

  private var rewind: [ScriptText] {
    get throws {
      let isTorn = rejoin.rewind.obstacles.contains(.fullPageWrites)
      let segments = try rejoin.rewind.missing.compactMap { segment in
        try rejoin.rewind.places[segment].map { place in
          try Template.lines(
            PackageResources.rejoin_segment_sh, ["segment": "\(segment)", "bring": try Self.bringing(segment, place)])
        }
      }
      let recovery =
        rejoin.question.wasStoppedCleanly
        ? [] : try Template.lines(PackageResources.rejoin_recovery_sh, ["keep": "\(word: rejoin.keepSetting)"])
      let restores: ScriptText = rejoin.rewind.needsRestoreCommand ? " -c" : ""
      let configuration: ScriptText = rejoin.configurationFile.map { " --config-file=\(word: $0)" } ?? ""
      return try Template.lines(
        PackageResources.rejoin_rewind_sh,
        [
          "full_page_writes": isTorn ? try Template.lines(PackageResources.rejoin_full_page_writes_sh).joined() : "",
          "segments": segments.joined().joined(), "recovery": recovery.joined(),
          "options": "\(restores)\(configuration)",
        ])
    }
  }

  /// Writes a segment to a file of its own, unpacked where its archive packs it.
  private static func bringing(_ segment: SegmentName, _ place: RejoinWAL.Place) throws -> ScriptText {
    switch place {
    case .file(let path, let program):
      "\(words(of: program ?? "cat")) < \(path: path) > \"$pgdata/pg_wal/xlogtemp.rejoin\""
    case .command:
      try Template.lines(PackageResources.rejoin_restore_sh, ["segment": "\(segment)"]).joined()
    }
  }

  private static func words(of program: String) -> ScriptText {
    program.split(separator: " ").map { word -> ScriptText in "\(word: String(word))" }.joined(by: " ")
  }

  /// What the environment has to say besides, and the refusal where it does not.
  private var restoring: (head: [ScriptText], check: [ScriptText]) {
    let isNeeded = rejoin.rewind.missing.contains { segment in
      if case .command? = rejoin.rewind.places[segment] { true } else { false }
    }
    guard isNeeded, rejoin.way == .rewind else { return ([], []) }
    return (
      ["#   RESTORE_COMMAND   command that brings archived WAL, as restore_command has it: %f, %p (needed)"],
      [#"[ -n "${RESTORE_COMMAND:-}" ] || fail "set RESTORE_COMMAND to the command that brings archived WAL (%f, %p)""#]
    )
  }

  /// They go below what is there, each once.
  private var settings: [ScriptText] {
    let settings = rejoin.settings.filter { $0.node == .old && $0.name != "primary_conninfo" }
    return settings.map { "set_to \(word: $0.name) \(word: ShellText.settingValue($0.wanted))" }
      + (hasSignals ? [": > \"$pgdata/standby.signal\""] : ["set_to standby_mode \"'on'\""])
  }

  /// Leftovers, by name and kind; a slot that is in use or synchronized stays.
  private var slots: [ScriptText] {
    get throws {
      let leftovers = rejoin.slots.filter { $0.effect == .blocksSynchronization || $0.effect == .pins }
      guard rejoin.way == .follow, !leftovers.isEmpty else { return [] }
      let slots = try leftovers.map { slot in
        try Template.lines(
          PackageResources.rejoin_slot_sh,
          [
            "name": "\(try SQL.literal(slot.name))", "kind": slot.state?.isLogical == true ? "logical" : "physical",
            "not_synced": version.has(.slotSynchronization) ? " and not synced" : "",
          ])
      }
      return try Template.lines(PackageResources.rejoin_slots_sh, ["slots": slots.joined().joined()])
    }
  }
}
