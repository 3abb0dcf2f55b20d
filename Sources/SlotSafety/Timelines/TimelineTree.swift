package import Evidence
package import PostgresFormat

/// The tree of all timelines that several directories know, with each node in its place and each fork named.
///
/// Timelines are told apart by their whole ancestry, not by their number: two standbys that were promoted apart from each
/// other both count themselves timeline 2, and are two branches.
package struct TimelineTree: Sendable {
  /// One timeline of one ancestry.
  package struct Branch: Sendable {
    /// The cluster; nil where no control file told it.
    package var systemIdentifier: UInt64?
    /// Not unique in the tree: branches of different parents may have the same.
    package var timeline: TimelineID
    /// Index of the parent; nil for a root.
    package var parent: Int?
    /// Where it leaves its parent.
    package var switchPoint: LSN?
    /// As the history file has it; nil where it gives none.
    package var reason: String?
    /// The files that tell of it.
    package var paths: [String]
    /// Whether its parents are unknown: a timeline above 1 without a history file.
    package var isOrphan: Bool
  }

  /// A node on the tree.
  package struct Node: Sendable {
    /// What the operator named.
    package var source: String
    /// Primary or standby.
    package var role: Evidence.Role
    /// Index in ``TimelineTree/branches``.
    package var branch: Int
    /// After the last valid record; nil where that was not found.
    package var end: LSN?
    /// Forks that it went past on the parent's side: the branch that left, and how many bytes the node wrote after.
    package var passed: [(branch: Int, bytes: UInt64)]
  }

  /// Of all nodes, ascending: more than one are several clusters.
  package var systemIdentifiers: [UInt64]
  /// Those of all nodes; each before its children, and these by switch point.
  package var branches: [Branch]
  /// Those whose timeline is known, in the order in which they were given.
  package var nodes: [Node]
  /// What is wrong between the nodes: forks that were passed, clusters mixed.
  package var findings: [Finding]
  private var roots: [Int] = []
  private var childrenByParent: [[Int]] = []

  /// Evidence without timelines adds no node; nothing is refused. The histories of archives are taken for those of the nodes'
  /// cluster. `differences` are of pairs of nodes.
  package init(
    _ evidences: [Evidence], archives: [ArchivedTimelines] = [], differences: [WALDifference] = []
  ) {
    systemIdentifiers = Array(Set(evidences.compactMap { $0.control?.value.systemIdentifier })).sorted()
    branches = []
    nodes = []
    findings = []
    var index: [Key: Int] = [:]
    for evidence in evidences {
      let system = evidence.control?.value.systemIdentifier
      for located in evidence.timelines {
        add(located.value, of: system, path: evidence.origin.source + "/" + located.path, index: &index)
      }
    }
    for archive in archives {
      for located in archive.histories {
        add(located.value, of: systemIdentifiers.first, path: located.path, index: &index)
      }
    }
    for evidence in evidences {
      guard let timeline = evidence.currentTimeline else { continue }
      let system = evidence.control?.value.systemIdentifier
      let branch = add(evidence.history(of: timeline), of: system, path: nil, index: &index)
      nodes.append(
        Node(
          source: evidence.origin.source, role: evidence.role, branch: branch, end: evidence.wal.end?.lsn, passed: []))
    }
    orderDepthFirst()
    for position in nodes.indices { nodes[position].passed = passedForks(of: nodes[position]) }
    findings = differences.compactMap(finding) + makeFindings(evidences, archives)
  }

  /// Two nodes on one branch whose WAL is not the same. That of two branches is not to be.
  private func finding(_ difference: WALDifference) -> Finding? {
    let pair = difference.sources.compactMap { source in nodes.first { $0.source == source } }
    guard pair.count == 2, pair[0].branch == pair[1].branch else { return nil }
    let place = "different WAL from \(difference.from) on, though both are on timeline \(difference.timeline)"
    let facts = pair.map { Fact("WAL at \(difference.from)", path: $0.source) }
    // One of them may be damaged: then it is no history of its own.
    if let damaged = difference.soundness.firstIndex(where: { if case .damaged = $0 { true } else { false } }),
      case .damaged(let stop) = difference.soundness[damaged], difference.soundness.count == 2,
      difference.soundness[1 - damaged].isSound
    {
      let (bad, good) = (pair[damaged].source, pair[1 - damaged].source)
      return Finding(
        .a02,
        "\(pair[0].source) and \(pair[1].source) have \(place): that of \(bad) is damaged, and cannot be read past \(stop.record ?? stop.at); that of \(good) is whole.",
        facts: facts,
        remedy: "Bring the segment of \(difference.from) from \(good) while the server of \(bad) is stopped.")
    }
    return Finding(
      .a02, "\(pair[0].source) and \(pair[1].source) have \(place).", facts: facts, remedy: SameWAL.remedy)
  }

  /// What tells branches apart: the parent, the point where they leave it, and their number.
  private struct Key: Hashable {
    /// Roots are told apart by the cluster; below them the parent does it.
    var system: UInt64?
    var parent: Int?
    var switchPoint: LSN?
    var timeline: TimelineID
  }

  /// Adds a history from its oldest timeline on; answers the branch of its own timeline.
  @discardableResult
  private mutating func add(
    _ history: TimelineHistory, of system: UInt64?, path: String?, index: inout [Key: Int]
  ) -> Int {
    var parent: Int?
    var fork: TimelineHistory.Entry?
    var entries = history.ancestors.makeIterator()
    for timeline in history.ancestors.map(\.timeline) + [history.timeline] {
      let key = Key(
        system: parent == nil ? system : nil, parent: parent, switchPoint: fork?.switchPoint, timeline: timeline)
      if let known = index[key] {
        parent = known
      } else {
        index[key] = branches.count
        branches.append(
          Branch(
            systemIdentifier: system, timeline: timeline, parent: parent, switchPoint: fork?.switchPoint,
            reason: fork?.reason, paths: [],
            isOrphan: parent == nil && timeline.rawValue > 1))
        parent = branches.count - 1
      }
      fork = entries.next()
    }
    let own = parent ?? 0
    if let path { branches[own].paths.append(path) }
    return own
  }

  /// Parents before children, children by switch point; the nodes' and parents' indices follow.
  private mutating func orderDepthFirst() {
    func sorted(_ indices: [Int]) -> [Int] {
      indices.sorted {
        (branches[$0].systemIdentifier ?? 0, branches[$0].switchPoint?.rawValue ?? 0, branches[$0].timeline)
          < (branches[$1].systemIdentifier ?? 0, branches[$1].switchPoint?.rawValue ?? 0, branches[$1].timeline)
      }
    }
    let byParent = Dictionary(grouping: branches.indices, by: { branches[$0].parent ?? -1 }).mapValues(sorted)
    var order: [Int] = []
    var stack = Array((byParent[-1] ?? []).reversed())
    while let next = stack.popLast() {
      order.append(next)
      stack += (byParent[next] ?? []).reversed()
    }
    var position = [Int](repeating: 0, count: branches.count)
    for (new, old) in order.enumerated() { position[old] = new }
    for node in nodes.indices { nodes[node].branch = position[nodes[node].branch] }
    branches = order.map { old in
      var branch = branches[old]
      branch.parent = branch.parent.map { position[$0] }
      return branch
    }
    roots = (byParent[-1] ?? []).map { position[$0] }
    childrenByParent = order.map { old in (byParent[old] ?? []).map { position[$0] } }
  }

  /// The branches that leave this one, by switch point and number; the roots for nil.
  package func children(of parent: Int?) -> [Int] { parent.map { childrenByParent[$0] } ?? roots }

  /// Forks off the node's own line that it passed: for the branch it is on, up to its end of WAL; for an ancestor, up to
  /// where the node's own history leaves it.
  private func passedForks(of node: Node) -> [(branch: Int, bytes: UInt64)] {
    var passed: [(branch: Int, bytes: UInt64)] = []
    var own = Set<Int>()
    var line: Int? = node.branch
    var until = node.end
    while let branch = line {
      own.insert(branch)
      for child in children(of: branch) where !own.contains(child) {
        if let fork = branches[child].switchPoint, let until, until > fork {
          passed.append((branch: child, bytes: until.bytes(since: fork)))
        }
      }
      until = branches[branch].switchPoint
      line = branches[branch].parent
    }
    return passed
  }

  /// The file of a branch that is in archives alone and has no node; nil for any other branch.
  private func archivedOnly(_ branch: Branch, _ archives: [ArchivedTimelines]) -> String? {
    let archived = Set(archives.flatMap(\.histories).map(\.path))
    guard let path = branch.paths.first, branch.paths.allSatisfy(archived.contains),
      !nodes.contains(where: { branches[$0.branch].timeline == branch.timeline })
    else { return nil }
    return path
  }

  /// Histories of the nodes' own timelines that an archive lacks: no restore from it gets there.
  private func missingInArchives(_ archives: [ArchivedTimelines]) -> [Finding] {
    archives.flatMap { archive in
      let there = Set(archive.histories.map(\.value.timeline))
      let wanted = Set(nodes.map { branches[$0.branch].timeline }).filter { $0.rawValue > 1 && !there.contains($0) }
      return wanted.sorted().map { timeline in
        Finding(
          .timelineHistoryMissing,
          "The archive \(archive.path) lacks \(timeline.hex).history: a restore from it cannot reach timeline \(timeline).",
          facts: [Fact("missing", path: "\(archive.path)/\(timeline.hex).history")],
          remedy: "Copy \(timeline.hex).history from a node's pg_wal to the archive.")
      }
    }
  }

  private func makeFindings(_ evidences: [Evidence], _ archives: [ArchivedTimelines]) -> [Finding] {
    var findings: [Finding] = []
    if systemIdentifiers.count > 1 {
      findings.append(
        Finding(
          .clusterDifferentSystems,
          "These directories are of \(systemIdentifiers.count) different clusters; their timelines have nothing to do with each other.",
          facts: evidences.compactMap { evidence in
            evidence.control.map {
              Fact(
                "system identifier \($0.value.systemIdentifier)", path: $0.path,
                offset: evidence.controlOffset(of: ControlFile.Fields.systemIdentifier), node: evidence.origin.source)
            }
          }))
    }
    struct Number: Hashable {
      var system: UInt64?
      var timeline: TimelineID
    }
    let groups = Dictionary(grouping: branches) { Number(system: $0.systemIdentifier, timeline: $0.timeline) }
    for (number, same) in groups.sorted(by: { $0.key.timeline < $1.key.timeline }) where same.count > 1 {
      let timeline = number.timeline
      findings.append(
        Finding(
          .timelineAmbiguous,
          "Timeline \(timeline) exists \(same.count) times with different histories: promotions that did not know of each other.",
          facts: same.flatMap { branch in
            branch.paths.map { path in
              Fact(
                "leaves timeline \(branch.parent.map { branches[$0].timeline.description } ?? "-") at \(branch.switchPoint ?? .none)",
                path: path)
            }
          }))
    }
    for branch in branches where branch.isOrphan {
      findings.append(
        Finding(
          .timelineHistoryMissing,
          "Timeline \(branch.timeline) has no history file here; where it comes from is unknown.",
          remedy: "Add a directory or archive that has \(branch.timeline.hex).history."))
    }
    for node in nodes {
      for (fork, bytes) in node.passed {
        let branch = branches[fork]
        findings.append(
          Finding(
            .timelineDiverged,
            "\(node.source) went \(ByteCount.text(bytes)) past \(branch.switchPoint ?? .none), where timeline \(branch.timeline) forks off: its WAL after that is not part of timeline \(branch.timeline).",
            facts: [Fact("WAL ends at \(node.end ?? .none)", path: node.source)],
            remedy: archivedOnly(branch, archives).map { path in
              "No node given here is on timeline \(branch.timeline), and \(path) is in the archive: recovery to the latest timeline goes there. Set recovery_target_timeline = 'current', or, if that server was promoted by mistake, take the file out of the archive."
            }))
      }
    }
    return findings + missingInArchives(archives)
  }
}

extension TimelineTree {
  static let unit = RuleUnit(
    .note, .before,
    rules: Rule(
      .timelineAmbiguous, .error, "No timeline exists twice with different histories.",
      "Do not let these nodes archive to one place; rebuild all but one of them."),
    Rule(.timelineDiverged, .warning, "No node has WAL past a switch point that its own timeline does not know."),
    Rule(.clusterDifferentSystems, .error, "The directories are of one cluster."))
}
