package import Evidence
import PostgresFormat

/// Reads a server's own log (`logging_collector`, or files that are given) for what it says of the server.
///
/// The newest files come first where there is more than the limit; what lies before is as if it were not there, which the
/// log's own lines show.
package struct ServerLogReader {
  /// Bytes of the log that are read without being asked to.
  static let limit = 256 << 20
  private static let chunk = 256 << 10
  private static let lineLimit = 1 << 20
  /// No line of a log is as long: what has none of its line ends is not a log, whatever size it is said to have.
  private static let endlessLine = 64 << 20

  private let storage: any ClusterStorage
  private let settings: EffectiveSettings
  private let zone: LogZone
  private var collector: PostmasterLifeCollector
  private var log = ServerLogEvidence()
  private var latest: Timestamp?

  private init(_ settings: EffectiveSettings, currentFile: String?, in storage: any ClusterStorage) {
    (self.settings, self.storage) = (settings, storage)
    zone = LogZone(named: settings["log_timezone"]?.text)
    collector = PostmasterLifeCollector(currentFile: currentFile, zone: zone)
  }

  /// The log of a data directory as `current_logfiles` leads to it; nil where there is none.
  package static func log(
    ofDirectory directory: String, in storage: any ClusterStorage = PosixStorage(), _ settings: EffectiveSettings
  ) -> ServerLogEvidence? {
    guard let current = CurrentLogFile(ofDirectory: directory, in: storage), current.suffix != "" else { return nil }
    func whole(_ path: String) -> String { path.hasPrefix("/") ? path : directory + "/" + path }
    var reader = ServerLogReader(settings, currentFile: current.path, in: storage)
    let folder = current.path.lastIndex(of: "/").map { String(current.path[..<$0]) } ?? "."
    do throws(FileError) {
      let names = try storage.entries(of: whole(folder)).map(\.name).filter { $0.hasSuffix(current.suffix) }
      var files: [(path: String, status: FileStatus)] = []
      for name in names {
        let path = folder == "." ? name : folder + "/" + name
        files.append((path, try storage.status(whole(path))))
      }
      files.sort { ($0.status.modifiedAt, $0.path) < ($1.status.modifiedAt, $1.path) }
      var (room, first) = (Self.limit, files.count)
      while first > 0, files[first - 1].status.size <= room {
        first -= 1
        room -= files[first].status.size
      }
      for file in files[first...] { try reader.read(whole(file.path), shownAs: file.path, current.form) }
    } catch {
      reader.log.problems.append("\(error.path): \(error.message)")
    }
    return reader.finish()
  }

  /// Files that somebody gives, in the order of their entries. Throws ``FileError`` where one cannot be read.
  package static func log(
    ofFiles paths: [String], directory: DataDirectory?, _ settings: EffectiveSettings
  ) throws(FileError) -> ServerLogEvidence {
    let current = directory.flatMap { CurrentLogFile(ofDirectory: $0.path, in: $0.storage) }
    let storage = PosixStorage()
    var files: [(path: String, status: FileStatus)] = []
    for path in paths { files.append((path, try storage.status(path))) }
    files.sort { $0.status.modifiedAt < $1.status.modifiedAt }
    // Whoever gives files without the collector's word gives the last one.
    let last = files.last { file in
      guard let current else { return true }
      return file.path.split(separator: "/").last == current.path.split(separator: "/").last
    }
    var reader = ServerLogReader(settings, currentFile: last?.path, in: storage)
    for file in files { try reader.read(file.path, shownAs: file.path, nil) }
    return reader.finish()
  }

  private consuming func finish() -> ServerLogEvidence {
    log.lives = collector.finish()
    return log
  }

  private mutating func read(
    _ path: String, shownAs name: String, _ form: CurrentLogFile.Form?
  ) throws(FileError) {
    let file = try storage.open(path)
    var parser: ServerLogParser?
    var (line, number, offset, entries) = ([] as [UInt8], 0, 0, 0)
    var isCut = false
    var lineStart = 0
    while true {
      // No further than it was when it was opened: there are files without an end.
      let bytes = try file.read(at: offset, count: min(Self.chunk, file.status.size - offset))
      offset += bytes.count
      var rest = bytes[...]
      while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        if !isCut { line += rest[..<end] }
        rest = rest[(end + 1)...]
        number += 1
        if parser == nil { parser = ServerLogParser(parserForm(form, line), in: zone) }
        if let entry = parser?.add(line: line) {
          entries += 1
          note(entry, name)
          collector.add(entry, path: name, line: number)
        }
        line.removeAll(keepingCapacity: true)
        isCut = false
        lineStart = offset - rest.count
      }
      if !isCut { line += rest }
      if line.count > Self.lineLimit { isCut = true }
      if bytes.count < Self.chunk { break }
      if offset - lineStart > Self.endlessLine {
        log.problems.append("\(name): line \(number + 1) does not end: the rest is not read")
        break
      }
    }
    log.paths.append(name)
    // A last line without an end was being written.
    guard let parser, parser.isDamaged || parser.notUnderstood > entries else { return }
    log.problems.append("\(name): \(parser.notUnderstood) of its lines are not understood")
  }

  /// Entries of one process may be some milliseconds out of order, files may not.
  private mutating func note(_ entry: ServerLogEntry, _ name: String) {
    guard let time = entry.time else { return }
    if let latest, latest.microseconds(since: time) > 60_000_000 {
      log.problems.append("\(name): its entries are older than those of the file before it")
      self.latest = time
      return
    }
    latest = max(latest ?? time, time)
  }

  private func parserForm(_ form: CurrentLogFile.Form?, _ line: [UInt8]) -> ServerLogParser.Form {
    switch form {
    case .csv: return .csv
    case .json: return .json
    case .stderr: return .stderr(prefix(line))
    case nil:
      if line.first == UInt8(ascii: "{") { return .json }
      if line.prefix(5).allSatisfy({ $0 != UInt8(ascii: "[") }), line.count(where: { $0 == UInt8(ascii: ",") }) >= 20,
        line.prefix(64).contains(UInt8(ascii: ","))
      {
        return .csv
      }
      return .stderr(prefix(line))
    }
  }

  /// That of the configuration, or, where a line has another form, one that distributions set.
  private func prefix(_ line: [UInt8]) -> LogLinePrefix {
    let own = settings["log_line_prefix"].map { LogLinePrefix($0.text) } ?? .standard
    let known = [own, .standard, LogLinePrefix("%m [%p] %q%u@%d "), LogLinePrefix("%t [%p]: ")]
    return known.first { $0.entry(line, in: zone) != nil } ?? own
  }
}

/// What `current_logfiles` says: one line for each destination, of which the first that proves most counts.
private struct CurrentLogFile {
  enum Form { case stderr, csv, json }
  var form: Form
  var path: String
  /// `.log`, `.csv`, `.json`.
  var suffix: String { path.lastIndex(of: ".").map { String(path[$0...]) } ?? "" }

  init?(ofDirectory directory: String, in storage: any ClusterStorage) {
    guard let bytes = try? storage.wholeFile(directory + "/current_logfiles", limit: 65_536) else { return nil }
    var found: [(Form, String)] = []
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 1).map { String(decoding: $0, as: UTF8.self) }
      guard parts.count == 2 else { continue }
      switch parts[0] {
      case "csvlog": found.append((.csv, parts[1]))
      case "jsonlog": found.append((.json, parts[1]))
      case "stderr": found.append((.stderr, parts[1]))
      default: continue
      }
    }
    guard let best = found.first(where: { $0.0 != .stderr }) ?? found.first else { return nil }
    (form, path) = best
  }
}
