import Evidence
import PostgresFormat

/// A slot by which a subscription's worker copies one table for the first time (`pg_SUBID_sync_RELID_SYSID`): no consumer
/// that a failover could leave behind.
///
/// Until the rows are copied, the worker begins anew wherever it connects, with another slot. Once they are (`srsubstate` `f`)
/// it goes on from this slot, which then counts like any other. After that the slot is dropped; one that is still there is
/// left over. What of all this holds, only the subscriber's catalog tells.
struct TableSynchronization: Sendable {
  static let unit = RuleUnit(
    .situation, .slot([.initialCopy]) { c in c.initialCopy?.judge(c) },
    rules: Rule(
      .a42, from: .v10, .info,
      "A slot by which a subscription copies a table for the first time (pg_SUBID_sync_RELID_SYSID) is not a consumer: until the rows are copied its worker begins anew elsewhere, and when the table is ready the slot is left over.",
      "Nothing to carry over: the copy begins anew on the new primary."),
    Rule(
      .a42Open, from: .v10, .warning, "How far such a copy is, is known, and its slot is not left over.",
      "Give the subscriber (--subscriber): its pg_subscription_rel tells how far the copy is."))

  /// What the subscriber's catalog says of the copy.
  enum State: Sendable {
    /// The rows are to be copied, or are being copied. False: the catalog's file may be older than that.
    case copying(isExact: Bool)
    /// The rows are copied; the changes since then come through the slot.
    case copied
    /// Nobody needs the slot any more.
    case over
    /// No subscriber that was given has the subscription.
    case unknown
  }

  let slot: SlotState
  /// `the initial copy of public.visits by subscription moved`.
  let name: String
  let state: State
  private let fact: Fact?

  /// nil for any other slot.
  init?(_ slot: SlotState, subscribers: [Evidence]) {
    guard slot.isLogical, slot.persistency == .persistent, slot.plugin == "pgoutput",
      let parts = TableSynchronizationSlotName(slot.name)
    else { return nil }
    self.slot = slot
    let subscriber = subscribers.first {
      $0.isReadable && $0.control?.value.systemIdentifier == parts.systemIdentifier
    }
    let subscription = subscriber?.subscriptions.first { $0.oid == parts.subscription }
    let tables = subscription.flatMap { row in subscriber?.subscribedTables?.first { $0.database == row.database } }?
      .tables
    let table = tables?.first { $0.row.subscription == parts.subscription && $0.row.relation == parts.relation }
    name =
      "the initial copy of \(table?.name ?? "table \(parts.relation)") by subscription"
      + " \(subscription?.name ?? String(describing: parts.subscription))"
    fact = table.map {
      Fact("srsubstate \($0.row.state)", path: "pg_subscription_rel", node: subscriber?.origin.source)
    }
    guard let subscriber else {
      state = .unknown
      return
    }
    let isExact = subscriber.showsItsCatalogs
    state =
      switch table?.row.state {
      case "i", "d": .copying(isExact: isExact)
      case "f": .copied
      case "s", "r": .over
      case nil where isExact && !subscriber.hasProblem(with: "catalog") && (subscription == nil || tables != nil): .over
      default: .unknown
      }
  }

  /// The slot counts like a consumer's.
  var isConsumer: Bool { if case .copied = state { true } else { false } }

  /// Nobody needs it: the table is ready, or its subscription is gone.
  var isLeftover: Bool { if case .over = state { true } else { false } }

  /// What a plan says of it.
  var plannedDetail: String {
    switch state {
    case .copying, .unknown: name
    case .copied: "\(name) goes on from this slot alone: let it end before the promotion"
    case .over: "left over from \(name)"
    }
  }

  private func judge(_ c: SlotCase) -> Outcome? {
    let facts = [c.onPrimary.name] + (fact.map { [$0] } ?? [])
    func finding(_ rule: RuleID, _ message: String, _ remedy: String? = nil) -> Finding {
      c.finding(rule, message, facts, remedy)
    }
    switch state {
    case .copied: return nil
    case .copying(let isExact):
      let message = "\(slot.name) belongs to \(name), which is not finished"
      return .holds(
        "\(name): its worker makes another slot wherever it connects",
        notes: [
          isExact
            ? finding(.a42, message + ".")
            : finding(
              .a42Open, message + " by the subscriber's files; its server may have gone on since they were written.",
              "If it was finished after that, its worker asks for this slot: take the table out of the publication, refresh the"
                + " subscription, empty the table, and add it again.")
        ])
    case .over:
      return .holds(
        "left over from \(name)",
        notes: [
          finding(
            .a42Open, "\(slot.name) is left over from \(name): nobody needs it, and it retains WAL.",
            "Drop it on the primary.")
        ])
    case .unknown:
      return .fails(
        c.failover.primaryRuns ? .waiting : .atRisk, "\(name): whether it was finished is open",
        finding(
          .a42Open,
          "\(slot.name) belongs to \(name). An unfinished copy begins anew on the new primary; the worker of a finished one"
            + " asks for this slot.",
          c.failover.subscribers.isEmpty
            ? "Give the subscriber (--subscriber): its directory, or a connection to that database."
            : "Give the subscriber whose system identifier ends the slot's name: none of those given is it, or has the subscription."
        ))
    }
  }
}

extension Evidence {
  /// The catalogs are as the server has them: not only as new as its last checkpoint.
  var showsItsCatalogs: Bool { positionsAreLive || control?.value.state == .shutDown && isRunning == false }
}
