import Evidence
import PostgresFormat

/// What the subscribers that were given are worth: one that tells of no slot here is named, and nobody is asked again for what
/// was given already.
enum SubscribersGiven {
  static let unit = RuleUnit(
    .note, .notes(findings),
    rules: Rule(
      .a43, .warning,
      "Every subscriber that is given tells of a subscription that reads from a slot of this primary.",
      "Give the node that reads from this primary, or its server instead of its files."))

  /// For each that settles nothing.
  private static func findings(_ failover: Failover) -> [Finding] {
    let slots = Set(failover.primary.slots.compactMap(\.state).filter(\.isLogical).map(\.name))
    return failover.subscribers.compactMap { subscriber in
      let source = subscriber.origin.source
      func finding(_ message: String, _ fact: String, _ remedy: String) -> Finding {
        Finding(.a43, message, facts: [Fact(fact, path: "pg_subscription", node: source)], remedy: remedy)
      }
      guard subscriber.isReadable, !subscriber.hasProblem(with: "catalog") else {
        return finding(
          "The subscriber \(source) cannot be read whole; what its subscriptions have applied is open.", "not readable",
          "See what \"slotscope inspect\" says about it.")
      }
      guard !subscriber.subscriptions.isEmpty else {
        return finding(
          subscriber.showsItsCatalogs
            ? "The subscriber \(source) has no subscription."
            : "The subscriber \(source) has no subscription in its files; one that was made after its last checkpoint is only in its WAL.",
          "no rows",
          subscriber.showsItsCatalogs
            ? "Give the node that reads from this primary."
            : "Ask its server (a connection string), or start it, run CHECKPOINT, and ask again.")
      }
      // A slot's name is nil where the subscription was cut off from it.
      guard slots.isEmpty || subscriber.subscriptions.contains(where: { $0.slotName.map(slots.contains) ?? false })
      else {
        return finding(
          "No subscription of \(source) reads from a slot of this primary.",
          subscriber.subscriptions.prefix(3).map { "\($0.name): \($0.slotName ?? "no slot")" }.joined(separator: ", "),
          "Give the node that reads from this primary.")
      }
      return nil
    }
  }
}

extension Failover {
  /// What would tell a consumer's position better than what is at hand, to be followed by a verb.
  func betterPosition(of slot: SlotState) -> String {
    if !stored(of: slot).isEmpty { return "whether the position that its consumer stored is its last" }
    if subscribers.isEmpty { return "the consumer's own position (--subscriber, --consumer)" }
    if let doubt = doubt(of: slot) {
      return "your word that its subscriber went no further (--assume \(Premise.consumerStopped.rawValue)): \(doubt)"
    }
    guard progress(of: slot).isEmpty else {
      return "the subscriber's position as its server has it (by connection, or after a clean stop)"
    }
    let other = possibleProgress(of: slot).first.map { found in
      "\(found.source) connects to database \(found.databaseName ?? ""), which this primary does not have"
    }
    return "the consumer's own position (\(other ?? "none of the subscribers given reads from this slot"))"
  }
}

extension String {
  /// As a sentence begins.
  var asSentence: String { prefix(1).uppercased() + dropFirst() }
}
