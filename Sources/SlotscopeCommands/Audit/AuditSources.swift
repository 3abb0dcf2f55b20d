import ArgumentParser
import ClusterFiles
import Evidence
import PostgresFormat
import SlotSafety
import Synchronization

/// The sources of an audit, read only as far as its question needs: the nodes first, then as much WAL as decides it.
struct AuditSources {
  var primary: String?
  var standbys: [String]
  var subscribers: [String] = []
  var consumers: ConsumerOptions?
  var archives: [String] = []
  /// A command that brings what the archives have; `standby`: that of the first standby.
  var restoreCommand: String?
  var word: OperatorsWord?
  /// Seconds; nil: evidence files of any age.
  var maxAge: Int64?
  /// All data pages of the standbys, not a sample of them.
  var checksAllPages = false
  /// Threads at most.
  var jobs = 1
  /// What was read of sources already.
  var known: [String: Evidence] = [:]
  /// What a running primary said when it was asked again after its standbys.
  var knownLater: Evidence?
  /// Nothing else is read in this process meanwhile.
  var isAlone = true
  var progress = ProgressLine()
  private let opened = Opened()

  /// What was opened once: to index an archive takes time.
  private final class Opened: Sendable {
    let sources = Mutex<[String: Source]>([:])
    let fetched = Mutex<PassingFolder?>(nil)
  }

  /// What a command brought: it lasts as long as these sources do, or somebody has it.
  var fetched: PassingFolder? { opened.fetched.withLock { $0 } }

  /// Those that were named, and that.
  var allArchives: [String] { archives + (fetched.map { [$0.path] } ?? []) }

  /// Runs the restore command, where there is one, once.
  private func fetch(
    of node: Evidence, from start: LSN?, standby: (Evidence, Source)?
  ) throws(CommandFailure) {
    guard let restoreCommand, let start, opened.fetched.withLock({ $0 == nil }) else { return }
    let folder = try FetchedWAL.fetch(
      restoreCommand, of: node, from: start, standby: standby, jobs: jobs, progress: progress)
    opened.fetched.withLock { $0 = folder }
  }

  init(
    primary: String? = nil, standbys: [String], subscribers: [String] = [], consumers: ConsumerOptions? = nil,
    archives: [String] = [], word: OperatorsWord? = nil, maxAge: Int64? = nil, checksAllPages: Bool = false,
    jobs: Int = 1
  ) {
    (self.primary, self.standbys, self.subscribers, self.consumers) = (primary, standbys, subscribers, consumers)
    (self.archives, self.word, self.maxAge) = (archives, word, maxAge)
    (self.checksAllPages, self.jobs) = (checksAllPages, jobs)
  }

  /// The source of a name, as it was opened first.
  func source(_ text: String) throws -> Source {
    if let known = opened.sources.withLock({ $0[text] }) { return known }
    let source = try Source(text)
    opened.sources.withLock { $0[text] = source }
    return source
  }

  func audit() async throws -> Audit {
    try ArchiveArgument.check(archives)
    defer { progress.finish() }
    if restoreCommand != nil, self.primary == nil {
      Terminal.warn("--restore-command fetches the primary's WAL: without --primary it is not run")
    }
    let primary = try self.primary.map(source)
    let (standbys, subscribers) = (try self.standbys.map(source), try self.subscribers.map(source))
    func evidence(_ text: String, _ source: Source) throws -> Evidence {
      try known[text] ?? source.gather(isAlone: isAlone)
    }
    func evidence(_ texts: [String], _ sources: [Source]) throws -> [Evidence] {
      try zip(texts, sources).map { try evidence($0, $1) }
    }
    var primaryEvidence = try self.primary.flatMap { text in try primary.map { try evidence(text, $0) } }
    var standbyEvidence = try evidence(self.standbys, standbys)
    // While the standbys were asked the primary has gone on, and they with it.
    if case .server? = primary, let later = try knownLater ?? primary?.gather(isAlone: isAlone) {
      primaryEvidence?.take(later: later, copies: standbyEvidence.flatMap(\.slots))
    }
    var subscriberEvidence = try evidence(self.subscribers, subscribers)
    if let maxAge {
      let sources = [primary].compactMap { $0 } + standbys + subscribers
      let all = [primaryEvidence].compactMap { $0 } + standbyEvidence + subscriberEvidence
      for (source, evidence) in zip(sources, all) {
        guard source.isCopy else { continue }
        try EvidenceAge.check(
          evidence, source: source.text, isArchive: source.directory != nil, limit: maxAge, now: DataDirectory.now)
      }
    }
    for (source, evidence) in zip(standbys, standbyEvidence) {
      if let primary, let primaryEvidence {
        try NodeOrder.check(primary: (primary.text, primaryEvidence), standby: (source.text, evidence))
      }
      try NodeOrder.check(promoteAt: word?.promoteAt, standby: evidence)
    }
    let stored = try consumers?.storedPositions(of: primaryEvidence ?? standbyEvidence.first) ?? []
    let oldest = stored.compactMap(\.received).min()
    var demanded: LSN?
    for index in standbyEvidence.indices {
      let demand = WALDemand(
        primary: primaryEvidence, standby: standbyEvidence[index], promoteAt: word?.promoteAt, oldestConsumer: oldest)
      try await read(&standbyEvidence[index], source: standbys[index], from: demand.standby)
      let rest = demand.primary(beside: standbyEvidence[index], promoteAt: word?.promoteAt)
      demanded = [demanded, rest].compactMap { $0 }.min()
    }
    var archive: [WALStretch] = []
    if let primary, var evidence = primaryEvidence {
      try fetch(of: evidence, from: demanded, standby: zip(standbyEvidence, standbys).first { _ in true })
      let archives = allArchives
      if let logs = word?.log, !logs.isEmpty { evidence.serverLog = try serverLog(logs, of: evidence, primary) }
      if !archives.isEmpty {
        let folders = try ArchiveArgument.folders(archives, of: evidence)
        archive =
          try await WALStretchReader(evidence, dataDirectory: nil, archives: folders)?
          .stretches(from: demanded, jobs: jobs, progress: show) ?? []
      }
      try await read(&evidence, source: primary, from: demanded)
      primaryEvidence = evidence
      let nodes = zip([evidence] + standbyEvidence, [primary] + standbys).filter { $1.directory != nil }
      ArchiveArgument.warn(self.archives, for: evidence, from: demanded, beside: nodes.map(\.0))
    }
    for index in subscriberEvidence.indices {
      try await read(
        &subscriberEvidence[index], source: subscribers[index],
        from: subscriberEvidence[index].control?.value.checkpoint.redo)
    }
    // Evidence that was captured earlier does not show what the primary did since.
    var audit = Audit(
      primary: primaryEvidence, standbys: standbyEvidence, subscribers: subscriberEvidence, archive: archive,
      promoteAt: word?.promoteAt, assumed: Set(word?.assume ?? []),
      primaryIsPresent: !(primary?.isCopy ?? false))
    for (source, evidence) in zip(standbys, standbyEvidence) {
      audit.pages[evidence.origin.source] = try await pages(
        of: evidence, source, primary.flatMap { source in primaryEvidence.map { (source, $0) } })
    }
    audit.storedPositions = stored
    audit.captured = Set(
      (Array(zip(standbys, standbyEvidence)) + zip(subscribers, subscriberEvidence)).filter { $0.0.isCopy }
        .map { $0.1.origin.source })
    return audit
  }

  /// Reads a directory's WAL; an evidence file has what was read when it was made, a server gives none.
  private func read(_ evidence: inout Evidence, source: Source, from start: LSN?) async throws {
    guard let reader = source.walReader(for: evidence) else { return }
    let (stretches, problems) = try await reader.read(from: start, jobs: jobs, progress: show)
    evidence.stretches = stretches
    evidence.problems += problems
  }

  private func serverLog(_ paths: [String], of evidence: Evidence, _ source: Source) throws -> ServerLogEvidence? {
    guard let version = evidence.version else { return nil }
    do throws(FileError) {
      return try ServerLogReader.log(
        ofFiles: paths, directory: source.directory,
        EffectiveSettings(evidence.settings, version: version))
    } catch {
      throw CommandFailure(
        "\(error.path): \(error.message)",
        hint: SourceFailure.ownerHint(error) ?? "Give files of the primary's log (--log).")
    }
  }

  @Sendable private func show(_ position: LSN) { progress.update("reading WAL: \(position)") }

  @Sendable func showPosition(_ position: LSN) { progress.update("holding pages against WAL: \(position)") }

  @Sendable func showPages(_ count: Int) { progress.update("reading pages: \(count)") }
}
