package import PostgresFormat

/// Makes the lives of a server's postmaster out of the entries of its log, in the order in which they were written.
///
/// Whoever may connect can write any text into a log. So the server's word about itself is taken from the process that said
/// `starting PostgreSQL`, and from an entry that no STATEMENT or CONTEXT follows.
package struct PostmasterLifeCollector: Sendable {
  /// Settings whose values are kept.
  package static let kept: Set<String> = [
    "synchronized_standby_slots", "pg_failover_slots.standby_slot_names", "sync_replication_slots",
  ]
  /// Events of one life; more of them, and it is not whole.
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
  private var finished: [PostmasterLife] = []
  private var open: Open?
  /// The last entry, which counts when the next one is none of its words.
  private var pending: (entry: ServerLogEntry, place: LogPlace)?

  /// `currentFile` is the file that the server wrote to last (`current_logfiles`); nil where that is not known.
  package init(currentFile: String?) { self.currentFile = currentFile }

  /// An entry, in the order of the log.
  package mutating func add(_ entry: ServerLogEntry, path: String, line: Int) {
    if entry.isContinuation {
      // A user's words: his statement is beside them.
      if entry.severity == "STATEMENT" || entry.severity == "CONTEXT", pending?.entry.processID == entry.processID {
        if let pending, isUnattributed(pending.entry) { self.pending = nil }
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

  /// The form of stderr does not say what kind of process wrote a line.
  private func isUnattributed(_ entry: ServerLogEntry) -> Bool { entry.backendType == nil }

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
    guard open != nil else { return }
    if isPostmasters, entry.processID == open?.life.processID {
      take(entry, place)
    } else {
      takeOther(entry, place)
    }
  }

  /// A line of the postmaster.
  private mutating func take(_ entry: ServerLogEntry, _ place: LogPlace) {
    guard var open else { return }
    defer { self.open = open }
    if let last = open.number, let number = entry.number, number == last + 1 {
      open.number = number
    } else {
      open.isNumbered = false
    }
    open.files.insert(place.path)
    open.life.last = place
    if let event = LogEvent(ofPostmaster: entry.message, at: place) { Self.add(event, &open) }
    if entry.message == "database system is shut down" { open.life.end = place }
  }

  /// A line of any other process.
  private mutating func takeOther(_ entry: ServerLogEntry, _ place: LogPlace) {
    guard var open else { return }
    defer { self.open = open }
    if entry.message == "entering standby mode" || entry.message == "starting backup recovery" {
      open.life.isStandby = true
    }
    if let event = LogEvent(ofOthers: entry, at: place) { Self.add(event, &open) }
  }

  private static func add(_ event: LogEvent, _ open: inout Open) {
    // A warning that is repeated every second says nothing new.
    if event.kind == .barrierNames, let last = open.life.events.last, last.says(.barrierNames, event.name) { return }
    guard open.life.events.count < eventLimit else {
      open.isFull = true
      return
    }
    open.life.events.append(event)
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
  /// What a postmaster says of its configuration.
  fileprivate init?(ofPostmaster message: String, at place: LogPlace) {
    if message == "received SIGHUP, reloading configuration files" {
      self.init(.reload, at: place)
      return
    }
    guard message.hasPrefix("parameter \""), let name = message.quoted(after: "parameter ") else { return nil }
    if message.hasSuffix("\" removed from configuration file, reset to default") {
      self.init(.removed, at: place, name: name)
    } else if let range = message.range(of: "\" changed to \""), message.hasSuffix("\"") {
      let value = message[range.upperBound...].dropLast()
      self.init(
        .changed, at: place, name: name, value: PostmasterLifeCollector.kept.contains(name) ? String(value) : nil)
    } else {
      return nil
    }
  }

  private static let stopped = "database system was shut down at "

  /// What walsenders, sessions and the slot synchronization worker say of the barrier (17 and later), and the startup process.
  fileprivate init?(ofOthers entry: ServerLogEntry, at place: LogPlace) {
    if entry.severity == "WARNING", entry.message.contains(" specified in parameter \"synchronized_standby_slots\""),
      let slot = entry.message.quoted(after: "replication slot ")
    {
      self.init(.barrierNames, at: place, name: slot)
    } else if entry.message.hasPrefix(Self.stopped), entry.time != nil,
      let time = LogTimeZone.utc.time(entry.message.dropFirst(Self.stopped.count))
    {
      self.init(.stoppedAt, at: place, time: time)
    } else if entry.message.hasPrefix("skipping slot synchronization because the received slot sync LSN "),
      entry.message.contains(" is ahead of the standby position "), let slot = entry.message.quoted(after: " for slot ")
    {
      self.init(.consumerAhead, at: place, name: slot)
    } else {
      return nil
    }
  }
}

extension String {
  /// The part in double quotes that follows some words.
  fileprivate func quoted(after words: String) -> String? {
    guard let from = range(of: words + "\"")?.upperBound, let to = self[from...].firstIndex(of: "\"") else {
      return nil
    }
    return String(self[from..<to])
  }

  /// Where some text stands first.
  fileprivate func range(of text: String) -> Range<Index>? {
    var index = startIndex
    while index < endIndex {
      if self[index...].hasPrefix(text) { return index..<self.index(index, offsetBy: text.count) }
      index = self.index(after: index)
    }
    return nil
  }
}
