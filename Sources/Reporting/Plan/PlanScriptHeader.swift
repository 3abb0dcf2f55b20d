import SlotSafety

/// The comment at the top of a script: what it is for, where it runs, how, and what it leaves open.
enum PlanScriptHeader {
  /// How every script begins.
  static let firstLine = "slotscope: replication slots for a failover"

  static func lines(
    _ plan: Plan, _ part: PlanPart, _ server: PlannedServer, alsoOnPrimary: Bool, listed: Set<SlotName>
  ) -> [String] {
    var text = [
      "\(firstLine), PostgreSQL \(server.version)", "",
      "Runs on:  \(place(part)), system identifier \(server.systemIdentifier)",
      "Role:     \(role(plan, part))",
      "Checks:   psql -X -v dry_run=1 -f THIS_FILE 'host=… dbname=…'   (nothing is changed)",
      "Run:      psql -X -f THIS_FILE 'host=… dbname=…'               (psql 11 or later)",
      "Refuses:  with psql's exit status 3, and before any change, if the server is not this one or a check fails.",
      "Again:    it can be run any number of times; what was done before is left as it is.",
      "More:     -v patience=SECONDS for what it waits for, -v step_timeout=5min for each statement (a minute)",
    ]
    text += inputs(plan, part)
    text += advice(plan, part, alsoOnPrimary: alsoOnPrimary)
    text += ["", listed.isEmpty ? "Slots:" : "Slots: \(listed.count) in the lists below"]
    for slot in plan.slots where !listed.contains(slot.name) {
      text.append(
        "- \(slot.name): plugin \(slot.plugin), database \(slot.database), confirmed on the primary at least"
          + " \(slot.confirmedFlush)")
    }
    for exclusion in plan.exclusions { text.append("- \(exclusion.slotName): not here: \(exclusion.sentence)") }
    return text.map { $0.isEmpty ? "--" : "-- " + TerminalText.escaped($0) } + [""]
  }

  static func place(_ part: PlanPart) -> String {
    let which = part.member == 0 ? "" : " (number \(part.member + 1))"
    return switch part.node {
    case .primary: "the primary"
    case .standby: "the standby, before it is promoted"
    case .newPrimary: "the new primary, right after its promotion"
    case .subscriber:
      "the subscriber\(which), " + (part.stage == .afterPromotion ? "after the promotion" : "before the promotion")
    case .follower: "another standby\(which), after the promotion"
    }
  }

  /// Which rights the steps need.
  private static func role(_ plan: Plan, _ part: PlanPart) -> String {
    let steps = plan.steps.filter { $0.part == part }
    if steps.contains(where: \.reloads) {
      return "a superuser, for ALTER SYSTEM (or a role with that right on the settings, and REPLICATION)"
    }
    switch part.node {
    case .subscriber:
      return part.stage == .afterPromotion
        ? "a superuser, to read the subscription's connection and its position" : "the subscription's owner"
    default: return "one with REPLICATION is enough"
    }
  }

  private static func inputs(_ plan: Plan, _ part: PlanPart) -> [String] {
    var seen: Set<String> = []
    let required = plan.steps.filter { $0.part == part }.flatMap(\.inputs)
      .filter { $0.isRequired && seen.insert($0.name).inserted }
    return required.isEmpty ? [] : ["Needs:"] + required.flatMap(\.missing).map { "  " + $0 }
  }

  private static func advice(_ plan: Plan, _ part: PlanPart, alsoOnPrimary: Bool) -> [String] {
    switch (part.node, part.stage) {
    case (.standby, _):
      return (plan.approach(.slotsOnStandby) ? byHand : []) + (plan.approach(.failoverSlots) ? synchronised : [])
        + (alsoOnPrimary ? bothConnections : [])
    case (.newPrimary, _) where !plan.approach(.slotsOnNewPrimary) && plan.approach(.slotsOnStandby):
      return carriedOver
    case (.newPrimary, _) where plan.approach(.slotsOnNewPrimary):
      return (plan.approach(.slotsOnStandby) ? carriedOver : []) + [
        "",
        "Run it right after the promotion, before any writer is let in: a slot made here begins at its present, and",
        "what was committed between its consumer's position and there does not reach the consumer. The files prove that",
        "there is nothing; the script refuses where this server has gone further than they.",
      ]
    default: return []
    }
  }

  private static let byHand = [
    "",
    "A slot that was just made on a standby begins later than its consumer stands. It is safe to fail over to only",
    "when the consumer has passed its start and it was advanced to exactly the consumer's position. So the script runs",
    "twice, the second time with each consumer's position on the primary (its script prints them): -v position_SLOT=LSN",
  ]
  private static let carriedOver = [
    "",
    "A slot that was advanced on the standby is past what this plan's files know of its consumer. Tell the position that it",
    "was advanced to here as well, -v position_SLOT=LSN; without it the script ends with 3 where the two do not fit.",
  ]
  private static let synchronised = [
    "",
    "Copies are made by the standby's slot synchronisation. They are safe to fail over to when this script has ended",
    "without an error; it waits for them, and the primary's second script helps meanwhile.",
  ]
  private static let bothConnections = [
    "",
    "With both connections the script runs the primary's steps as well, each at its time:",
    "    psql -X -v primary_conninfo='host=…' -v standby_conninfo='host=…' -f THIS_FILE 'host=…'",
  ]
}

extension Plan {
  fileprivate func approach(_ wanted: Approach) -> Bool { slots.contains { $0.approach == wanted } }
}

extension PlanExclusion.Reason {
  /// Why a slot has no step, in words.
  package var sentence: String {
    switch self {
    case .ready: "nothing to do: the files prove that its consumer goes on"
    case .alreadyThere: "there is one already, but the files do not prove that it is safe"
    case .notPersistent: "a temporary slot ends with its session"
    case .notSelected: "not selected by --slots"
    case .lost: "the primary has invalidated it; its consumer must resynchronise"
    case .tableSynchronization: "a table's first copy makes its own slots"
    case .nameTaken: "the standby has another slot of that name; drop that first"
    case .synchronised: "the standby has a synchronised copy, which only its synchronisation may change"
    case .unreadable: "its state file on the primary cannot be read"
    case .databaseUnknown: "its database could not be named, or takes no connections"
    case .primaryRuns: "the primary still runs: what a slot on the new primary would miss is not known yet"
    case .notProven: "no safe plan: a slot made on the new primary might begin too late for its consumer"
    }
  }
}

extension PlanExclusion {
  /// The reason with what exactly stands against the slot.
  package var sentence: String { detail.map { "\(reason.sentence) (\($0))" } ?? reason.sentence }
}
