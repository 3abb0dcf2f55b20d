import ArgumentParser
import ClusterFiles
import PostgresFormat
import Reporting

/// Which part of the WAL, and how it is read: shared by the `wal` commands that read records.
struct WalRangeOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Begin here: an LSN, a segment, or a time (then with the first transaction that ended no earlier).",
      valueName: "position"),
    transform: WALPositionArgument.init)
  var start: WALPositionArgument?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "End here: an LSN, a segment, or a time (then where recovery to it stops). No record that ends after it is read.",
      valueName: "position"),
    transform: WALPositionArgument.init)
  var end: WALPositionArgument?

  @Flag(help: "Go on after damage with the next valid record, and tell what could not be read.")
  var salvage = false

  @OptionGroup var jobs: JobsOption

  func validate() throws {
    if case .lsn(let first)? = start, case .lsn(let last)? = end, last < first {
      throw ValidationError("the end \(last) is before the start \(first)")
    }
  }

  /// The walk over the range, beginning at `start` where none was asked for; without that, with the first record that there
  /// is. nil where there is no WAL at all.
  ///
  /// A time is looked for in the WAL first. The command ends with a message where there is no such position.
  /// `segments` are the range where neither of the two is given.
  func walk(
    _ source: WALSource, from start: WALWalk.Start? = nil, segments: WalSegmentRange? = nil
  ) async throws -> WALWalk? {
    let size = source.route.geometry.segmentSize
    guard let first = source.route.firstSegment else { return nil }
    var walk = WALWalk(source.route, start: start ?? .firstRecord(from: first.start(size: size)))
    walk.isSalvaging = salvage
    walk.jobs = jobs.count
    let everything = WALWalk(source.route, start: .firstRecord(from: first.start(size: size)))
    switch self.start ?? segments.map({ WALPositionArgument.segment($0.first) }) {
    case nil: break
    case .lsn(let position)?: walk.start = .firstRecord(from: position)
    case .segment(let name)?: walk.start = .firstRecord(from: try Self.number(name, size).start(size: size))
    case .time(let time)?:
      guard let position = try await search(everything, .notBefore(time)) else {
        throw CommandFailure("there is no transaction that ended at \(time) or later")
      }
      walk.start = .record(position)
    }
    switch end ?? segments.map({ WALPositionArgument.segment($0.last) }) {
    case nil: break
    case .lsn(let position)?: walk.end = position
    case .segment(let name)?: walk.end = SegmentNumber(try Self.number(name, size).rawValue + 1).start(size: size)
    case .time(let time)?: walk.end = try await search(everything, .after(time)) ?? walk.end
    }
    guard walk.end >= walk.start.position else {
      throw ValidationError("the end \(walk.end) is before the start \(walk.start.position)")
    }
    return walk
  }

  /// What is read at the most, as far as positions tell; a time at the end does not.
  struct Bounds {
    var first: LSN?
    var last: LSN?
  }

  /// For WAL that is still to be fetched. A time at the start would have to be looked for in all that there is.
  func bounds(segmentSize size: Int, _ segments: WalSegmentRange?) throws -> Bounds {
    var bounds = Bounds()
    switch start ?? segments.map({ WALPositionArgument.segment($0.first) }) {
    case nil: break
    case .lsn(let position)?: bounds.first = position
    case .segment(let name)?: bounds.first = try Self.number(name, size).start(size: size)
    case .time?:
      throw ValidationError("with --restore-command, --start takes an LSN or a segment: from there on WAL is fetched")
    }
    switch end ?? segments.map({ WALPositionArgument.segment($0.last) }) {
    case nil, .time?: break
    case .lsn(let position)?: bounds.last = position
    case .segment(let name)?: bounds.last = SegmentNumber(try Self.number(name, size).rawValue + 1).start(size: size)
    }
    return bounds
  }

  private func search(_ everything: WALWalk, _ bound: TransactionTimeSearch.Bound) async throws -> LSN? {
    var walk = everything
    (walk.isSalvaging, walk.jobs) = (salvage, jobs.count)
    let progress = ProgressLine()
    defer { progress.finish() }
    progress.follow(&walk)
    return try await TransactionTimeSearch(walk).position(of: bound)
  }

  private static func number(_ name: SegmentName, _ size: Int) throws -> SegmentNumber {
    guard let number = name.number(size: size) else {
      throw ValidationError("there is no segment \(name) where segments have \(ByteCount.text(UInt64(size)))")
    }
    return number
  }
}

/// A place in the WAL on the command line.
enum WALPositionArgument: Sendable {
  case lsn(LSN)
  /// Its beginning as a start, its last byte as an end. The timeline in it is not asked for.
  case segment(SegmentName)
  case time(Timestamp)

  init(_ text: String) throws {
    if let lsn = LSN(text) {
      self = .lsn(lsn)
    } else if let name = SegmentName(text.utf8) {
      self = .segment(name)
    } else if let time = Timestamp(text) {
      self = .time(time)
    } else {
      throw ValidationError(
        "\"\(text)\" is not an LSN such as 0/0150A2F8, a segment's name, or a time such as 2026-11-21 10:04:40+00")
    }
  }
}
