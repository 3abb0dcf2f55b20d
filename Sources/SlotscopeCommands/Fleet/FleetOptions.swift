import ArgumentParser
import ClusterFiles
import PostgresFormat
import Reporting
import SlotSafety

/// `--all`, `--evidence` and `--shard`: many clusters at once.
struct FleetOptions: ParsableArguments {
  @Flag(help: "All clusters that are defined: one row a cluster, the worst first.")
  var all = false

  @Option(
    help: ArgumentHelp(
      "All clusters of which captures are below this folder, as CLUSTER/NODE.json: one row a cluster.", valueName: "dir"
    ))
  var evidence: String?

  @Option(
    help: ArgumentHelp(
      "Of all clusters only those whose names fall to part I of N, such as 3/16; \"slotscope merge\" puts the parts together.",
      valueName: "i/n"))
  var shard: FleetReport.Shard?

  /// Many clusters are asked about.
  var isAsked: Bool { all || evidence != nil }

  /// `other`: one cluster, or its nodes, are named, too.
  func validate(besides other: Bool) throws {
    guard !all || evidence == nil else { throw ValidationError("--all and --evidence exclude each other") }
    guard !isAsked || !other else {
      throw ValidationError("\(all ? "--all" : "--evidence") is about many clusters; leave out the name and the nodes")
    }
    guard shard == nil || isAsked else { throw ValidationError("--shard is for --all and --evidence") }
  }
}

extension FleetReport.Shard: ExpressibleByArgument {
  /// As it stands on the command line.
  public init?(argument: String) { self.init(argument) }
}

/// Many clusters, asked one after the other by a few tasks. None of them stops the rest.
struct FleetRun {
  /// One cluster, or why there is none.
  enum Member: Sendable {
    case nodes(name: String, [ClusterDefinition.Node])
    case defined(ClusterDefinition)
    case failed(name: String, String)

    var name: String {
      switch self {
      case .nodes(let name, _), .failed(let name, _): name
      case .defined(let definition): definition.name
      }
    }
  }

  var members: [Member]
  /// Without nodes: what is known of all of them.
  var sources: AuditSources
  var event: FailoverEvent?
  /// Clusters at a time.
  var jobs: Int
  var shard: FleetReport.Shard?

  /// Those that are asked about.
  init(_ options: FleetOptions, _ clusters: ClusterOptions, _ sources: AuditSources, event: FailoverEvent?, jobs: Int)
    throws
  {
    (self.sources, self.event, self.jobs, shard) = (sources, event, jobs, options.shard)
    self.sources.jobs = 1
    self.sources.isAlone = false
    self.sources.progress = ProgressLine(isWanted: false)
    members = try options.evidence.map(EvidenceTree.members) ?? Self.defined(clusters)
    if let shard { members = members.filter { shard.has($0.name) } }
  }

  private static func defined(_ clusters: ClusterOptions) throws -> [Member] {
    let names: [String]
    do throws(DefinitionError) { names = try ClusterOptions.names(clusters.folders) } catch {
      throw CommandFailure(error)
    }
    guard !names.isEmpty else {
      throw CommandFailure(
        "no cluster is defined",
        detail:
          "There is no file in \(clusters.folders.map { "\($0.path)/clusters.d" }.joined(separator: ", nor in ")).",
        hint: "Define each in a file of its own, or give the folder (--config).")
    }
    return names.map { name in
      do throws(CommandFailure) { return .defined(try clusters.definition(of: name)) } catch {
        return .failed(name: name, Terminal.scrubbed(message: error.message))
      }
    }
  }

  func report() async -> FleetReport {
    let progress = ProgressLine()
    var rows: [FleetRow] = []
    await withTaskGroup(of: FleetRow.self) { group in
      var next = 0
      func add() {
        guard next < members.count else { return }
        let member = members[next]
        next += 1
        group.addTask { await row(member) }
      }
      for _ in 0..<max(1, jobs) { add() }
      while let row = await group.next() {
        rows.append(row)
        progress.update(rows.count, of: members.count, "clusters")
        add()
      }
    }
    progress.finish()
    return FleetReport(rows, shard: shard)
  }

  private func row(_ member: Member) async -> FleetRow {
    do {
      var question = StatusQuestion(
        name: member.name, definition: ClusterDefinition(name: member.name, path: ""), sources: sources, event: event)
      switch member {
      case .failed(let name, let message): return FleetRow(cluster: name, at: DataDirectory.now, failure: message)
      case .nodes(_, let nodes): question.definition.nodes = nodes
      case .defined(let definition):
        question.definition = definition
        try question.sources.add(definition)
      }
      return FleetRow(try await question.status(), cluster: member.name, at: DataDirectory.now)
    } catch {
      let message = (error as? CommandFailure)?.message ?? "\(error)"
      return FleetRow(cluster: member.name, at: DataDirectory.now, failure: Terminal.scrubbed(message: message))
    }
  }
}

/// A folder to which nodes send their captures: `CLUSTER/NODE.json`, or `CLUSTER/NODE/` with several of one node, of which the
/// newest counts. Links are not followed: whoever may write there could have them lead anywhere.
enum EvidenceTree {
  private static let limit = 100_000

  static func members(of folder: String) throws -> [FleetRun.Member] {
    let clusters: [DirectoryListing.Entry]
    do throws(FileError) { clusters = try DirectoryListing(path: folder, limit: limit).entries } catch {
      throw CommandFailure(
        "\(folder): \(error.message)", hint: "--evidence takes a folder with CLUSTER/NODE.json in it.")
    }
    // Files beside the folders belong to nobody; what may be a cluster is never passed over.
    let members = clusters.filter { $0.kind != .regular && !$0.name.hasPrefix(".") }.map { entry -> FleetRun.Member in
      guard entry.nameIsExact else { return .failed(name: entry.name, notText) }
      guard entry.kind == .directory else {
        let error = FileError(path: "\(folder)/\(entry.name)", reason: .notDirectory(entry.kind))
        return .failed(name: entry.name, "\(error.path): \(error.message)")
      }
      let nodes: [ClusterDefinition.Node]
      do throws(FileError) { nodes = try Self.nodes(of: "\(folder)/\(entry.name)") } catch {
        return .failed(name: entry.name, "\(error.path): \(error.message)")
      }
      return nodes.isEmpty
        ? .failed(name: entry.name, "there is no evidence file in its folder") : .nodes(name: entry.name, nodes)
    }
    guard !members.isEmpty else {
      throw CommandFailure(
        "\(folder): no cluster has a folder there", hint: "--evidence takes a folder with CLUSTER/NODE.json in it.")
    }
    return members
  }

  /// All of them: one that was passed over might be the primary.
  private static func nodes(of cluster: String) throws(FileError) -> [ClusterDefinition.Node] {
    var nodes: [ClusterDefinition.Node] = []
    for entry in try DirectoryListing(path: cluster, limit: 1000).entries where !entry.name.hasPrefix(".") {
      let path = "\(cluster)/\(entry.name)"
      switch entry.kind {
      case .regular where !entry.name.hasSuffix(suffix): continue
      case _ where !entry.nameIsExact: throw FileError(path: path, reason: .refused(notText))
      case .regular:
        nodes.append(ClusterDefinition.Node(name: String(entry.name.dropLast(suffix.count)), sources: [path]))
      case .directory:
        guard let newest = try newest(in: path) else {
          throw FileError(path: path, reason: .refused("there is no evidence file in it"))
        }
        nodes.append(ClusterDefinition.Node(name: entry.name, sources: [newest]))
      default: throw FileError(path: path, reason: .notRegularFile(entry.kind))
      }
    }
    guard nodes.count <= ClusterDefinition.limit else {
      throw FileError(path: cluster, reason: .tooManyEntries(limit: ClusterDefinition.limit))
    }
    return nodes
  }

  private static let notText = "its name is no text in UTF-8"

  private static let suffix = ".json"

  /// By when it was gathered: what copied the files may have left them in any order.
  private static func newest(in folder: String) throws(FileError) -> String? {
    var newest: (path: String, time: Timestamp)?
    for entry in try DirectoryListing(path: folder, limit: 1000).entries where entry.name.hasSuffix(suffix) {
      let path = "\(folder)/\(entry.name)"
      guard entry.nameIsExact else { throw FileError(path: path, reason: .refused(notText)) }
      guard entry.kind == .regular else { throw FileError(path: path, reason: .notRegularFile(entry.kind)) }
      let time = try EvidenceFile.time(of: path)
      if newest.map({ time >= $0.time }) ?? true { newest = (path, time) }
    }
    return newest?.path
  }
}
