import ByteReading
package import Evidence
import Glibc
package import PostgresFormat

/// A server's `restore_command`, run to fetch archived WAL as recovery does (`RestoreArchivedFile`,
/// src/backend/access/transam/xlogarchive.c).
package struct RestoreCommand: Sendable, Hashable {
  /// With `%f`, `%p`, `%r` and `%%`.
  package let text: String
  /// Seconds that one file may take: a command that waits for what never comes would do so for ever, as pg_standby does.
  package var patience: UInt64 = 300

  /// Why nothing can be fetched.
  package struct Failure: Error, Sendable, Hashable {
    /// A sentence without a stop.
    package var message: String
    /// What the command wrote; nil where it was silent.
    package var detail: String?
    /// A whole sentence: what to do.
    package var hint: String
  }

  /// Nothing is run yet.
  package init(_ text: String) { self.text = text }

  /// `%f`: the file's name, `%p`: where it is to be put, `%r`: zeros, as of a server that knows of no restart point: a command may remove
  /// what is older than the file that `%r` names; `%%` is one `%`. Another `%x` stays as it is, as up to 15.
  package func shellCommand(file: String, path: String) -> String {
    var out = ""
    var rest = Substring(text)
    while let place = rest.firstIndex(of: "%") {
      out += rest[..<place]
      let next = rest.index(after: place)
      guard next < rest.endIndex else { return out + "%" }
      switch rest[next] {
      case "f": out += file
      case "p": out += path
      case "r": out += String(repeating: "0", count: 24)
      case "%": out += "%"
      default: out += "%" + String(rest[next])
      }
      rest = rest[rest.index(after: next)...]
    }
    return out + rest
  }

  /// What an operator is told meanwhile.
  package enum News: Sendable, Hashable {
    case fetching(String)
    /// What came is left out: a sentence that goes on from its name.
    case isNone(name: String, words: String)
  }

  /// Where things are fetched to, and how.
  package struct Place {
    /// What comes lies in it.
    package let folder: PassingFolder
    let jobs: Int
    let report: (News) -> Void
    /// Bytes that stay free on its disk, whoever writes there.
    fileprivate let least: UInt64
    /// Into a folder, so many at a time; `report` is called meanwhile.
    package init(_ folder: PassingFolder, jobs: Int, report: @escaping (News) -> Void) {
      (self.folder, self.jobs, self.report) = (folder, max(1, jobs), report)
      least = folder.freeBytes / 4
    }

    /// The timeline histories that came, ascending.
    package var histories: [TimelineHistory] {
      var inventory = WALInventory()
      // What cannot be listed gives none.
      try? inventory.add(folder: folder.path)
      return inventory.readHistories()
    }
  }

  /// A command that runs.
  private struct Job {
    var name: String
    var process: pid_t
    var begin: UInt64
    /// Bytes of what it may bring; of a segment exactly as many.
    var limit: Int
  }

  /// Fetches some files in their order. Returns the names of those that came; begins none after one that did not, where `untilMissing`
  /// is set. Throws ``Failure`` where the command cannot be run, or does not end well.
  private func fetch(
    _ names: [String], untilMissing: Bool, size: Int, in place: Place
  ) throws(Failure) -> [String] {
    var (came, running): ([String], [Job]) = ([], [])
    var (next, isOver) = (names.startIndex, false)
    do throws(Failure) {
      while true {
        while next < names.endIndex, running.count < place.jobs, !isOver {
          running.append(try start(names[next], size: size, besides: running, in: place))
          next = names.index(after: next)
        }
        guard !running.isEmpty else { return came }
        let (job, ending) = try firstToEnd(&running, in: place)
        if try take(job, ending, in: place) { came.append(job.name) } else if untilMissing { isOver = true }
      }
    } catch {
      for job in running { ChildProcess.end(job.process) }
      place.folder.set(workers: [])
      throw error
    }
  }

  private func start(_ name: String, size: Int, besides running: [Job], in place: Place) throws(Failure) -> Job {
    place.report(.fetching(name))
    let folder = place.folder.path
    let command = shellCommand(file: name, path: "\(folder)/\(name).part")
    // It begins once the folder's guardian knows of it. In that folder: a server runs it in its data directory, and nothing else is to
    // be written there by mistake.
    let script = #"read -r _ && { cd -- "$0" || exit 126; } && exec /bin/sh -c "$1" </dev/null"#
    guard let line = Lifeline() else { throw Self.cannotStart }
    defer { close(line.near) }
    let process = ChildProcess.spawn(
      ["/bin/sh", "-c", script, folder, command], input: line.far, errors: "\(folder)/\(name).stderr")
    close(line.far)
    guard let process else { throw Self.cannotStart }
    place.folder.set(workers: running.map(\.process) + [process])
    Lifeline.send("go\n", to: line.near)
    let limit = name.hasSuffix(Self.historySuffix) ? TimelineHistory.fileSizeLimit : size
    return Job(name: name, process: process, begin: Self.now, limit: limit)
  }

  private static let historySuffix = ".history"
  private static let cannotStart = Failure(
    message: "/bin/sh cannot be started", hint: "Fetch the WAL by hand, and give its folder (--archive).")

  /// Waits for one of them, and looks meanwhile that none takes too much or too long.
  private func firstToEnd(_ running: inout [Job], in place: Place) throws(Failure) -> (Job, ChildProcess.Ending) {
    var pause: UInt32 = 500
    while true {
      for (index, job) in running.enumerated() {
        if let ending = ChildProcess.ending(of: job.process) {
          // What it left running works no more for this.
          kill(-job.process, SIGKILL)
          running.remove(at: index)
          place.folder.set(workers: running.map(\.process))
          return (job, ending)
        }
        let part = "\(place.folder.path)/\(job.name).part"
        if let status = try? FileStatus(path: part), status.kind == .regular, status.size > job.limit {
          throw Failure(
            message: "the restore command writes more than \(job.limit) bytes for \(job.name)",
            hint: "It must bring one file, unpacked, to %p.")
        }
        if Self.now - job.begin > patience * 1000 {
          throw Failure(
            message: "the restore command has not ended after \(patience) s for \(job.name)",
            detail: Self.lastLine(of: "\(place.folder.path)/\(job.name).stderr"),
            hint:
              "One that waits for what is not there yet cannot be used; give one that fails then, or a folder (--archive)."
          )
        }
      }
      try checkRoom(place)
      usleep(pause)
      pause = min(2 * pause, 50_000)
    }
  }

  /// A command that finds no room fails as one that finds no file does.
  private func checkRoom(_ place: Place) throws(Failure) {
    guard place.folder.freeBytes < place.least else { return }
    throw Failure(
      message: "there is no room for what is fetched in \(place.folder.path)", hint: "Name another folder in TMPDIR.")
  }

  /// Milliseconds of a clock that only goes forward.
  private static var now: UInt64 {
    var time = timespec()
    // SAFETY: `time` is a local structure that lives during the call.
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
  }

  /// Whether the file is there now. One counts that is whole; a history has any size.
  private func take(_ job: Job, _ ending: ChildProcess.Ending, in place: Place) throws(Failure) -> Bool {
    let path = "\(place.folder.path)/\(job.name)"
    defer {
      unsafe unlink(path + ".part")
      unsafe unlink(path + ".stderr")
    }
    try checkRoom(place)
    if let objection = Self.objection(ending) {
      throw Failure(
        message: "the restore command \(objection) for \(job.name)", detail: Self.lastLine(of: path + ".stderr"),
        hint: "Run it by hand as this user; or fetch the WAL into a folder, and give that (--archive).")
    }
    guard case .exit(0) = ending, let status = try? FileStatus(path: path + ".part"), status.kind == .regular else {
      return false
    }
    let isHistory = job.name.hasSuffix(Self.historySuffix)
    let words = isHistory ? Self.objection(toHistory: path, job) : Self.objection(toSegment: path, job, status.size)
    if let words {
      place.report(.isNone(name: job.name, words: words))
      return false
    }
    // SAFETY: both paths are NUL-terminated copies that live during the call.
    return unsafe rename(path + ".part", path) == 0
  }

  /// A command that brings the same file under every name would bring it for ever.
  private static func objection(toSegment path: String, _ job: Job, _ bytes: Int) -> String? {
    guard bytes == job.limit else { return "has \(bytes) bytes, not \(job.limit)" }
    guard let name = SegmentName(job.name.utf8), let number = name.number(size: job.limit),
      let head = try? BoundedFile(path: path + ".part").read(at: 0, count: PageHeader.longSize),
      let page = try? PageHeader(unsafe head.span.bytes)
    else { return "is no WAL" }
    let start = number.start(size: job.limit)
    return page.address == start ? nil : "holds WAL of \(page.address), not of \(start)"
  }

  private static func objection(toHistory path: String, _ job: Job) -> String? {
    guard let bytes = try? readWholeFile(path + ".part", limit: job.limit),
      let timeline = UInt32(job.name.prefix(8), radix: 16),
      let history = try? TimelineHistory(parsing: unsafe bytes.span.bytes, timeline: TimelineID(timeline)),
      !history.ancestors.isEmpty
    else { return "is no timeline history" }
    return nil
  }

  /// What is no answer: as the server, which ends recovery then. Anything else means that there is no such file.
  private static func objection(_ ending: ChildProcess.Ending) -> String? {
    switch ending {
    case .exit(let code) where code > 125: "could not be run (exit code \(code))"
    case .signal(let number): "was stopped by signal \(number)"
    case .unknown: "was lost"
    case .exit: nil
    }
  }

  private static func lastLine(of path: String) -> String? {
    guard let file = try? BoundedFile(path: path),
      let bytes = try? file.read(at: max(0, file.status.size - 2000), count: min(2000, file.status.size))
    else { return nil }
    let line = bytes.split(separator: UInt8(ascii: "\n")).last { !$0.isEmpty }
    return line.map { "It wrote: \(String(decoding: $0, as: UTF8.self))" }
  }
}

/// WAL that is to be fetched.
package struct WantedWAL: Sendable, Hashable {
  /// Bytes of a segment.
  package var size: Int
  /// On which timelines.
  package var history: TimelineHistory
  /// What is missing of it between other WAL.
  package var missing: [SegmentGap] = []
  /// From here on all that there is; nil: nothing more.
  package var onwards: SegmentNumber?
  /// Nothing after this segment; nil: no end is known.
  package var last: SegmentNumber?

  /// Nothing yet.
  package init(size: Int, history: TimelineHistory) { (self.size, self.history) = (size, history) }
}

extension RestoreCommand {
  /// How much is fetched at most, in bytes; less where the disk has not twice as much room.
  package static let mostBytes: UInt64 = 16 << 30
  /// Newer timelines that are asked for, one after the other, as recovery does.
  private static let timelineLimit = 1000

  /// Fetches the histories of newer timelines than this one, up to the first that is not there. Throws ``Failure``.
  package func fetchHistories(after timeline: TimelineID, in place: Place) throws(Failure) {
    for number in UInt64(timeline.rawValue) + 1...UInt64(timeline.rawValue) + UInt64(Self.timelineLimit) {
      guard let next = UInt32(exactly: number) else { return }
      let name = TimelineID(next).hex + Self.historySuffix
      guard try !fetch([name], untilMissing: true, size: 0, in: place).isEmpty else { return }
    }
  }

  /// Fetches those of some files that are there; a segment has so many bytes. Throws ``Failure``.
  package func fetch(_ names: [String], size: Int = 0, in place: Place) throws(Failure) {
    _ = try fetch(names, untilMissing: false, size: size, in: place)
  }

  /// Fetches what is wanted and can be had. Throws ``Failure`` where that is more than may be.
  package func fetch(_ wanted: WantedWAL, in place: Place) throws(Failure) {
    let size = UInt64(wanted.size)
    let most = min(Self.mostBytes, place.folder.freeBytes / 2) / size
    var names: [String] = []
    for gap in wanted.missing {
      guard gap.count <= most - UInt64(names.count) else { throw Self.tooMuch(most, place) }
      names += (gap.first.rawValue...gap.last.rawValue).map { number in
        SegmentName(timeline: gap.timeline, number: SegmentNumber(number), size: wanted.size).text
      }
    }
    try fetch(names, size: wanted.size, in: place)
    guard var number = wanted.onwards?.rawValue else { return }
    var left = most - UInt64(names.count)
    let last = min(wanted.last?.rawValue ?? .max, UInt64.max / size)
    while number <= last {
      let batch = (number...min(last, number + min(UInt64(place.jobs), max(1, left)) - 1)).map { number in
        let timeline = wanted.history.timeline(of: SegmentNumber(number).lastByte(size: wanted.size))
        return SegmentName(timeline: timeline, number: SegmentNumber(number), size: wanted.size).text
      }
      guard left > 0 else { throw Self.tooMuch(most, place) }
      let came = try fetch(batch, untilMissing: true, size: wanted.size, in: place)
      guard came.count == batch.count else { return }
      left -= UInt64(batch.count)
      number += UInt64(batch.count)
    }
  }

  private static func tooMuch(_ segments: UInt64, _ place: Place) -> Failure {
    Failure(
      message: "more WAL is needed than may be fetched to \(place.folder.path) (\(segments) segments)",
      hint:
        "Fetch it into a folder with room for it, and give that (--archive); or name a larger disk's folder in TMPDIR.")
  }
}

extension SegmentNumber {
  /// The position of its last byte.
  fileprivate func lastByte(size: Int) -> LSN {
    LSN(start(size: size).rawValue | UInt64(size - 1))
  }
}
