import Evidence
import PostgresFormat

/// What comes before the promotion. "Would it survive?" has two answers while the primary runs.
package enum FailoverEvent: String, Sendable, Hashable, Codable, CaseIterable {
  /// The primary is gone now, as it is, and its consumers may have received all that it had flushed.
  case crash
  /// The primary is stopped cleanly, the standby receives all of its WAL, and then is promoted.
  case switchover
}

/// The answer for one event.
package struct EventVerdict: Sendable, Hashable, Codable {
  /// Which one.
  package var event: FailoverEvent
  /// If it happened now.
  package var verdict: Verdict
  /// In a few words.
  package var reason: String
}

extension Audit {
  /// The events that are left. While the primary runs both are, unless the operator says that it is down; what was stopped
  /// cleanly and has given the standby its last record is a switchover already; any other primary that is down leaves a crash
  /// alone.
  func events(for standby: Evidence) -> [FailoverEvent] {
    guard let primary, standby.role == .standby else { return [.crash] }
    if primary.isRunning != false {
      // What was captured earlier may be gone; a standby that streams shows that it is there.
      let isThere = primaryIsPresent || standby.server?.receiver?.status == "streaming"
      return isThere && !assumed.contains(.primaryDown) ? FailoverEvent.allCases : [.crash]
    }
    guard let control = primary.control?.value, control.state == .shutDown, let end = primary.wal.end,
      end.lastRecord == control.checkpointLSN, let received = standby.wal.end?.lsn, end.lsn <= received
    else { return [.crash] }
    return [.switchover]
  }

  /// The event that decides where the operator has named none: a switchover where the primary runs now, else what is left. What
  /// older evidence shows running may be gone.
  private func decisive(of events: [FailoverEvent]) -> FailoverEvent {
    if let event, events.contains(event) { return event }
    guard events.count > 1 else { return events.first ?? .crash }
    return primaryIsPresent && primary?.isRunning == true ? .switchover : .crash
  }

  /// The answer for the event that decides, with the verdicts for all that are left beside it.
  func assessEvents(_ standby: Evidence) -> Assessment {
    let events = events(for: standby)
    // Of one that happened already the evidence itself tells everything.
    guard events.count > 1 else {
      let answer = assess(standby)
      var only = answer
      only.note(events.first ?? .crash, from: answer)
      return only
    }
    let answers = events.map { (event: $0, assessment: assess(standby, event: $0)) }
    let decisive = decisive(of: events)
    guard var answer = answers.first(where: { $0.event == decisive })?.assessment else { return assess(standby) }
    for other in answers { answer.note(other.event, from: other.assessment) }
    answer.event = decisive
    return answer
  }
}

extension Assessment {
  /// Puts the verdicts of an answer for one event beside those that are there.
  fileprivate mutating func note(_ event: FailoverEvent, from answer: Assessment) {
    self.event = event
    let worst = answer.slots.filter { $0.counts && $0.verdict == answer.verdict }
    let reason =
      worst.first.map { "\($0.slotName): \($0.reason)" } ?? answer.reason ?? answer.findings.first?.message ?? ""
    events.append(EventVerdict(event: event, verdict: answer.verdict, reason: answer.verdict == .ready ? "" : reason))
    let found = Dictionary(answer.slots.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    for index in slots.indices {
      guard let slot = found[slots[index].id] else { continue }
      slots[index].events.append(EventVerdict(event: event, verdict: slot.verdict, reason: slot.reason))
    }
  }
}

extension SlotAssessment {
  /// Names are unique in a cluster; forged files may give two slots one.
  fileprivate var id: [String] { [slotName, primary?.path ?? ""] }

  /// The verdict for an event; nil where that one cannot happen any more.
  package func verdict(_ event: FailoverEvent) -> Verdict? { events.first { $0.event == event }?.verdict }
}
