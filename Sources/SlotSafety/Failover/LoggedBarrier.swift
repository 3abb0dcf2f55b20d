import Evidence
import PostgresFormat

/// What the primary's own log says of `synchronized_standby_slots` from a moment on to the primary's end (17 and later).
///
/// A log has every change of a setting by a reload, and no value at a start. So the value is known from a change on; or from a
/// start on, if all configuration files are older than it and no change came since, or a walsender waited for the slot. Every
/// start breaks the chain. Lines that are missing, hidden by another level, or written by somebody else prove nothing.
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
    let since = Timestamp(unixMicroseconds: time.unixMicroseconds - 1_000_000)
    guard let first = log.lives.lastIndex(where: { $0.start.time.map { $0 <= since } ?? false }) else {
      return .open(
        log.lives.contains { $0.start.time == nil }
          ? "the times of the primary's log are in a zone that its lines do not tell"
          : "the primary's log begins at \(log.lives[0].start.time?.description ?? "another time"), after the first change that this standby lacks"
      )
    }
    for (index, life) in log.lives.enumerated() where index >= first {
      if let open = objection(to: life, before: index > first ? log.lives[index - 1] : nil) { return .open(open) }
    }
    return value(of: slot, in: log.lives[first...], since: since)
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
      let isNext =
        end.path == life.start.path
        || zip2(stopped, end.time).map { abs($0.microseconds(since: $1)) < 2_000_000 } ?? false
      guard isNext else { return "what happened between \(Self.shown(end)) and \(Self.shown(life.start)) is open" }
    }
    for event in life.events {
      guard let name = event.settingName, Self.blinding.contains(name) else { continue }
      return "\(name) was changed (\(Self.shown(event.place))), which may hide what would show it"
    }
    return nil
  }

  private func value(of slot: String, in lives: ArraySlice<PostmasterLife>, since: Timestamp) -> Answer {
    var from: String?
    for life in lives {
      var isNamed = namesAtStart(slot, life)
      var place = life.start
      for event in life.events {
        guard event.settingName == Self.setting else { continue }
        let now = event.value.flatMap(IdentifierList.names)?.contains(slot) ?? false
        guard let time = event.place.time else { return .open("the primary's log does not tell when it changed it") }
        // What held until here held at the moment, too, if this came later.
        if time > since {
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
      case nil: return .open("no file or line has its value from \(Self.shown(life.start)) on")
      }
    }
    return from.map { .held("the primary's log, complete from \($0) on, shows that it named \(slot) all the time") }
      ?? .open("the primary's log has no start of the server")
  }

  /// A log never has the value at a start.
  private func namesAtStart(_ slot: String, _ life: PostmasterLife) -> Bool? {
    for event in life.events {
      if event.settingName == Self.setting { break }
      if event.says(.barrierNames, slot) { return true }
    }
    guard let start = life.start.time, let files = primary.settings.files, !files.isEmpty,
      files.allSatisfy({ $0.modifiedAt.map { $0 < start } ?? false })
    else { return nil }
    return settings.names(Self.setting)?.contains(slot)
  }

  private static func shown(_ place: LogPlace) -> String {
    "\(place.path):\(place.line)" + (place.time.map { " (\($0))" } ?? "")
  }

  private static let setting = "synchronized_standby_slots"

  /// A change of one of these may hide lines, or send them elsewhere.
  private static let blinding: Set<String> = [
    "log_min_messages", "log_destination", "logging_collector", "log_directory", "log_filename", "lc_messages",
    "log_line_prefix", "log_timezone",
  ]
}

extension LogEvent {
  /// Of a change.
  fileprivate var settingName: String? { kind == .changed || kind == .removed ? name : nil }
}

private func zip2<A, B>(_ a: A?, _ b: B?) -> (A, B)? {
  if let a, let b { (a, b) } else { nil }
}
