import ByteReading
package import Evidence
import Glibc
package import PostgresFormat

/// A server's `restore_command`, run to fetch archived WAL as recovery does (`RestoreArchivedFile`,
/// src/backend/access/transam/xlogarchive.c).
package struct RestoreCommand: Sendable, Hashable {
  /// With `%f`, `%p`, `%r` and `%%`.
  package let text: String

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

  /// `%f`: the file's name, `%p`: where it is to be put, `%r`: the oldest file that is still needed; `%%` is one `%`. Another
  /// `%x` stays as it is, as up to 15.
  package func shellCommand(file: String, path: String, lastRestart: String) -> String {
    var out = ""
    var rest = Substring(text)
    while let place = rest.firstIndex(of: "%") {
      out += rest[..<place]
      let next = rest.index(after: place)
      guard next < rest.endIndex else { return out + "%" }
      switch rest[next] {
      case "f": out += file
      case "p": out += path
      case "r": out += lastRestart
      case "%": out += "%"
      default: out += "%" + String(rest[next])
      }
      rest = rest[rest.index(after: next)...]
    }
    return out + rest
  }

  /// What is to be fetched, and what of it came.
  private struct Job {
    var name: String
    var process: pid_t
  }

  /// Fetches some files, so many at a time, in their order. Returns the names of those that came; ends after the first that did not,
  /// where `untilMissing` is set. Throws ``Failure`` where the command cannot be run, or was stopped.
  package func fetch(
    _ names: [String], into folder: PassingFolder, untilMissing: Bool, size: Int?, lastRestart: String, jobs: Int,
    progress: (String) -> Void
  ) throws(Failure) -> [String] {
    var came: [String] = []
    var running: [Job] = []
    var next = names.startIndex
    var isOver = false
    var failure: Failure?
    while !running.isEmpty || (next < names.endIndex && !isOver && failure == nil) {
      while next < names.endIndex, running.count < jobs, !isOver, failure == nil {
        let name = names[next]
        progress(name)
        let command = shellCommand(file: name, path: "\(folder.path)/\(name).part", lastRestart: lastRestart)
        // In that folder: a server runs it in its data directory, and nothing else is to be written there by mistake.
        guard
          let process = ChildProcess.spawn(
            ["/bin/sh", "-c", "cd -- \"$0\" && exec /bin/sh -c \"$1\"", folder.path, command],
            errors: "\(folder.path)/\(name).stderr")
        else {
          failure = Failure(
            message: "/bin/sh cannot be started", hint: "Fetch the WAL by hand, and give its folder (--archive).")
          break
        }
        running.append(Job(name: name, process: process))
        next = names.index(after: next)
      }
      guard !running.isEmpty else { break }
      let job = running.removeFirst()
      let ending = ChildProcess.wait(for: job.process)
      let (part, errors) = ("\(folder.path)/\(job.name).part", "\(folder.path)/\(job.name).stderr")
      defer { unsafe unlink(errors) }
      if case .exit(0) = ending, take(part, as: "\(folder.path)/\(job.name)", size: size) {
        came.append(job.name)
        continue
      }
      unsafe unlink(part)
      if let objection = Self.objection(ending) {
        failure =
          failure
          ?? Failure(
            message: "the restore command \(objection) for \(job.name)", detail: Self.lastLine(of: errors),
            hint: "Run it by hand as this user; or fetch the WAL into a folder, and give that (--archive).")
      }
      if untilMissing { isOver = true }
    }
    if let failure { throw failure }
    return came
  }

  /// A file counts that is whole; a history has any size.
  private func take(_ part: String, as path: String, size: Int?) -> Bool {
    guard let status = try? FileStatus(path: part), status.kind == .regular else { return false }
    if let size, part.hasSuffix(".history.part") == false, status.size != size { return false }
    // SAFETY: both paths are NUL-terminated copies that live during the call.
    return unsafe rename(part, path) == 0
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

extension RestoreCommand {
  /// How much is fetched at most, in bytes; less where the disk has not twice as much room.
  package static let mostBytes: UInt64 = 16 << 30
  /// Newer timelines that are asked for, one after the other, as recovery does.
  private static let timelineLimit = 1000

  /// Fetches what is missing of a node's WAL from a position up to the segment with its end, what the archive has from there on, and
  /// the histories of newer timelines. Throws ``Failure`` where that is more than may be.
  package func fetch(
    of node: Evidence, from start: LSN, missing: [SegmentGap], into folder: PassingFolder, jobs: Int,
    progress: (String) -> Void
  ) throws(Failure) {
    guard let size = node.wal.segmentSize, size > 0, let own = node.currentHistory else { return }
    let first = SegmentNumber(containing: start, size: size)
    let lastRestart = SegmentName(timeline: own.timeline(of: start), number: first, size: size).text
    func fetch(_ names: [String], untilMissing: Bool, size: Int?) throws(Failure) -> [String] {
      try self.fetch(
        names, into: folder, untilMissing: untilMissing, size: size, lastRestart: lastRestart, jobs: jobs,
        progress: progress)
    }
    var newest = own.timeline
    for _ in 0..<Self.timelineLimit {
      guard newest.rawValue < .max else { break }
      let name = "\(TimelineID(newest.rawValue + 1).hex).history"
      guard try !fetch([name], untilMissing: true, size: nil).isEmpty else { break }
      newest = TimelineID(newest.rawValue + 1)
    }
    let most = min(Self.mostBytes, folder.freeBytes / 2) / UInt64(size)
    var names: [String] = []
    for gap in missing {
      guard gap.count <= most - UInt64(names.count) else { throw Self.tooMuch(most, size) }
      names += (gap.first.rawValue...gap.last.rawValue).map { number in
        SegmentName(timeline: gap.timeline, number: SegmentNumber(number), size: size).text
      }
    }
    _ = try fetch(names, untilMissing: false, size: size)
    var count = UInt64(names.count)
    var number = node.wal.end.map { max(first, SegmentNumber(containing: $0.lsn, size: size)) } ?? first
    // What comes after the end, as far as there is any.
    let timeline = own.timeline
    while true {
      let batch = (0..<UInt64(max(1, jobs))).map { offset in
        SegmentName(timeline: timeline, number: SegmentNumber(number.rawValue + offset), size: size).text
      }
      let came = try fetch(batch, untilMissing: true, size: size)
      count += UInt64(came.count)
      guard came.count == batch.count else { return }
      guard count <= most else { throw Self.tooMuch(most, size) }
      number = SegmentNumber(number.rawValue + UInt64(batch.count))
    }
  }

  private static func tooMuch(_ segments: UInt64, _ size: Int) -> Failure {
    Failure(
      message: "more WAL is needed than may be fetched (\(segments) segments)",
      hint: "Fetch it into a folder with room for it, and give that (--archive).")
  }
}
