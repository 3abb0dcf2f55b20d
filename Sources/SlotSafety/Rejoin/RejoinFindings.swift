import Evidence
import PostgresFormat

/// The rules of an old primary's way back: what each finds in a case that was decided.
enum RejoinFindings {
  static let unit = RuleUnit(
    .note, .before,
    rules: Rule(
      .rejoinPastFork, .warning, "The old primary has no WAL past the fork.",
      "\"slotscope ledger\" lists what is thrown away, transaction by transaction."),
    Rule(
      .rejoinOtherHistory, .error,
      "The old primary and the new one are of one cluster, and their histories part in one place.",
      "Take a new base backup."),
    Rule(
      .rejoinNoHints, .error, "The old primary has data checksums or wal_log_hints.",
      "Take a new base backup; switch either on afterwards, so that the next one can be rewound."),
    Rule(.rejoinRewind, .error, "Nothing else stops pg_rewind."),
    Rule(
      .rejoinSegments, .error, "The WAL that pg_rewind reads is in pg_wal, from the last checkpoint before the fork on."
    ),
    Rule(
      .rejoinSegmentsRemoved, .error, "It stays there, too, when crash recovery was finished.",
      "Finish crash recovery by hand with wal_keep_size, or copy pg_wal away first."),
    Rule(
      .rejoinNewWAL, .error, "The new primary still has the WAL that the returned node streams.",
      "A restore_command on the returned node that reads the archive, else a new base backup."),
    Rule(
      .rejoinBlocks, .error, "No slot of the old primary stops slot synchronization on it.",
      "pg_drop_replication_slot on the returned node; it works while that is a standby."),
    Rule(
      .rejoinPins, .warning, "No slot of the old primary retains WAL or pins rows on it for ever.",
      "pg_drop_replication_slot on the returned node, unless a standby of its own uses it."),
    Rule(.rejoinSlotsGone, .info, "The old primary's slots stay."),
    Rule(.rejoinStart, .error, "The old primary starts as a standby."),
    Rule(
      .rejoinSettings, .warning, "No setting keeps the returned node from following.",
      "Change it before the start, as the steps do."),
    Rule(.rejoinRunning, .error, "The old primary's server is stopped.", "Stop it, then ask again."),
    Rule(.rejoinOpen, .warning, "The evidence tells how the old primary comes back."),
    Rule(
      .rejoinArchive, .warning, "The old primary and the new one do not archive to one place.",
      "An archive_command must never overwrite a file; give each node a place of its own until one history is left."))

  static func all(of r: Rejoin) -> [Finding] {
    history(r) + rewind(r) + slots(r) + others(r)
  }

  private static func history(_ r: Rejoin) -> [Finding] {
    let c = r.question
    var findings: [Finding] = []
    if c.old.isRunning == true {
      findings.append(
        Finding(
          .rejoinRunning, "A server runs in the old node's directory.",
          facts: [Fact("its process lives", path: "postmaster.pid", node: "old")]))
    }
    for obstacle in r.rewind.obstacles {
      switch obstacle {
      case .differentSystems, .incompatible, .strangers, .twins:
        findings.append(
          Finding(
            .rejoinOtherHistory, capitalized(r.sentence(obstacle)) + ".",
            facts: [
              Fact(
                "system identifier \(c.old.control.map { "\($0.value.systemIdentifier)" } ?? "unknown"), timeline \(c.oldTimeline.map { "\($0)" } ?? "unknown")",
                path: "global/pg_control", node: "old"),
              Fact(
                "system identifier \(c.new.control.map { "\($0.value.systemIdentifier)" } ?? "unknown"), timeline \(c.newTimeline.map { "\($0)" } ?? "unknown")",
                path: "global/pg_control", node: "new"),
            ]))
      default: break
      }
    }
    if let lost = r.lost, let fork = r.fork?.lsn, lost.bytes ?? 0 > 0 {
      let count =
        "\(lost.isComplete ? "" : "at least ")\(lost.transactions) transaction\(lost.transactions == 1 ? "" : "s")"
      findings.append(
        Finding(
          .rejoinPastFork,
          "\(count) of the old primary, committed after \(fork), \(lost.transactions == 1 && lost.isComplete ? "is" : "are") thrown away.",
          facts: [
            Fact("\(lost.bytes ?? 0) bytes of WAL past the fork", path: c.old.wal.path ?? "pg_wal", node: "old"),
            Fact(
              "timeline \(r.fork?.timeline ?? TimelineID(0)) was left at \(fork)",
              path: (c.new.wal.path ?? "pg_wal") + "/\((c.newTimeline ?? TimelineID(0)).hex).history", node: "new"),
          ]))
    }
    return findings
  }

  private static func rewind(_ r: Rejoin) -> [Finding] {
    let c = r.question
    // A node that follows as it is needs none of this.
    guard r.way != .follow else { return [] }
    var findings: [Finding] = []
    for obstacle in r.rewind.obstacles {
      switch obstacle {
      case .differentSystems, .incompatible, .strangers, .twins: continue
      case .noHints:
        findings.append(
          Finding(
            .rejoinNoHints, "pg_rewind refuses the old primary: it has neither data checksums nor wal_log_hints.",
            facts: [Fact("both off", path: "global/pg_control", node: "old")]))
      case .segments:
        let trap = r.rewind.missing.filter(r.rewind.removedFirst.contains)
        let gone = r.rewind.missing.filter { !r.rewind.removedFirst.contains($0) }
        if !trap.isEmpty {
          findings.append(
            Finding(
              .rejoinSegmentsRemoved,
              "pg_rewind first finishes crash recovery, and the checkpoint at its end removes segments that pg_rewind reads afterwards: \(names(trap)).",
              facts: trap.prefix(10).map { Fact("there now", path: "pg_wal/\($0.text)", node: "old") }))
        }
        if !gone.isEmpty {
          let places = gone.compactMap { r.rewind.places[$0] }
          let found =
            places.isEmpty
            ? "no other place that was given has them"
            : "\(places.count) of them \(places.count == 1 ? "is" : "are") elsewhere"
          findings.append(
            Finding(
              .rejoinSegments, "pg_rewind reads WAL that is missing: \(names(gone)); \(found).",
              facts: gone.prefix(100).map {
                Fact(
                  r.rewind.places[$0].map(\.sentence) ?? "missing", path: "pg_wal/\($0.text)", node: "old")
              },
              remedy: places.count == gone.count
                ? "Copy them into pg_wal, or give pg_rewind a restore_command (-c)."
                : "Look for them in an archive (--archive); without them only a new base backup helps."))
        }
      case .newPrimaryLacks(let segment): findings.append(lacks(segment, r))
      default:
        findings.append(
          Finding(
            .rejoinRewind, "pg_rewind would stop: \(r.sentence(obstacle)).",
            facts: r.rewind.message.map { [Fact($0, path: "pg_rewind", node: "old")] } ?? [], remedy: remedy(obstacle)))
      }
    }
    if r.way == .rebuild, r.rewind.needed != true, r.rewind.obstacles.isEmpty,
      case .known(let missing) = NewPrimaryWAL(c, restoreCommand: c.restoreCommand)
        .missing(from: c.oldEnd ?? .none, switched: r.fork), let first = missing.first
    {
      findings.append(lacks(first, r))
    }
    return findings
  }

  private static func lacks(_ segment: SegmentName, _ r: Rejoin) -> Finding {
    Finding(
      .rejoinNewWAL, "The new primary has removed segment \(segment.text), which the returned node needs.",
      facts: [
        Fact("missing", path: (r.question.new.wal.path ?? "pg_wal") + "/" + segment.text, node: "new")
      ])
  }

  private static func remedy(_ obstacle: RewindPrediction.Obstacle) -> String? {
    switch obstacle {
    case .fullPageWrites: "Set full_page_writes = on on the new primary, reload, and make a checkpoint there."
    case .unfinishedPromotion: "Make a checkpoint on the new primary first."
    case .standbySignal: "Remove standby.signal; write it again after pg_rewind."
    case .notClean: "Finish crash recovery first: postgres --single."
    case .tablespace: "Take a new base backup."
    case .sourceInRecovery: "Give the primary itself as the new one."
    default: nil
    }
  }

  private static func slots(_ r: Rejoin) -> [Finding] {
    var findings: [Finding] = []
    let hasNone = r.slots.isEmpty
    for slot in r.slots {
      let facts = [
        Fact(
          [
            slot.state?.failover == true ? "failover" : nil,
            slot.retainsFrom.map { "restart_lsn \($0)" }, slot.pinsRowsOf.map { "pins rows of transaction \($0)" },
          ].compactMap { $0 }.joined(separator: ", "), path: slot.path, node: "old")
      ]
      switch slot.effect {
      case .blocksSynchronization:
        findings.append(
          Finding(
            .rejoinBlocks, slot: slot.name,
            "Slot synchronization on the returned node stops at slot \(slot.name): it is not a synchronized one and has the name of a failover slot.",
            facts: facts + [Fact(SlotMessages.sameName(slot.name), path: "the standby's log", node: "old")]))
      case .pins:
        let what = [
          slot.retainsFrom.map { "retains WAL from \($0) on" },
          slot.pinsRowsOf.map { "pins rows of transaction \($0)" },
        ]
        findings.append(
          Finding(
            .rejoinPins, slot: slot.name,
            "Slot \(slot.name) \(what.compactMap { $0 }.joined(separator: " and ")) for as long as it is there; with hot_standby_feedback the new primary keeps the rows, too.",
            facts: facts))
      default: break
      }
    }
    if r.way == .rewind, !hasNone {
      findings.append(
        Finding(
          .rejoinSlotsGone,
          "pg_rewind removes all slots of the old primary (\(r.slots.count)); what its own standbys need has to be made anew.",
          facts: r.slots.prefix(20).map { Fact("removed", path: $0.path, node: "old") }))
    }
    return findings
  }

  private static func others(_ r: Rejoin) -> [Finding] {
    var findings: [Finding] = []
    if let refusal = r.startRefusal {
      findings.append(
        Finding(
          .rejoinStart, "As a standby the old primary would not start: \(refusal.message ?? "")",
          facts: refusal.details.map { Fact($0, path: refusal.path ?? ".", node: "old") }))
    }
    for setting in r.settings where setting.isInTheWay {
      findings.append(
        Finding(
          .rejoinSettings,
          "With \(setting.name) = \(ShellText.settingValue(setting.value ?? "")) it would not follow: \(setting.why).",
          facts: [Fact(setting.value ?? "", path: setting.path ?? "postgresql.conf", node: "old")]))
    }
    if r.way == .open {
      findings.append(Finding(.rejoinOpen, r.reason, facts: r.rewind.open.map { [Fact($0, path: ".")] } ?? []))
    }
    let (mine, others) = (r.question.oldSettings, r.question.newSettings)
    if let command = mine?.text("archive_command"), !command.isEmpty, command == others?.text("archive_command"),
      mine?.text("archive_mode") != "off", others?.text("archive_mode") != "off"
    {
      findings.append(
        Finding(
          .rejoinArchive,
          "Both nodes archive by the same command: after the fork they have different files of the same names.",
          facts: [Fact(command, path: mine?["archive_command"]?.assignment?.path ?? "postgresql.conf", node: "old")]))
    }
    return findings
  }

  private static func names(_ segments: [SegmentName]) -> String {
    let more = segments.count > 4 ? " and \(segments.count - 4) more" : ""
    return segments.prefix(4).map(\.text).joined(separator: ", ") + more
  }

  private static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
