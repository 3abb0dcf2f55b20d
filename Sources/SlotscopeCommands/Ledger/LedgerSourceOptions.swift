import ArgumentParser
import ClusterFiles
import Evidence
import PostgresFormat
import SlotSafety

/// Whose WAL a ledger is of: two nodes of a failover, or one.
struct LedgerSourceOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The old primary: data directory or evidence file.", valueName: "source"))
  var primary: String?

  @Option(help: ArgumentHelp("The standby that takes over, or has.", valueName: "source"))
  var standby: String?

  @Option(help: ArgumentHelp("A subscriber's data directory or evidence file. Repeatable.", valueName: "source"))
  var subscriber: [String] = []

  @Option(help: OptionHelp.archive)
  var archive: [String] = []

  @OptionGroup var restore: RestoreCommandOption

  @Option(help: "Only this slot's consumer.")
  var slot: String?

  @OptionGroup var consumers: ConsumerOptions

  @OptionGroup var word: OperatorsWord

  @Option(
    name: [.customShort("D"), .customLong("pgdata")],
    help: ArgumentHelp("The data directory of one node.", valueName: "dir"))
  var dataDirectory: String?

  @Argument(
    help: ArgumentHelp(
      "The data directory of one node; the default is $PGDATA. Or a cluster by its name, in place of --primary and --standby.",
      valueName: "dir-or-cluster"))
  var node: String?

  @OptionGroup var clusters: ClusterOptions

  var isPair: Bool { primary != nil || standby != nil || cluster != nil }

  /// What exists as a path is a path, but for the files of Patroni and repmgr.
  var cluster: String? {
    node.flatMap { (ForeignDefinitions.isFile($0) || !DataDirectory.exists($0)) && clusters.isDefined($0) ? $0 : nil }
  }

  func validate() throws {
    try DataDirectoryArgument.exclude(dataDirectory, node)
    if cluster != nil {
      guard primary == nil, standby == nil, dataDirectory == nil else {
        throw ValidationError(ClusterOptions.standsForAll)
      }
    } else if isPair {
      guard primary != nil, standby != nil else { throw ValidationError("--primary and --standby belong together") }
      guard node == nil, dataDirectory == nil else {
        throw ValidationError("--primary and --standby name all directories already")
      }
    } else if !subscriber.isEmpty || word.isGiven {
      throw ValidationError("--subscriber, --promote-at and --assume are for a failover (--primary, --standby)")
    } else if let other = consumers.consumer.first(where: { $0.slot != slot }) {
      throw ValidationError(
        "of one node --consumer goes with --slot: --slot \(other.slot), or name both nodes (--primary, --standby)")
    }
  }

  /// What is asked, and the WAL that answers it. Ends the command with a message where there is nothing to ask.
  func open(from: LSN?, to: LSN?) async throws -> (LedgerScope, LedgerNodes) {
    do {
      var sources = AuditSources(
        primary: primary, standbys: standby.map { [$0] } ?? [], subscribers: subscriber, consumers: consumers,
        archives: archive, word: word, jobs: JobsOption.processorCount)
      sources.restoreCommand = restore.restoreCommand
      if let cluster {
        let found = try ClusterSources(cluster, clusters, asking: .last)
        found.say()
        try sources.take(found)
      }
      if sources.primary != nil || !sources.standbys.isEmpty { return try await openPair(sources) }
      return try await openNode(from: from, to: to)
    } catch let refusal as LedgerScope.Refusal {
      throw CommandFailure("no ledger: \(refusal.message)", hint: refusal.hint)
    }
  }

  private func openPair(_ sources: AuditSources) async throws -> (LedgerScope, LedgerNodes) {
    let audit = try await sources.audit()
    // Of several standbys of a cluster the best one is looked at.
    let best = audit.standbys.count > 1 ? audit.assessments().first?.standby.source : nil
    let index = audit.standbys.firstIndex { $0.origin.source == best } ?? 0
    guard let old = audit.primary, let primary = sources.primary, audit.standbys.indices.contains(index) else {
      throw LedgerScope.Refusal(message: "there are no two nodes to compare")
    }
    let (new, standby, archive) = (audit.standbys[index], sources.standbys[index], sources.allArchives)
    // A position that is given as such is where the consumer is; of a file it is a bound.
    let known = consumers.consumer.compactMap { one in one.lsn.map { (one.slot, $0) } }
    let scope = try LedgerScope.failover(
      Failover.establish(audit.question(of: new)), slot: slot, known: Dictionary(known, uniquingKeysWith: { $1 }))
    var nodes = LedgerNodes()
    // What both nodes have, either's folder gives.
    let (oldSource, newSource) = (try sources.source(primary), try sources.source(standby))
    let shared = newSource.directory.flatMap { directory in
      oldSource.directory != nil && directory.storage.mayHaveServers
        ? "\(directory.path)/\(new.wal.path ?? "pg_wal")" : nil
    }
    let archived = try ArchiveArgument.folders(archive, of: old)
    nodes.fetched = sources.fetched
    nodes.add(.primary, old, source: oldSource, folders: archived + [shared].compactMap { $0 })
    nodes.add(.standby, new, source: newSource, folders: archived)
    return (scope, nodes)
  }

  private func openNode(from: LSN?, to: LSN?) async throws -> (LedgerScope, LedgerNodes) {
    guard let directory = node ?? dataDirectory ?? DataDirectoryArgument.fromEnvironment else {
      throw ValidationError("no data directory given (-D, $PGDATA or an argument)")
    }
    try ArchiveArgument.check(archive)
    let source = try Source(directory)
    var evidence = try source.gather()
    ArchiveArgument.warn(
      archive, for: evidence, from: from, beside: source.directory != nil ? [evidence] : [])
    if let slot {
      try await DecodingWAL.read(&evidence, source: source, slot: slot)
      if let directory = source.directory { HolderTraces.readPublications(&evidence, directory) }
    }
    var scope: LedgerScope
    if let slot {
      let stored = try consumers.storedPositions(of: evidence).first
      scope = try LedgerScope.slot(slot, of: evidence, to: to, consumer: stored.map { $0.received ?? $0.reached })
    } else {
      scope = LedgerScope(parts: [LedgerScope.Part(node: .primary, from: from ?? .none, to: to)])
      scope.listsAll = true
    }
    var nodes = LedgerNodes()
    var folders = try ArchiveArgument.folders(archive, of: evidence)
    if let command = restore.restoreCommand {
      let first = scope.parts.map(\.from).filter(\.isValid).min() ?? evidence.firstLSN
      let fetched = try FetchedWAL.fetch(
        command, of: evidence, from: first, standby: (evidence, source), jobs: JobsOption.processorCount,
        progress: ProgressLine())
      nodes.fetched = fetched
      folders.append(fetched.path)
    }
    nodes.add(.primary, evidence, source: source, folders: folders)
    return (scope, nodes)
  }
}

/// The nodes of a ledger: their WAL, or what an evidence file says of it (a server says nothing), and the names in their catalogs.
struct LedgerNodes {
  /// Keeps what a command brought.
  var fetched: PassingFolder?
  private var routes: [LedgerScope.Node: WALRoute] = [:]
  private var recorded: [LedgerScope.Node: [WALStretch]] = [:]
  var names = TableNames()

  mutating func add(_ node: LedgerScope.Node, _ evidence: Evidence, source: Source, folders: [String]) {
    if let directory = source.directory { names.add(evidence, directory: directory) }
    recorded[node] = evidence.stretches
    guard source.directory != nil || !folders.isEmpty else { return }
    routes[node] = WALRoute(evidence, directory: source.directory, folders: folders)
  }

  /// The transactions of a part, and what of it could not be read.
  func read(
    _ part: LedgerScope.Part, progress: (UInt64) -> Void, body: (LedgerTransaction) throws -> Bool
  ) throws -> LedgerReader.Result {
    if let route = routes[part.node] {
      return try LedgerReader(route).read(from: part.from, to: part.to, progress: progress, body: body)
    }
    let end = part.to ?? LSN(.max)
    let (transactions, unread) = RecordedLedger.transactions(recorded[part.node] ?? [], from: part.from, to: end)
    for transaction in transactions where try !body(transaction) { break }
    var result = LedgerReader.Result(end: end)
    result.unread = unread
    return result
  }
}

extension Evidence {
  /// Where the WAL of its own folder begins; where replay does, where there is none.
  fileprivate var firstLSN: LSN {
    guard let size = wal.segmentSize, size > 0, let first = wal.live.map(\.first).min() else {
      return control?.value.checkpoint.redo ?? .none
    }
    return first.start(size: size)
  }
}
