import SlotSafety

/// The comment at the top of a script: what it is for, where it runs, how, and what it leaves open.
enum PlanScriptHeader {
  static func lines(_ plan: Plan, for server: PlannedServer, alsoOnPrimary: Bool) -> [String] {
    var text = [
      "slotscope: logical replication slots for a failover, PostgreSQL \(server.version)", "",
      "Runs on:  \(place(server.node)), system identifier \(server.systemIdentifier)",
      "Checks:   psql -X -v dry_run=1 -f THIS_FILE 'host=… dbname=postgres'   (nothing is changed)",
      "Run:      psql -X -f THIS_FILE 'host=… dbname=postgres'               (psql 11 or later)",
      "Refuses:  with psql's exit status 3, and before any change, if the server is not this one or a check fails.",
      "Again:    it can be run any number of times; what was done before is left as it is.",
    ]
    if server.node == .standby {
      text += [
        "",
        "A slot that was just made on a standby begins later than its consumer stands. It is safe to fail over to only",
        "when the consumer has passed its start and it was advanced to exactly the consumer's position. Two ways:",
        "- give both connections, and the script waits for the consumers and finishes the slots:",
        "    psql -X -v primary_conninfo='host=…' -v standby_conninfo='host=…' -f THIS_FILE 'host=…'",
        "- or run it again with each consumer's position on the primary: -v position_SLOT=LSN",
        "-v step_timeout=5min gives the making of a slot more time than a minute.",
      ]
    }
    if server.node == .newPrimary {
      text += [
        "",
        "Run it right after the promotion, before any writer is let in: a slot made here begins at its present, and",
        "what was committed between its consumer's position and there does not reach the consumer. Compare the",
        "consumer's own position with the summary at the end before you connect it.",
      ]
    }
    text += ["", "Slots:"]
    for slot in plan.slots {
      text.append(
        "- \(slot.name): plugin \(slot.plugin), database \(slot.database), confirmed on the primary at least"
          + " \(slot.confirmedFlush)")
    }
    for exclusion in plan.exclusions { text.append("- \(exclusion.slotName): not here: \(exclusion.reason.sentence)") }
    return text.map { $0.isEmpty ? "--" : "-- " + TerminalText.escaped($0) } + [""]
  }

  private static func place(_ node: PlanNode) -> String {
    switch node {
    case .primary: "the primary"
    case .standby: "the standby, before it is promoted"
    case .newPrimary: "the new primary, right after its promotion"
    case .subscriber: "the subscriber"
    }
  }
}

extension PlanExclusion.Reason {
  /// Why a slot has no step, in words.
  package var sentence: String {
    switch self {
    case .alreadyThere: "the standby has one already, which this plan does not judge"
    case .notPersistent: "a temporary slot ends with its session"
    case .lost: "the primary has invalidated it; its consumer must resynchronise"
    case .nameTaken: "the standby has another slot of that name, or an invalid one; drop that first"
    case .synchronised: "a failover slot: the standby's slot synchronisation makes it"
    case .unreadable: "its state file on the primary cannot be read"
    case .databaseUnknown: "its database could not be named, or takes no connections"
    }
  }
}
