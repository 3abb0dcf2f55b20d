import Evidence
package import PostgresFormat

/// What the standby's own settings could do to a copy before or right after the promotion.
package enum StandbyLimits {
  /// One judgement for each limit that concerns an existing copy, met or not.
  package static func judge(_ copy: SlotState, of slot: SlotState, in failover: FailoverCase) -> [Judgement] {
    [
      keepSize(copy, failover), idleTimeout(copy, failover), walLevel(slot, failover), plugin(slot, failover),
      nameOfFailoverSlot(copy, slot, failover), waitsForOthers(copy, failover),
    ]
  }

  /// A25: with `r` the copy's restart_lsn and `S` the end, `S - r` and two more segments fit in max_slot_wal_keep_size.
  static func keepSize(_ copy: SlotState, _ failover: FailoverCase) -> Judgement {
    guard let megabytes = failover.standbySettings.integer("max_slot_wal_keep_size"), megabytes >= 0 else {
      return .holds()
    }
    let limit = UInt64(megabytes).multipliedReportingOverflow(by: 1 << 20)
    let segment = UInt64(failover.standby.wal.segmentSize ?? 16 << 20)
    // After the promotion the WAL went on from there.
    let end =
      failover.isPromoted
      ? failover.standby.server?.positions.flush ?? failover.standby.wal.end?.lsn ?? failover.standbyEnd
      : failover.standbyEnd
    let held = end.bytes(since: copy.restartLSN)
    let needed = held.addingReportingOverflow(2 * segment)
    guard !limit.overflow, needed.overflow || needed.partialValue > limit.partialValue else { return .holds() }
    return .fails(
      .atRisk,
      failover.isPromoted
        ? "the next checkpoint may invalidate its slot"
        : "the standby may invalidate its slot at the next restartpoint",
      [
        Finding(
          .a25, slot: copy.name,
          "The standby's \(copy.name) holds \(ByteCount.text(held)) of WAL, and max_slot_wal_keep_size is \(megabytes) MB.",
          facts: [
            failover.onStandby(copy).restart(copy),
            failover.fact(of: "max_slot_wal_keep_size", in: failover.standbySettings, node: "standby"),
          ])
      ])
  }

  /// A26: slots of the standby's own die of idleness at a checkpoint. Synchronised ones are spared until the promotion, and
  /// their time begins then; it must last beyond the first checkpoint that comes by itself.
  static func idleTimeout(_ copy: SlotState, _ failover: FailoverCase) -> Judgement {
    let settings = failover.standbySettings
    guard let seconds = settings.integer("idle_replication_slot_timeout"), seconds > 0 else { return .holds() }
    func finding(_ message: String) -> Finding {
      Finding(
        .a26, slot: copy.name, message,
        facts: [failover.fact(of: "idle_replication_slot_timeout", in: settings, node: "standby")])
    }
    guard copy.synced == true || failover.isPromoted else {
      return .fails(
        .atRisk, "the standby may give its copy up for idleness",
        [finding("The standby gives up slots that nobody uses, such as \(copy.name), after \(seconds) s.")])
    }
    let late = [
      finding("Once promoted the standby gives \(copy.name) up if its consumer is not back within \(seconds) s.")
    ]
    return seconds <= firstCheckpoint
      ? .fails(.atRisk, "its consumer would have to be back within \(seconds) s of the promotion", late)
      : .holds(findings: late)
  }

  /// L18: to 18 a server with wal_level below logical cannot serve logical slots, and from 16 does not start with them.
  static func walLevel(_ slot: SlotState, _ failover: FailoverCase) -> Judgement {
    guard failover.version < effectiveLevel, let level = failover.standbySettings.walLevel, level < .logical else {
      return .holds()
    }
    return .fails(
      .fixable, "wal_level on the standby is \(level.name)",
      [
        Finding(
          .l18, slot: slot.name, "With wal_level = \(level.name) the standby cannot serve \(slot.name).",
          facts: [failover.fact(of: "wal_level", in: failover.standbySettings, node: "standby")])
      ])
  }

  /// L17: where the allow list exists, it names the plugin. Late minor versions of 17 and 18 have it with this default;
  /// which minor version will start here, no file says.
  static func plugin(_ slot: SlotState, _ failover: FailoverCase) -> Judgement {
    let settings = failover.standbySettings
    if let missing = missingPlugin(slot, failover) { return missing }
    guard failover.version >= FailoverCase.firstWithSynchronisation || failover.standby.server != nil,
      !settings.isAbsent(allowList)
    else { return .holds() }
    guard !settings.isHidden(allowList) else {
      return .fails(
        .unknown, "which plugins the standby allows was not shown",
        [
          Finding(
            .a24, .warning, slot: slot.name,
            "The standby's server hides \(allowList) from the role that asked; whether it allows \(slot.plugin) is open.",
            facts: [Fact("\(allowList) is not shown", path: "pg_settings", node: "standby")],
            remedy: "Ask as a member of pg_monitor.")
        ])
    }
    let setting = settings[allowList]
    let allowed = setting?.isDefault == false ? IdentifierList.paths(setting?.text ?? "") ?? [] : alwaysAllowed
    guard !allowed.contains(slot.plugin) else { return .holds() }
    return .fails(
      .fixable, "its plugin is not allowed on the standby",
      [
        Finding(
          .a24, slot: slot.name, "output_plugin_libraries on the standby does not list \(slot.plugin).",
          facts: [failover.fact(of: "output_plugin_libraries", in: failover.standbySettings, node: "standby")]),
        Finding(
          .l17, slot: slot.name, "The standby would refuse to decode for \(slot.name) with the plugin \(slot.plugin).",
          facts: [failover.onPrimary(slot).fact("plugin \(slot.plugin)")]),
      ])
  }

  /// A24: the plugin's file, where the server let its folder of libraries be listed and looks nowhere else.
  private static func missingPlugin(_ slot: SlotState, _ failover: FailoverCase) -> Judgement? {
    guard let libraries = failover.standby.server?.libraries, !slot.plugin.contains("/"),
      failover.standbySettings["dynamic_library_path"] == nil,
      !libraries.contains(slot.plugin + ".so"), !libraries.contains(slot.plugin)
    else { return nil }
    return .fails(
      .fixable, "its plugin is not installed on the standby",
      [
        Finding(
          .a24, slot: slot.name, "The standby has no library \(slot.plugin).",
          facts: [Fact("no \(slot.plugin).so among \(libraries.count) files", path: "pg_config()", node: "standby")])
      ])
  }

  /// L5: synchronisation stops at a slot of the standby's own under the name of a failover slot.
  static func nameOfFailoverSlot(_ copy: SlotState, _ slot: SlotState, _ failover: FailoverCase) -> Judgement {
    guard slot.failover == true, copy.synced == false else { return .holds() }
    let facts = [failover.onPrimary(slot).fact("failover on"), failover.onStandby(copy).fact("synced off")]
    return .fails(
      .fixable, "a slot made by hand has the name of a failover slot",
      [
        Finding(
          .l05, slot: slot.name, "The standby's \(slot.name) was not made by synchronisation, which stops at it.",
          facts: facts, remedy: failover.withoutPrimary),
        Finding(
          .a27, slot: slot.name, "The standby's own \(slot.name) blocks the synchronisation of all slots.",
          facts: facts, remedy: failover.withoutPrimary),
      ])
  }

  /// A14: once promoted, the standby keeps the consumers of failover slots waiting for each slot that its own
  /// synchronized_standby_slots names. One that it has waits for its follower, which may come; one that it lacks for
  /// nobody, nor does one of the name that stands for this standby itself.
  static func waitsForOthers(_ copy: SlotState, _ failover: FailoverCase) -> Judgement {
    let names = failover.standbyWaitsFor
    guard copy.failover == true, !names.isEmpty else { return .holds() }
    let own = failover.standbySettings.text("primary_slot_name")
    let setting = failover.fact(of: heldFor, in: failover.standbySettings, node: "standby")
    let inVain = names.first { $0 == own || failover.copy(of: $0)?.state?.servesFollowers != true }
    guard let missing = inVain else {
      return .holds(findings: [
        Finding(
          .a14, slot: copy.name,
          "Once promoted the standby sends \(copy.name) nothing that was not flushed through \(names.joined(separator: ", ")) too.",
          facts: [setting],
          remedy: "Let the followers connect after the promotion, or take their slots out of \(heldFor) on the standby."
        )
      ])
    }
    return .fails(
      .fixable, "the standby would keep its consumer waiting for \(missing), through which nobody will stream",
      [
        Finding(
          .a14, slot: copy.name,
          "\(heldFor) on the standby names \(missing), which is \(missing == own ? "its own slot on the primary" : "no valid physical slot there"): once promoted it sends \(copy.name) nothing.",
          facts: [
            setting,
            missing == own
              ? failover.fact(of: "primary_slot_name", in: failover.standbySettings, node: "standby")
              : Fact("no slot \(missing)", path: "pg_replslot", node: "standby"),
          ],
          remedy: "Take \(missing) out of \(heldFor) on the standby and reload it.")
      ])
  }

  /// A22: a slot that the standby lacks cannot be made while all that it may have are taken.
  static func room(_ slot: SlotState, _ failover: FailoverCase) -> Judgement {
    guard let room = failover.slotRoom else { return .holds() }
    return .fails(
      .fixable, "the standby has no room for it",
      [
        Finding(
          .a22, slot: slot.name,
          "\(slot.name) cannot be made: the standby would need \(room.needed) slots and may have \(room.limit).",
          facts: [failover.fact(of: "max_replication_slots", in: failover.standbySettings, node: "standby")])
      ])
  }

  /// L14: a two-phase slot that must be made anew waits for open prepared transactions, and what it does not send of them
  /// is missed. Those that a copy may not send are for ``TwoPhaseStart``.
  static func prepared(_ slot: SlotState, hasCopy: Bool, _ failover: FailoverCase) -> Judgement {
    guard slot.twoPhase == true else { return .holds() }
    let open = failover.openPreparedTransactions(of: slot.database)
    guard !hasCopy, let first = open.first else { return unreadPrepared(slot, failover) }
    return .fails(
      .atRisk, "prepared transactions are open",
      [
        Finding(
          .l14, slot: slot.name,
          "\(open.count) prepared transaction\(open.count == 1 ? " is" : "s are") open that \(slot.name) sends at PREPARE; the first is \(first.gid).",
          facts: [Fact("prepared: \(first.gid)", path: first.path, node: first.node)])
      ])
  }

  /// One may be open whose file tells nothing.
  private static func unreadPrepared(_ slot: SlotState, _ failover: FailoverCase) -> Judgement {
    for (node, evidence) in failover.nodes {
      guard let problem = evidence.problem(with: "prepared_transaction") else { continue }
      return .fails(
        .unknown, "the file of a prepared transaction cannot be read",
        [
          Finding(
            .a04, slot: slot.name,
            "Whether a prepared transaction is open that \(slot.name) sends at PREPARE is not known: \(problem.path) cannot be read.",
            facts: [
              Fact(problem.cause.sentence, path: problem.path, offset: problem.cause.offset, node: node)
            ])
        ])
    }
    return .holds()
  }

  /// The default of checkpoint_timeout, in seconds.
  private static let firstCheckpoint = 300
  /// From 19 on the level follows the slots.
  private static let effectiveLevel = ServerVersion.v19
  private static let allowList = "output_plugin_libraries"
  private static let heldFor = "synchronized_standby_slots"
  private static let alwaysAllowed = ["pgoutput", "test_decoding"]
}
