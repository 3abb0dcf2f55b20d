package import PostgresFormat

/// Makes the lives of a server's postmaster out of the entries of its log, in the order in which they were written.
///
/// Whoever may connect can write any text into a log. So the server's word about itself is taken from the process that said
/// `starting PostgreSQL`, and from an entry that no STATEMENT or CONTEXT follows.
package struct PostmasterLifeCollector: Sendable {
  /// The setting that is asked about.
  package static let barrier = "synchronized_standby_slots"
  /// That one, and those by which lines may be hidden, or go elsewhere.
  static let deciding: Set<String> = [
    barrier, "log_min_messages", "log_destination", "logging_collector", "log_directory", "log_filename", "lc_messages",
    "log_line_prefix", "log_timezone",
  ]
  /// Events of all lives; a life with more of them is not whole.
  static let eventLimit = 10_000
  /// Lives; of more the newest count.
  static let lifeLimit = 1_000

  private struct Open {
    var life: PostmasterLife
    var files: Set<String>
    /// Of the postmaster's last line; nil where lines are not numbered, or one is missing.
    var number: UInt64?
    var isNumbered: Bool
    var isFull = false
  }

  private let currentFile: String?
  private let zone: LogZone
  private var eventCount = 0
  private var finished: [PostmasterLife] = []
  private var open: Open?
  /// The last entry, which counts when the next one is none of its words.
  private var pending: (entry: ServerLogEntry, place: LogPlace)?

  /// `currentFile` is the file that the server wrote to last (`current_logfiles`); nil where that is not known.
  package init(currentFile: String?, zone: LogZone) { (self.currentFile, self.zone) = (currentFile, zone) }

  /// An entry, in the order of the log.
  package mutating func add(_ entry: ServerLogEntry, path: String, line: Int) {
    if entry.isContinuation {
      // A user's words: his statement is beside them. Other forms than that of stderr say what kind of process wrote a line.
      let isStatement = entry.severity == "STATEMENT" || entry.severity == "CONTEXT"
      if isStatement, let user = pending?.entry, user.processID == entry.processID, user.backendType == nil {
        pending = nil
      }
      return
    }
    settle()
    pending = (entry, LogPlace(path: path, line: line, time: entry.time))
  }

  /// All lives, the newest last.
  package consuming func finish() -> [PostmasterLife] {
    settle()
    close()
    return Array(finished.suffix(Self.lifeLimit))
  }

  private mutating func settle() {
    guard let (entry, place) = pending else { return }
    pending = nil
    let isPostmasters = entry.backendType.map { $0 == "postmaster" } ?? true
    if entry.severity == "LOG", isPostmasters, entry.message.hasPrefix("starting PostgreSQL "),
      let processID = entry.processID
    {
      close()
      open = Open(
        life: PostmasterLife(processID: processID, start: place), files: [place.path], number: entry.number,
        isNumbered: entry.number != nil)
      return
    }
    if isPostmasters, entry.processID == open?.life.processID {
      take(entry, place)
    } else if let event = LogEvent(ofRecovery: entry, at: place, in: zone) {
      add(event)
    }
  }

  /// A line of the postmaster.
  private mutating func take(_ entry: ServerLogEntry, _ place: LogPlace) {
    if let last = open?.number, let number = entry.number, number == last + 1 {
      open?.number = number
    } else {
      open?.isNumbered = false
    }
    open?.files.insert(place.path)
    open?.life.last = place
    if let event = LogEvent(ofPostmaster: entry.message, at: place) { add(event) }
    if entry.message == "database system is shut down" { open?.life.end = place }
  }

  private mutating func add(_ event: LogEvent) {
    guard eventCount < Self.eventLimit else {
      open?.isFull = true
      return
    }
    eventCount += 1
    open?.life.events.append(event)
  }

  private mutating func close() {
    guard let open else { return }
    var life = open.life
    let isLast = life.end != nil || life.last.path == currentFile
    let isInOneFile = open.files.count == 1
    life.isWhole = isLast && (isInOneFile || open.isNumbered) && !open.isFull
    finished.append(life)
    if finished.count > 2 * Self.lifeLimit { finished.removeFirst(finished.count - Self.lifeLimit) }
    self.open = nil
  }
}

extension LogEvent {
  /// What a postmaster says of a setting that decides.
  fileprivate init?(ofPostmaster message: String, at place: LogPlace) {
    let parts = message.split(separator: "\"", omittingEmptySubsequences: false)
    guard parts.count >= 3, parts[0] == "parameter ", PostmasterLifeCollector.deciding.contains(String(parts[1])) else {
      return nil
    }
    let name = String(parts[1])
    if parts[2] == " removed from configuration file, reset to default" {
      self.init(.removed, at: place, name: name)
    } else if parts[2] == " changed to ", parts.count >= 5, parts.last == "" {
      // A list of names may have quotes of its own.
      let value = parts[3..<(parts.count - 1)].joined(separator: "\"")
      self.init(.changed, at: place, name: name, value: name == PostmasterLifeCollector.barrier ? value : nil)
    } else {
      return nil
    }
  }

  /// How a startup process says that the life before ended.
  fileprivate init?(ofRecovery entry: ServerLogEntry, at place: LogPlace, in zone: LogZone) {
    let words = "database system was shut down at "
    guard entry.message.hasPrefix(words), let time = LogTime(entry.message.utf8.dropFirst(words.utf8.count)) else {
      return nil
    }
    self.init(.stoppedAt, at: place, time: zone.moment(time))
  }
}
