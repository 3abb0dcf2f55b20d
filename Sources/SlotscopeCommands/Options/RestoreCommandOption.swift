import ArgumentParser
import ClusterFiles
import Evidence
import Glibc
import PostgresFormat
import SlotSafety
import Synchronization

/// `--restore-command`: archived WAL that only a command brings.
struct RestoreCommandOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A command that fetches archived WAL, as restore_command (%f, %p); 'standby' takes the standby's own, of one node that node's.",
      discussion: """
        It is run with /bin/sh, as this user, for the WAL and the timeline histories that the question needs, several at a time; what \
        it brings lies in a folder of $TMPDIR (/tmp), outside every data directory, and is gone at the end. Without this option no \
        command of any file is ever run.
        """, valueName: "command"))
  var restoreCommand: String?

  /// As it may be printed.
  var shown: String? { restoreCommand.map { SecretRedaction.redactingSetting(name: "restore_command", value: $0) } }

  func validate() throws {
    guard let restoreCommand else { return }
    guard restoreCommand == "standby" || restoreCommand.contains("%f"), !restoreCommand.unicodeScalars.contains("\0")
    else {
      throw ValidationError("--restore-command takes a command with %f, or standby")
    }
  }
}

/// What a restore command fetches: a folder that is read like an archive, and lasts as long as somebody has it.
enum FetchedWAL {
  /// What reports call it: its folder is gone then.
  static let name = "--restore-command"

  /// A node whose own command may be meant.
  typealias Owner = (evidence: Evidence, source: Source)

  /// Fetches what `node` lacks from `start` on, and the histories of newer timelines.
  static func fetch(
    _ text: String, of node: Evidence, from start: LSN, standby: Owner?, jobs: Int, progress: ProgressLine
  ) throws(CommandFailure) -> PassingFolder {
    var isLacking = false
    let fetched = try run(text, standby, jobs, progress) { (command, place) throws(RestoreCommand.Failure) in
      guard let size = node.segmentSize, let history = node.currentHistory else { return }
      try command.fetchHistories(after: history.timeline, in: place)
      var wanted = WantedWAL(size: size, history: history)
      let first = SegmentNumber(containing: start, size: size)
      let last = node.wal.end.map { SegmentNumber(containing: $0.lsn, size: size) }
      wanted.missing = missing(of: node, from: start, to: last?.start(size: size))
      wanted.onwards = max(first, last ?? first)
      isLacking = !wanted.missing.isEmpty
      try command.fetch(wanted, in: place)
    }
    switch ArchiveLack.of(fetched.path, for: node, from: start, beside: []) {
    case nil, .nothingMore?, .endsBefore?: break
    case .noSegment? where !isLacking: break
    case let lack?: Terminal.warn("what the restore command brought \(fetched.shown(lack.sentence))")
    }
    return fetched
  }

  /// Fetches what a start of the node asks an archive for: histories, the WAL that it lacks to become consistent, or from `lowest` on;
  /// and what its archiver takes next.
  static func fetch(
    _ text: String, forStartOf node: Owner, lowest: LSN?, progress: ProgressLine
  ) throws(CommandFailure) -> PassingFolder {
    try run(text, node, JobsOption.processorCount, progress) { (command, place) throws(RestoreCommand.Failure) in
      let (evidence, control) = (node.evidence, node.evidence.control?.value)
      guard let size = evidence.segmentSize, let history = evidence.currentHistory, let control else { return }
      try command.fetchHistories(after: history.timeline, in: place)
      try command.fetch(ownHistory(history.timeline), in: place)
      try command.fetch(evidence.wal.archiveQueue?.first.map { [$0] } ?? [], size: size, in: place)
      var wanted = WantedWAL(size: size, history: history)
      let label = evidence.startFiles.backupLabel?.value
      let start = [label?.startLSN ?? control.checkpoint.redo, lowest ?? .none].filter(\.isValid).min()
      let needed =
        [label?.checkpointLSN ?? control.checkpointLSN, control.minRecoveryPoint, evidence.backupEnd ?? .none]
        .max() ?? .none
      if let start {
        let first = SegmentNumber(containing: start, size: size)
        let last = evidence.wal.end.map { SegmentNumber(containing: $0.lsn, size: size) }
        wanted.missing = missing(of: evidence, from: start, to: last?.start(size: size))
        wanted.onwards = max(first, last ?? first)
        wanted.last = SegmentNumber(containing: needed, size: size)
      }
      try command.fetch(wanted, in: place)
    }
  }

  /// Fetches the histories that nodes on these timelines lack: their own, and newer ones.
  static func fetch(
    _ text: String, historiesOf timelines: [TimelineID], lacking: [TimelineID], owner: Owner?, progress: ProgressLine
  ) throws(CommandFailure) -> PassingFolder {
    try run(text, owner, 1, progress) { (command, place) throws(RestoreCommand.Failure) in
      guard let newest = timelines.max() else { return }
      try command.fetchHistories(after: newest, in: place)
      try command.fetch(lacking.flatMap(ownHistory), in: place)
    }
  }

  /// Fetches for the way back of an old primary, as long as more of what is asked for comes: `lacking` reads what came, and says
  /// what is missing.
  static func fetch(
    _ text: String, forReturnOf old: Owner, size: Int, progress: ProgressLine,
    lacking: (RejoinReader.FetchedSegments) -> [SegmentName]
  ) throws(CommandFailure) -> PassingFolder {
    try run(text, old, JobsOption.processorCount, progress) { (command, place) throws(RestoreCommand.Failure) in
      let shown = RestoreCommand(SecretRedaction.redactingSetting(name: "restore_command", value: command.text))
      let fetched = RejoinReader.FetchedSegments(folder: place.folder.path) { name in
        shown.shellCommand(file: name.text, path: "pg_wal/\(name.text)")
      }
      var asked: Set<SegmentName> = []
      while true {
        let names = lacking(fetched).filter { asked.insert($0).inserted }
        guard !names.isEmpty else { return }
        var wanted = WantedWAL(size: size, history: TimelineHistory(timeline: names[0].timeline))
        wanted.missing = names.compactMap { name in
          name.number(size: size).map { SegmentGap(timeline: name.timeline, first: $0, last: $0) }
        }
        try command.fetch(wanted, in: place)
      }
    }
  }

  /// Fetches what is missing of WAL that is read, between its first and its last position: without these, what is missing between the
  /// segments that are there, and what comes after them; `fromCheckpoint`: from the data directory's last checkpoint on.
  static func fetch(
    _ text: String, for request: WALSource.Request, fromCheckpoint: Bool,
    bounds: (Int) throws -> WalRangeOptions.Bounds
  ) throws -> PassingFolder {
    let known = try? WALSource(request)
    let needsNode = known == nil || text == "standby"
    let node: Owner? =
      try needsNode
      ? request.dataDirectory.map { path in
        let source = try Source(path)
        return (try source.gather(), source)
      } : nil
    guard let size = known?.route.geometry.segmentSize ?? node?.evidence.segmentSize,
      let own = request.timeline.map({ TimelineHistory(timeline: $0) }) ?? known?.route.history
        ?? node?.evidence.currentHistory
    else {
      throw CommandFailure(
        "there is nothing that tells which WAL to fetch",
        hint: "Name the data directory (-D), or a folder with some of its segments (--waldir).")
    }
    let (bounds, control) = (try bounds(size), known?.control ?? node?.evidence.control?.value)
    let progress = ProgressLine()
    return try run(text, node, JobsOption.processorCount, progress) { (command, place) throws(RestoreCommand.Failure) in
      var wanted = WantedWAL(size: size, history: own)
      if request.timeline == nil {
        if known?.histories.contains(where: { $0.timeline == own.timeline }) != true {
          try command.fetch(ownHistory(own.timeline), in: place)
        }
        try command.fetchHistories(after: own.timeline, in: place)
        let fetched = place.histories
        wanted.history =
          fetched.last { control?.isInRecovery == true && $0.contains(own.timeline) }
          ?? fetched.first { $0.timeline == own.timeline } ?? own
      }
      let route = known.flatMap { WALRoute($0.inventory, history: wanted.history) }
      var live: [SegmentRun] = []
      for number in route?.liveSegments ?? [] {
        guard let file = route?.choice(for: number)?.file, !file.isPartial else { continue }
        live.extend(with: number, on: file.name.timeline)
      }
      let redo = node?.evidence.startFiles.backupLabel?.value.startLSN ?? control?.checkpoint.redo
      let here = live.first?.first.start(size: size)
      guard let start = bounds.first ?? (fromCheckpoint ? redo?.nonZero : nil) ?? here ?? redo?.nonZero else { return }
      let first = SegmentNumber(containing: start, size: size)
      let newest = live.last.map { max(first, $0.last) } ?? first
      let end = min(newest.start(size: size), bounds.last ?? LSN(.max))
      wanted.missing = AvailableWAL(size: size, end: end, history: wanted.history, live: live).missing(from: start)
      if let last = bounds.last {
        guard last > end else { return try command.fetch(wanted, in: place) }
        wanted.last = SegmentNumber(containing: LSN(last.rawValue - 1), size: size)
      }
      wanted.onwards = newest
      try command.fetch(wanted, in: place)
    }
  }

  private static func ownHistory(_ timeline: TimelineID) -> [String] {
    timeline.rawValue > 1 ? ["\(timeline.hex).history"] : []
  }

  /// The segments from the one with `start` on that are not in the node's own folder, before `end`.
  private static func missing(of node: Evidence, from start: LSN, to end: LSN?) -> [SegmentGap] {
    guard let size = node.segmentSize, let end, let history = node.currentHistory else { return [] }
    let available = AvailableWAL(node) ?? AvailableWAL(size: size, end: end, history: history, live: node.wal.live)
    return available.missing(from: start, to: end)
  }

  /// Runs a command for what `body` asks it.
  static func run(
    _ text: String, _ owner: Owner?, _ jobs: Int, _ progress: ProgressLine,
    _ body: (RestoreCommand, RestoreCommand.Place) throws(RestoreCommand.Failure) -> Void
  ) throws(CommandFailure) -> PassingFolder {
    let command = RestoreCommand(text == "standby" ? try Self.command(of: owner) : text)
    let folder: PassingFolder
    do throws(PassingFolder.Refusal) { folder = try PassingFolder("slotscope", in: Self.parent) } catch {
      throw CommandFailure(error.message, hint: "Name another folder in TMPDIR.")
    }
    let oddities = Oddities()
    let place = RestoreCommand.Place(folder, jobs: min(8, max(2, jobs))) { news in
      switch news {
      case .fetching(let name): progress.update("fetching \(name)")
      case .isNone(let name, let words): oddities.add("\(name), which \(words)")
      }
    }
    do throws(RestoreCommand.Failure) { try body(command, place) } catch {
      progress.finish()
      throw CommandFailure(error.message, detail: error.detail, hint: error.hint)
    }
    progress.finish()
    oddities.warn()
    return folder
  }

  /// Files that came and are none: one is named.
  private final class Oddities: Sendable {
    private let found = Mutex<(count: Int, first: String)>((0, ""))

    func add(_ words: String) {
      found.withLock { found in
        if found.count == 0 { found.first = words }
        found.count += 1
      }
    }

    func warn() {
      let (count, first) = found.withLock { $0 }
      guard count > 0 else { return }
      let more = count > 1 ? "; so are \(count - 1) more" : ""
      Terminal.warn("the restore command brought \(first): it is left out\(more)")
    }
  }

  private static var parent: String {
    // SAFETY: the text is copied at once, and nothing changes the environment meanwhile.
    let named = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? ""
    return named.hasPrefix("/") ? named : "/tmp"
  }

  private static func command(of owner: Owner?) throws(CommandFailure) -> String {
    let setting = owner.flatMap { owner in
      owner.evidence.version.flatMap { EffectiveSettings(owner.evidence.settings, version: $0)["restore_command"] }
    }
    guard let setting, !setting.text.isEmpty else {
      throw CommandFailure(
        "there is no restore_command, or its configuration could not be read", hint: instead)
    }
    // Evidence keeps it without what may be a secret: not a command that anybody wrote.
    guard setting.text.contains(SecretRedaction.withheldValue) else { return setting.text }
    guard let directory = owner?.source.directory, let assignment = setting.assignment,
      let whole = directory.wholeValue(of: assignment)
    else {
      throw CommandFailure("parts of the restore_command were withheld when it was read", hint: instead)
    }
    return whole
  }

  private static let instead = "Give the command itself (--restore-command 'cp /archive/%f %p')."
}

extension PassingFolder {
  /// A text with paths in it, which are gone when it is read: instead of the folder what brought its files.
  func shown(_ text: String) -> String { text.replacing(path, with: FetchedWAL.name) }
}

extension WALSource {
  /// A text as reports have it.
  func shown(_ text: String) -> String { inventory.fetched?.shown(text) ?? text }

  /// What is wrong with a file, after its path.
  func shown(_ problem: WALProblem) -> String { shown("\(problem.path): \(problem.sentence)") }
}

extension Evidence {
  /// Bytes of a segment.
  fileprivate var segmentSize: Int? { wal.segmentSize.flatMap { $0 > 0 ? $0 : nil } }

  /// Up to where WAL must be replayed before a base backup is consistent, by its manifest.
  fileprivate var backupEnd: LSN? { startFiles.backupManifest?.walRanges.map(\.end).max() }
}
