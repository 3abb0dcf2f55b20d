import PostgresFormat
import SlotSafety

/// The comment at the top of a script: what it is for, where it runs, how, and what it leaves open.
enum PlanScriptHeader {
  /// How every script begins.
  static let firstLine = "slotscope: replication slots for a failover"

  /// For the beginning of the script's own template.
  static func values(
    _ plan: Plan, _ part: PlanPart, _ server: PlannedServer, isForBoth: Bool
  ) -> [String: ScriptText] {
    var text: [String] = []
    if isForBoth {
      text.append(
        "Needs:    -v primary_conninfo='host=…' -v standby_conninfo='host=…': it goes to and fro between the two")
    }
    text += inputs(plan, part) + hints(plan, part, isForBoth: isForBoth)
    text += exclusions(plan, atMost: 10).map { "Not here: \($0)" }
    return [
      "title": "\(remark: firstLine)", "major": "\(server.version)",
      "place": "\(remark: place(part) + (isForBoth ? ", and its primary" : ""))",
      "system_identifier": "\(server.systemIdentifier)", "role": "\(remark: role(plan, part))",
      "beside": isForBoth || part != Plan.standbyPart || !plan.hasScriptForBoth
        ? " (a minute)" : "; beside it runs what --for primary prints",
      "more": text.map { "-- \(remark: $0)" }.joined(),
    ]
  }

  /// Slots that have no step, those with the same reason on one line.
  static func exclusions(_ plan: Plan, atMost limit: Int) -> [String] {
    var reasons: [(sentence: String, names: [String])] = []
    for one in plan.exclusions {
      if let known = reasons.firstIndex(where: { $0.sentence == one.sentence }) {
        reasons[known].names.append(one.slotName)
      } else {
        reasons.append((one.sentence, [one.slotName]))
      }
    }
    let lines = reasons.map { reason in
      let more = reason.names.count > 3 ? " and \(reason.names.count - 2) more" : ""
      return reason.names.prefix(more.isEmpty ? 3 : 2).joined(separator: ", ") + more + ": " + reason.sentence
    }
    guard lines.count > limit else { return lines }
    let rest = reasons.dropFirst(limit - 1).reduce(0) { $0 + $1.names.count }
    return lines.prefix(limit - 1) + ["and \(rest) more slots: --format json has the reason of each"]
  }

  /// What a list has.
  static func about(_ list: PlanScriptList, _ columns: Set<SlotColumn>, told: [SlotColumn]) -> ScriptText {
    let row = list.rows[0]
    let databases = list.rows.reduce(into: [String]()) { names, row in
      if let name = row.databaseName, let oid = row.databaseOID {
        let text = "\(oid) is \(name)"
        if !names.contains(text) { names.append(text) }
      }
    }
    let what =
      row.pluginName == nil
      ? "Physical slots, with what the primary's files say that each retains"
      : row.databaseOID == nil
        ? "Slots that are to go, and how far each was read" : "The slots, and what each consumer had confirmed at least"
    let more = told.map { ", and -v \($0.rawValue)_SLOT=LSN" }.joined()
    let place =
      databases.isEmpty || !columns.contains(.database) ? "" : "; database \(databases.joined(separator: ", "))"
    return "-- \(remark: what + more + place)"
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
      return "a superuser, for ALTER SYSTEM (or a role with that right, and REPLICATION)"
    }
    switch part.node {
    case .subscriber:
      return part.stage == .afterPromotion
        ? "a superuser, to read the subscription's connection and its position" : "the subscription's owner"
    default: return "a role with REPLICATION"
    }
  }

  private static func inputs(_ plan: Plan, _ part: PlanPart) -> [String] {
    var seen: Set<String> = []
    let required = plan.steps.filter { $0.part == part }.flatMap(\.inputs)
      .filter { $0.isRequired && seen.insert($0.name).inserted }
    return required.flatMap(\.missing).map { "Needs:    " + $0 }
  }

  private static func hints(_ plan: Plan, _ part: PlanPart, isForBoth: Bool) -> [String] {
    switch part.node {
    case .standby:
      return (plan.approach(.slotsOnStandby) ? isForBoth ? atOnce : later : [])
        + (plan.approach(.failoverSlots) ? synchronized : [])
    case .newPrimary:
      return (plan.approach(.slotsOnStandby) ? carriedOver : []) + (plan.approach(.slotsOnNewPrimary) ? new : [])
    default: return []
    }
  }

  private static let byHand = "A slot made here is safe once advanced to exactly its consumer's position"
  private static let atOnce = ["\(byHand), as this run does."]
  private static let later = ["\(byHand), by a later -v position_SLOT=LSN."]
  private static let carriedOver = [
    "A slot that was advanced on the standby is past what this plan's files know of its consumer. Tell the",
    "position that it was advanced to, -v position_SLOT=LSN; without it the script ends with 3 where the two do",
    "not fit.",
  ]
  private static let synchronized = [
    "Slot synchronization makes the slots. They are safe to fail over to when this script has ended without an error."
  ]
  private static let new = [
    "Run it right after the promotion, before any writer is let in: a slot made here begins at the server's present."
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
    case .lost: "the primary has invalidated it; its consumer must resynchronize"
    case .tableSynchronization: "a table's first copy makes its own slots"
    case .nameTaken: "the standby has another slot of that name; drop that first"
    case .synchronized: "the standby has a synchronized slot, which only its synchronization may change"
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
