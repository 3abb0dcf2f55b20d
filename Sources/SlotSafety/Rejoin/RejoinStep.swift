package import Evidence
package import PostgresFormat

extension Rejoin {
  /// All steps of the way, in order.
  var stepsOfWay: [WayStep] {
    switch way {
    case .open: []
    case .follow: keepWAL + configure + start + dropSlots + look
    case .rewind: keepWAL + prepareRewind + runRewind + configure + start + look
    case .rebuild: keepWAL + baseBackup + configure + start + look
    }
  }

  private var directory: String { ShellText.path(question.old.origin.source) }
  private var slot: String { question.returnSlot }
  private var slotLiteral: String { (try? SQLText.literal(slot)) ?? "'rejoined'" }
  var version: ServerVersion { question.version ?? .newest }
  private var source: String {
    "host=NEW_PRIMARY port=\(question.newPort) user=postgres dbname=postgres"
  }

  fileprivate var keepWAL: [WayStep] {
    let has = question.new.slots.contains {
      $0.state?.name == slot && $0.state?.isLogical == false && $0.state?.restartLSN.isValid == true
    }
    guard !has else { return [] }
    return [
      WayStep(
        .new, .sql, "Make the slot of the returning node first, before a checkpoint removes WAL that it needs.",
        [
          "SELECT pg_create_physical_replication_slot(\(slotLiteral), true)",
          "WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = \(slotLiteral));",
        ])
    ]
  }

  fileprivate var prepareRewind: [WayStep] {
    var steps: [WayStep] = []
    let obstacles = rewind.obstacles
    if obstacles.contains(.fullPageWrites) {
      steps.append(
        WayStep(
          .new, .sql, "pg_rewind copies pages while they are written: the new primary must log whole pages.",
          ["ALTER SYSTEM SET full_page_writes = on;", "SELECT pg_reload_conf();"]))
    }
    if obstacles.contains(.fullPageWrites) || !version.has(.rewindSeesUnfinishedPromotion) {
      steps.append(
        WayStep(
          .new, .sql, "pg_rewind reads the new primary's timeline from its last checkpoint.", ["CHECKPOINT;"]))
    }
    if question.old.startFiles.standbySignal {
      steps.append(
        WayStep(
          .old, .shell, "pg_rewind refuses a directory with standby.signal; it is written anew below.",
          ["rm -f \(directory)/standby.signal"]))
    }
    let copied = rewind.missing.compactMap { segment in
      rewind.places[segment]?.line(to: "\(directory)/pg_wal/\(segment.text)", in: directory)
    }
    if !copied.isEmpty {
      steps.append(WayStep(.old, .shell, "Bring back the segments that pg_rewind reads.", copied))
    }
    if !question.wasStoppedCleanly {
      steps.append(
        WayStep(
          .old, .shell,
          "Finish crash recovery, keeping all WAL: the one that pg_rewind runs itself removes what it needs afterwards.",
          ["postgres --single -D \(directory) -c \(keepSetting) template1 < /dev/null"]))
    }
    return steps
  }

  /// So much that the checkpoints at the end of crash recovery keep WAL from the last common checkpoint on; an argument of
  /// `postgres -c`.
  package var keepSetting: String {
    let size = UInt64(question.old.control?.value.segmentSize ?? 16 << 20)
    let from = question.facts.lastCommonCheckpoint?.redo ?? fork?.lsn ?? .none
    let segments = (question.oldEnd ?? from).bytes(since: from) / size + 8
    return version.has(.walKeepSize)
      ? "wal_keep_size=\(segments.multipliedReportingOverflow(by: size >> 20).partialValue)MB"
      : "wal_keep_segments=\(segments)"
  }

  /// The main configuration file where it does not lie in the data directory.
  package var configurationFile: String? {
    question.old.settings.mainFile.flatMap { $0.hasPrefix("/") ? $0 : nil }
  }

  /// The segment with the fork on the new primary's history, which the returned node streams first; nil where the new primary
  /// does not have it itself, but an archive may.
  package var firstNeeded: SegmentName? {
    guard let fork = fork?.lsn, let size = question.new.wal.segmentSize, size > 0, let timeline = question.newTimeline
    else { return nil }
    let number = SegmentNumber(containing: fork, size: size)
    let name = question.segment(number, of: question.new.history(of: timeline), size: size)
    return SegmentSet(question.new.wal).has(name) ? name : nil
  }

  fileprivate var runRewind: [WayStep] {
    var options = "-D \(directory) --source-server=\(ShellText.word(source))"
    if rewind.needsRestoreCommand { options += " -c" }
    if let file = configurationFile, version.has(.rewindFromStandby) {
      options += " --config-file=\(ShellText.word(file))"
    }
    return [
      WayStep(
        .old, .shell, "Rewind. Failing before its line \"rewinding from\" it has changed nothing.",
        ["pg_rewind --dry-run \(options)", "pg_rewind \(options)"])
    ]
  }

  fileprivate var baseBackup: [WayStep] {
    let kept = ShellText.path(question.old.origin.source + ".before-rejoin")
    let links = question.facts.tablespaceLinks.map { "\(directory)/pg_tblspc/\(ShellText.word($0))" }
    let tablespaces =
      links.isEmpty
      ? []
      : [
        WayStep(
          .old, .shell,
          "Its tablespaces: move away what is in these folders; pg_basebackup fills none that is not empty, or takes -T.",
          ["ls -d \(links.map { $0 + "/*" }.joined(separator: " "))"])
      ]
    return tablespaces + [
      WayStep(
        .old, .shell, "Keep the old directory for what is thrown away, and take a new base backup.",
        [
          "mv \(directory) \(kept)",
          "pg_basebackup -D \(directory) -d \(ShellText.word(source)) -S \(ShellText.word(slot)) -X stream -P",
        ])
    ]
  }

  fileprivate var configure: [WayStep] {
    let own = settings.filter { $0.node == .old }
    let lines = own.map { "\($0.name) = \(ShellText.settingValue($0.wanted))" }
    var steps: [WayStep] = []
    let file = version.has(.recoverySignals) ? "postgresql.auto.conf" : "recovery.conf"
    let after = way == .rewind ? " pg_rewind brought the new primary's configuration." : ""
    steps.append(WayStep(.old, .settings, "Put this into \(file), below what is there.\(after)", lines))
    if version.has(.recoverySignals) {
      steps.append(
        WayStep(.old, .shell, "Make it a standby.", ["touch \(directory)/standby.signal"]))
    }
    return steps
  }

  fileprivate var start: [WayStep] { [WayStep(.old, .shell, "Start it.", ["pg_ctl -D \(directory) -w start"])] }

  fileprivate var dropSlots: [WayStep] {
    let leftovers = slots.filter { $0.effect == .blocksSynchronization || $0.effect == .pins }
    guard !leftovers.isEmpty else { return [] }
    return [
      WayStep(
        .old, .sql, "Drop the slots that were left: they stop synchronization, or retain WAL and rows for ever.",
        leftovers.compactMap { slot in
          (try? SQLText.literal(slot.name)).map {
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = \($0);"
          }
        })
    ]
  }

  fileprivate var look: [WayStep] {
    var steps = [
      WayStep(
        .new, .sql, "See that it follows: a position that moves on with what is written from now on.",
        ["SELECT application_name, state, sent_lsn, replay_lsn FROM pg_stat_replication;"])
    ]
    let others = settings.filter { $0.node == .new }
    if !others.isEmpty {
      steps.append(
        WayStep(
          .new, .sql, "Let failover slots wait for the returned node.",
          others.compactMap { setting in
            (try? SQLText.literal(setting.wanted)).map { "ALTER SYSTEM SET \(setting.name) = \($0);" }
          } + ["SELECT pg_reload_conf();"]))
    }
    if question.synchronizes {
      steps.append(
        WayStep(
          .old, .sql, "See that the failover slots come.",
          ["SELECT slot_name, synced, temporary, invalidation_reason FROM pg_replication_slots WHERE failover;"]))
    }
    return steps
  }
}

extension RejoinWAL.Place {
  /// As a line of a shell that brings the segment to a path, which is quoted, as the directory is.
  fileprivate func line(to path: String, in directory: String) -> String {
    switch self {
    case .file(let file, nil): "cp -n \(ShellText.path(file)) \(path)"
    case .file(let file, let program?): "\(program) < \(ShellText.path(file)) > \(path)"
    case .command(let command): "(cd \(directory) && sh -c \(ShellText.word(command)))"
    }
  }

  /// "it lies at …", for a sentence about the segment.
  package var sentence: String {
    switch self {
    case .file(let path, _): "it lies at \(path)"
    case .command: "the restore command brings it"
    }
  }
}
