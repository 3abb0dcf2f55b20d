package import Evidence
package import PostgresFormat

extension LedgerScope {
  /// Why there is no ledger.
  package struct Refusal: Error, Sendable {
    /// One sentence, without a stop.
    package var message: String
    /// Why the nodes do not belong together; empty for other reasons.
    package var findings: [Finding]
    /// What to do instead; nil where a finding says it, or nothing can.
    package var hint: String?
    /// For an operator: it names the slot or the node.
    package init(message: String, findings: [Finding] = [], hint: String? = nil) {
      (self.message, self.findings, self.hint) = (message, findings, hint ?? findings.first?.remedy)
    }
  }

  /// The logical slots that there are, at most a dozen of them by name.
  package static func slotList(_ evidence: Evidence) -> String {
    let names = evidence.slots.filter { $0.state?.isLogical != false }.map { $0.state?.name ?? $0.directory }.sorted()
    guard !names.isEmpty else { return "It has no logical slots." }
    let more = names.count > 12 ? " and \(names.count - 12) more" : ""
    return "Its logical slots: \(names.prefix(12).joined(separator: ", "))\(more)."
  }

  /// What one slot of one node has not yet confirmed; of a lost slot what its consumer misses.
  ///
  /// `consumer`: how far its consumer is by itself. What lies between there and the slot's position is never sent: the server goes on
  /// from the slot's, whatever the consumer asks for, and says nothing.
  package static func slot(
    _ name: String, of evidence: Evidence, to end: LSN?, consumer: LSN? = nil
  ) throws(Refusal) -> LedgerScope {
    var scope = try unsent(name, of: evidence, to: end)
    guard let consumer, let state = evidence.slots.first(where: { $0.state?.name == name })?.state,
      consumer < state.confirmedFlush
    else { return scope }
    let gap = Range.from(consumer, to: state.confirmedFlush)
    scope.parts[0].from = consumer
    scope.rules =
      [Rule(slotName: name, database: state.database, effect: .missed, node: .primary, possible: gap, certain: gap)]
      + scope.rules
    scope.skipped =
      "its consumer is at \(consumer), before the slot's position \(state.confirmedFlush): what was committed between them is never sent, and the slot does not complain"
    return scope
  }

  private static func unsent(_ name: String, of evidence: Evidence, to end: LSN?) throws(Refusal) -> LedgerScope {
    guard let found = evidence.slots.first(where: { ($0.state?.name ?? $0.directory) == name }) else {
      throw Refusal(message: "there is no slot \(name)", hint: slotList(evidence))
    }
    guard let state = found.state else { throw Refusal(message: "the state file of slot \(name) cannot be read") }
    guard state.isLogical else { throw Refusal(message: "slot \(name) is physical: its follower gets all WAL") }
    guard let start = state.confirmedFlush.nonZero else {
      throw Refusal(message: "slot \(name) was never finished: it has no position")
    }
    let to = end ?? evidence.wal.end?.lsn
    var scope = LedgerScope(parts: [Part(node: .primary, from: start, to: to)])
    // What was skipped is certain where the file has the consumer's last position.
    let isExact = SlotView.isExact(in: evidence)
    func rule(_ effect: LedgerEffect, _ possible: Range<LSN>, isCertain: Bool = false) -> Rule {
      Rule(
        slotName: name, database: state.database, effect: effect, node: .primary, possible: possible,
        certain: isCertain ? possible : .from(start, to: start))
    }
    let last = to ?? LSN(.max)
    guard state.invalidation == nil else {
      scope.rules = [rule(.missed, .from(start, to: last))]
      return scope
    }
    scope.youngPublications = YoungPublications.finding(of: name, in: evidence)
    // What decoding leaves out is not sent, nor is anything that it cannot begin with.
    let wal = WALKnowledge(evidence.stretches)
    let decoding = evidence.walWasRead ? DecodingStart.find(state, SnapshotFiles(evidence), wal) : .inTime
    switch decoding {
    case .inTime: scope.rules = [rule(.pending, .from(start, to: last))]
    case .damaged(let path):
      scope.rules = [rule(.missed, .from(start, to: last))]
      scope.decoding = "nothing is sent before \(path), which is damaged, is put back: decoding ends with an error"
    case .late(let until):
      let begin = min(until ?? last, last)
      scope.rules = [
        rule(.missed, .from(start, to: begin), isCertain: isExact), rule(.pending, .from(begin, to: last)),
      ]
      .filter { !$0.possible.isEmpty }
      scope.decoding =
        "the snapshot that decoding begins with is missing: what commits before \(until.map { "\($0)" } ?? "the end of the WAL here") is not sent, without an error"
    case .inPart(let from):
      scope.rules = [rule(.pending, .from(start, to: last)), rule(.missed, .from(start, to: last))]
      scope.decoding =
        "the snapshot that decoding begins with is missing: what was open at \(from) may be sent in part, without an error"
    case .unknown(damaged: let damaged):
      scope.rules = [rule(.pending, .from(start, to: last))]
      if let damaged {
        scope.decoding = "\(damaged) is damaged, and whether decoding needs it could not be read from the WAL"
      }
    }
    return scope
  }

  /// A failover from one node to another, done or about to be: what it costs the consumers of the old primary's logical slots,
  /// or of one of them, and all that is on the old primary only.
  ///
  /// `known`: exact positions of consumers, by the operator's word.
  package static func failover(
    _ admission: Admission, slot only: String? = nil, known: [String: LSN] = [:]
  ) throws(Refusal) -> LedgerScope {
    let failover: Failover
    do throws(Admission.Refusal) { failover = try admission.failover() } catch {
      throw Refusal(message: error.message, findings: error.findings)
    }
    let (primary, standby) = (failover.primary, failover.standby)
    let (fork, isPromoted) = (failover.standbyEnd, failover.isPromoted)
    let slots = primary.slots.compactMap(\.state).filter {
      $0.isLogical && $0.persistency == .persistent && $0.confirmedFlush.isValid && (only ?? $0.name) == $0.name
        // The slot of a table's first copy delivers nothing that its subscription is owed, unless the copy is done.
        && (only != nil || TableSynchronization($0, subscribers: failover.subscribers)?.isConsumer ?? true)
    }
    if let only, slots.isEmpty {
      throw Refusal(message: "the primary has no finished logical slot \(only)", hint: slotList(primary))
    }
    let others = Set(primary.slots.map { $0.state?.name ?? $0.directory })
    if let stranger = known.keys.filter({ !others.contains($0) }).min() {
      throw Refusal(
        message: "there is no slot \(stranger) whose consumer could have a position", hint: slotList(primary))
    }
    var scope = LedgerScope(parts: [])
    (scope.fork, scope.isPromoted) = (fork, isPromoted)
    scope.otherHistory = PagesOfHistory.finding(failover)
    if only == nil { scope.unreadSlots = primary.slots.filter { $0.state == nil }.map(\.path) }
    let mayEndEarly = ReplayToTheEnd.mayEndEarly(failover)
    if mayEndEarly, let control = standby.control?.value {
      scope.earliestFork = min(fork, max(control.minRecoveryPoint, control.checkpoint.redo))
    }
    let begin = scope.earliestFork ?? fork
    scope.rules = slots.flatMap { rules(for: $0, known: known[$0.name], earliest: begin, in: failover) }
      .filter { !$0.possible.isEmpty }
    let first = scope.rules.filter { $0.node == .primary }.map(\.possible.lowerBound).min()
    scope.parts = [
      Part(
        node: .primary, from: min(first ?? begin, begin),
        to: max(failover.primaryEnd ?? .none, primary.wal.end?.lsn ?? .none).nonZero)
    ]
    let onStandby = scope.rules.filter { $0.node == .standby }.map(\.possible)
    if isPromoted, let last = onStandby.map(\.upperBound).max() {
      scope.parts.append(Part(node: .standby, from: fork, to: min(last, standby.wal.end?.lsn ?? fork)))
    }
    return scope
  }

  /// `earliest`: the fork, or where it may be before the end of the standby's WAL.
  private static func rules(
    for slot: SlotState, known: LSN?, earliest: LSN, in failover: Failover
  ) -> [Rule] {
    let fork = failover.standbyEnd
    let found = known.map { Position.exactly($0, basis: "given") } ?? ConsumerPosition.find(of: slot, in: failover)
    let stored = known == nil ? failover.stored(of: slot) : []
    // What a consumer stored itself may lie before its slot, or past the fork.
    let least = min(found.atLeast ?? slot.confirmedFlush, stored.compactMap(\.received).min() ?? LSN(.max))
    let most = max(found.atMost ?? LSN(.max), stored.map(\.reached).max() ?? .none)
    func rule(_ effect: LedgerEffect, _ node: Node, _ possible: Range<LSN>, certain: Range<LSN>) -> Rule {
      Rule(
        slotName: slot.name, database: slot.database, effect: effect, node: node, possible: possible,
        certain: certain.clamped(to: possible))
    }
    var rules: [Rule] = []
    // Held by the consumer and not by the new primary: after the fork, before the consumer.
    let isHeldBack =
      known == nil && slot.failover == true && slot.confirmedFlush <= fork && stored.allSatisfy { $0.reached <= fork }
      && failover.heldBack[slot.database].map { $0.objection == nil } ?? false
    if !isHeldBack || earliest < fork {
      let end = isHeldBack ? min(most, fork) : most
      rules.append(rule(.vanished, .primary, .from(earliest, to: end), certain: .from(fork, to: least)))
    }
    let copy = failover.copy(of: slot.name)?.state.flatMap { $0.isUsable ? $0 : nil }
    // Not held by the consumer, and before the position at which its slot begins: that of the copy, or the fork for one that is
    // made at the promotion. A synchronized copy was put where its consumer was.
    let begin = copy?.confirmedFlush ?? fork
    let isSynchronized =
      known == nil && stored.allSatisfy { $0.received.map { $0 >= begin } ?? true }
      && copy.map { SameSlot.isTaken($0, from: slot, in: failover) } == true
    if !isSynchronized {
      rules.append(
        rule(.missed, .primary, .from(least, to: min(begin, fork)), certain: .from(most, to: min(begin, fork))))
    }
    if copy != nil {
      rules.append(
        rule(.repeated, .primary, .from(begin, to: min(most, fork)), certain: .from(begin, to: min(least, fork))))
    }
    guard failover.isPromoted else { return rules }
    // On the new timeline everything is missed before the slot begins, or, without one, up to now; and what lies below the
    // position of a consumer that is past the fork.
    let missing = Range<LSN>.from(fork, to: copy == nil ? LSN(.max) : max(begin, fork))
    let skipped = isHeldBack ? fork : most
    rules.append(
      rule(
        .missed, .standby, .from(fork, to: max(missing.upperBound, skipped)),
        certain: .from(fork, to: max(missing.upperBound, least))))
    return rules
  }
}
