import Evidence
import PostgresFormat

/// What the primary's own log says of `synchronized_standby_slots` from a moment on to the primary's end (17 and later).
///
/// A log has every change of a setting by a reload, and no value at a start. So the value is known from a change on, until the next
/// start, which breaks the chain. What the files had at a start is not told by their times: an older file can have come by `mv`
/// since, and one that was there can be gone, with no reload that would have logged it. Lines that are missing, hidden by another
/// level, or written by somebody else prove nothing.
///
/// Times of a log are of its zone, which the files name as they are now. That they were written in it two witnesses without a
/// zone show: the start in `postmaster.pid`, and the control file's time of a stop, which the start after it repeats.
struct LoggedBarrier {
  enum Answer {
    /// Where the log shows it from the moment on.
    case held(String)
    /// It did not name the slot all the time.
    case dropped(String)
    case open(String)
  }

  let log: ServerLogEvidence
  let primary: Evidence
  let settings: EffectiveSettings

  /// nil where there is no log.
  init?(_ failover: Failover) {
    guard let log = failover.primary.serverLog else { return nil }
    (self.log, primary, settings) = (log, failover.primary, failover.primarySettings)
  }

  /// Whether the setting named a slot from a second before `time` on.
  func answer(for slot: String, since time: Timestamp) -> Answer {
    if let problem = log.problems.first { return .open("the primary's log: \(problem)") }
    guard let last = log.lives.last else { return .open("the primary's log has no start of the server") }
    guard let lock = primary.startFiles.postmasterPID, lock.pid == Int64(last.processID) else {
      return .open("the primary's log ends with another start than its files")
    }
    let text = settings["log_min_messages"]?.text.lowercased() ?? ""
    guard !text.contains("fatal"), !text.contains("panic") else {
      return .open("log_min_messages hides what would show it")
    }
    guard isOwnClock(last, lock.startTime) else {
      return .open(
        "the primary's log has another time of its start than postmaster.pid: it may be of another zone than \(zone)")
    }
    // Processes read a changed file one by one.
    func isBefore(_ moment: Timestamp) -> Bool { time.microseconds(since: moment) >= 1_000_000 }
    guard let first = log.lives.lastIndex(where: { $0.start.time.map(isBefore) ?? false }) else {
      return .open(
        log.lives.contains { $0.start.time == nil }
          ? "the times of the primary's log are not known: its lines do not agree with log_timezone, or the rules of \(zone) are not here"
          : "the primary's log begins at \(log.lives[0].start.time?.description ?? "another time"), after the first change that this standby lacks"
      )
    }
    for (index, life) in log.lives.enumerated() where index >= first {
      if let open = objection(to: life, before: index > first ? log.lives[index - 1] : nil) { return .open(open) }
    }
    return value(of: slot, in: log.lives[first...], isBefore)
  }

  /// Why something may be missing.
  private func objection(to life: PostmasterLife, before previous: PostmasterLife?) -> String? {
    guard life.isWhole else { return "lines of the primary's log are missing after \(Self.shown(life.start))" }
    if let previous {
      guard let end = previous.end else {
        return "the primary's log does not show how it ended before \(Self.shown(life.start))"
      }
      // A whole life of the server may be in a file that is not there.
      let stopped = life.events.first { $0.kind == .stoppedAt }?.time
      let distance = end.time.flatMap { ended in stopped?.microseconds(since: ended) }
      guard let distance, (-Self.clockMargin..<Self.clockMargin).contains(distance),
        end.path == life.start.path || (-2_000_000..<2_000_000).contains(distance)
      else { return "what happened between \(Self.shown(end)) and \(Self.shown(life.start)) is open" }
    }
    let times = ([life.start] + life.events.map(\.place)).compactMap(\.time)
    guard zip(times, times.dropFirst()).allSatisfy({ $1.microseconds(since: $0) > -1_000_000 }) else {
      return "the times of the primary's log go back after \(Self.shown(life.start)): its clock was set back"
    }
    // Every other one that is listed may hide lines, or send them elsewhere.
    if let event = life.events.first(where: { $0.name.map { $0 != Self.setting } ?? false }) {
      return "\(event.name ?? "") was changed (\(Self.shown(event.place))), which may hide what would show it"
    }
    return nil
  }

  private func value(
    of slot: String, in lives: ArraySlice<PostmasterLife>, _ isBefore: (Timestamp) -> Bool
  ) -> Answer {
    var from: String?
    for life in lives {
      // A log never has the value at a start.
      var isNamed: Bool?
      var place = life.start
      for event in life.events {
        guard event.name == Self.setting else { continue }
        let now = event.value.flatMap(IdentifierList.names)?.contains(slot) ?? false
        guard let time = event.place.time else { return .open("the primary's log does not tell when it changed it") }
        // What held until here held at the moment, too, if this came later.
        if !isBefore(time) {
          if isNamed == nil {
            return .open("the primary's log does not have its value before \(Self.shown(event.place))")
          }
          if isNamed == false {
            return .dropped("the primary's log shows that it did not name it before \(Self.shown(event.place))")
          }
          if !now {
            return .dropped(
              "the primary's log shows that it did not name it any more from \(Self.shown(event.place)) on")
          }
        }
        (isNamed, place) = (now, event.place)
      }
      switch isNamed {
      case true?: from = from ?? Self.shown(place)
      case false?: return .dropped("the primary's log shows that it did not name it from \(Self.shown(place)) on")
      case nil: return .open("the primary's log does not have its value from \(Self.shown(life.start)) on")
      }
    }
    return from.map { .held("the primary's log, complete from \($0) on, shows that it named \(slot) all the time") }
      ?? .open("the primary's log has no start of the server")
  }

  /// Whether a start has the time that the postmaster wrote into its lock file, which knows no zone.
  private func isOwnClock(_ life: PostmasterLife, _ startTime: Timestamp?) -> Bool {
    guard let time = life.start.time else { return true }
    return startTime.map { (-Self.clockMargin..<Self.clockMargin).contains(time.microseconds(since: $0)) } ?? false
  }

  /// Zones are a quarter of an hour apart.
  private static let clockMargin: Int64 = 300_000_000

  /// log_timezone.
  private var zone: String { settings["log_timezone"]?.text ?? "GMT" }

  private static func shown(_ place: LogPlace) -> String {
    "\(place.path):\(place.line)" + (place.time.map { " (\($0))" } ?? "")
  }

  private static let setting = PostmasterLifeCollector.barrier
}
