import ByteReading
import Evidence
import PostgresFormat

/// Invariant: the two nodes are one cluster, of one major version, on timelines that chain.
///
/// With `T` the primary's timeline: the standby is on `T`; or after a switch, on an ancestor of `T` that ends at or
/// after the end of the standby's WAL; or it was promoted, and its history leaves `T` at some position. A positions'
/// comparison means nothing anywhere else.
enum Identity {
  static let unit = RuleUnit(
    .promotion, .before, .alone { .fails(.atRisk, "which slots the primary had is not known", $0.missingPrimary) },
    rules: Rule(
      .a01, .error, "Both nodes are of one cluster: their system identifiers are equal.",
      "Give the directory of a standby of this very primary."),
    Rule(
      .a02, .error,
      "The timelines chain: one node's history contains the other's timeline, every history file is there, and shared ones agree; so does the WAL of both.",
      "Look at both with \"slotscope timeline\"; a diverged standby must be rewound or rebuilt."),
    Rule(
      .a03, .error,
      "The primary that is given is one, and the node to be promoted is its standby (standby.signal, or recovery.conf with standby_mode before 12).",
      "Give the standby's directory; a node that was promoted already is judged after the fact."),
    Rule(
      .a04, .error,
      "What any verdict rests on can be read: control file, end of WAL, histories; and both nodes are of one major version.",
      "Make the file readable, or give another copy or an evidence file of it."),
    Rule(
      .a04NoPrimary, .warning, "A primary is given.",
      "Give the primary's directory, or an older evidence file of it (--primary)."),
    Rule(
      .a13PromoteAt, .error, "The standby has the WAL up to the position that is asked about (--promote-at).",
      "Ask for a position that the standby has."))

  /// The relation, or what stands against comparing the two at all.
  static func relation(primary: Evidence, standby: Evidence) -> (relation: Failover.Relation?, findings: [Finding]) {
    let unreadable = readable(primary, node: "primary") + readable(standby, node: "standby")
    guard unreadable.isEmpty, let primaryControl = primary.control?.value, let standbyControl = standby.control?.value,
      let version = primary.version, let standbyVersion = standby.version,
      let primaryTimeline = primary.currentTimeline, let standbyTimeline = standby.currentTimeline,
      let standbyEnd = standby.wal.end?.lsn
    else { return (nil, unreadable) }

    guard primaryControl.systemIdentifier == standbyControl.systemIdentifier else {
      let facts = [(primary, primaryControl, "primary"), (standby, standbyControl, "standby")].map {
        evidence, control, node in
        Fact(
          "system identifier \(control.systemIdentifier)", path: "global/pg_control",
          offset: evidence.controlOffset(of: ControlFile.Fields.systemIdentifier), node: node)
      }
      return (nil, [Finding(.a01, "The two nodes are of different clusters.", facts: facts)])
    }
    guard version == standbyVersion else {
      return (
        nil,
        [
          Finding(
            .a04, "The primary is PostgreSQL \(version), the standby \(standbyVersion); slots cannot be compared.",
            facts: [
              Fact(version.name, path: "PG_VERSION", node: "primary"),
              Fact(standbyVersion.name, path: "PG_VERSION", node: "standby"),
            ])
        ]
      )
    }
    if let finding = historiesDiffer(primary, standby) { return (nil, [finding]) }
    let primaryHistory = primary.history(of: primaryTimeline)
    let standbyHistory = standby.history(of: standbyTimeline)
    switch standby.role {
    case .standby:
      if standbyTimeline == primaryTimeline { return (.follows, []) }
      if let fork = primaryHistory.switchPoint(of: standbyTimeline) {
        return fork >= standbyEnd
          ? (.follows, []) : (nil, [diverged(primaryTimeline, standbyTimeline, fork, standbyEnd)])
      }
      if let fork = standbyHistory.switchPoint(of: primaryTimeline) {
        return (
          nil,
          [
            Finding(
              .a02,
              "The standby follows timeline \(standbyTimeline), which left the primary's timeline \(primaryTimeline) at \(fork).",
              facts: [
                Fact(
                  "timeline \(primaryTimeline) ends at \(fork)", path: historyPath(standby, standbyTimeline),
                  node: "standby")
              ])
          ]
        )
      }
      return (nil, [diverged(primaryTimeline, standbyTimeline, nil, standbyEnd)])
    case .primary:
      if let fork = standbyHistory.switchPoint(of: primaryTimeline) { return (.promoted(at: fork), []) }
      return (
        nil,
        [
          Finding(
            .a03, "The node given as standby is not one, and was not promoted from this primary either.",
            facts: [Fact("no standby.signal, timeline \(standbyTimeline)", path: ".", node: "standby")])
        ]
      )
    case .unknown:
      return (
        nil,
        [
          Finding(
            .a03, "The node given as standby has no standby.signal; what its next start makes of it is open.",
            facts: [
              Fact(
                "state \(standbyControl.state?.name ?? "unknown")", path: "global/pg_control",
                offset: standby.controlOffset(of: ControlFile.Fields.state), node: "standby")
            ],
            remedy: "Give the directory as the standby's server has it, with its signal file.")
        ]
      )
    }
  }

  /// A03: a primary that is none. Of a directory the control file decides: a primary that was stopped stays one until its next
  /// start, whatever its signal files say. A base backup never was one, whatever its copy of the control file says.
  static func noPrimary(_ evidence: Evidence) -> Finding? {
    if evidence.positionsAreLive {
      guard evidence.role != .primary else { return nil }
      return Finding(
        .a03, "The server given as primary is in recovery itself; its slots are not those that consumers use.",
        facts: [Fact("in recovery", path: "pg_is_in_recovery()", node: "primary")],
        remedy: "Give the primary as --primary.")
    }
    if evidence.startFiles.backupLabelPresent,
      evidence.role != .primary || (evidence.version ?? .oldest).has(.onlyOnlineBackups)
    {
      return Finding(
        .a03, "The directory given as primary's is a base backup, which has no slots.",
        facts: [Fact("present", path: "backup_label", node: "primary")],
        remedy: "Give the primary as --primary.")
    }
    guard let control = evidence.control, [.shutDownInRecovery, .inArchiveRecovery].contains(control.value.state) else {
      return nil
    }
    return Finding(
      .a03, "The server given as primary was in recovery itself; its slots are not those that consumers use.",
      facts: [Fact("in recovery", path: control.path, node: "primary")],
      remedy: "Give the primary as --primary; of a standby's standby it is the one at the head.")
  }

  /// A03: one node in both parts.
  static func sameNode(_ primary: Evidence, _ standby: Evidence) -> Finding? {
    let sources = [primary, standby].map { $0.origin.source.split(separator: "/", omittingEmptySubsequences: true) }
    guard primary.filesAreKnown == standby.filesAreKnown, primary.origin.host == standby.origin.host,
      !sources[0].isEmpty, sources[0] == sources[1]
    else { return nil }
    return Finding(
      .a03, "Primary and standby are the same node: \(primary.origin.source).",
      facts: [Fact("given twice", path: ".", node: "standby")],
      remedy: "Give the primary as --primary and the standby as --standby.")
  }

  /// A server gives histories over the replication protocol alone; nil for everything else.
  private static func historyRemedy(_ problem: Problem, _ evidence: Evidence) -> String? {
    guard problem.subject == "timeline_history", let role = evidence.server?.asked.role else { return nil }
    let name = (try? SQLText.identifier(role)) ?? "…"
    return
      "Servers give histories to roles with REPLICATION only: ALTER ROLE \(name) REPLICATION; and pg_hba.conf must "
      + "let it connect for replication."
  }

  /// What must be readable on either node, whatever is asked.
  static func readable(_ evidence: Evidence, node: String) -> [Finding] {
    var findings: [Finding] = []
    let grave = ["control_file", "version_file", "timeline_history", "slot_folder", Problem.startFile]
    for problem in evidence.problems where grave.contains(problem.subject) {
      findings.append(
        Finding(
          .a04, "\(problem.path) of the \(node) cannot be read: \(problem.cause.sentence)",
          facts: [Fact(problem.cause.sentence, path: problem.path, offset: problem.cause.offset, node: node)],
          remedy: historyRemedy(problem, evidence)))
    }
    if !evidence.isReadable, findings.isEmpty {
      findings.append(
        Finding(
          .a04, "The \(node)'s control file or version cannot be read.",
          facts: [Fact("unreadable", path: "global/pg_control", node: node)]))
    }
    guard findings.isEmpty else { return findings }
    if let timeline = evidence.currentTimeline, timeline.rawValue > 1,
      !evidence.timelines.contains(where: { $0.value.timeline == timeline })
    {
      findings.append(
        Finding(
          .a02, "The \(node) is on timeline \(timeline), but its history file is missing.",
          facts: [Fact("missing", path: historyPath(evidence, timeline), node: node)],
          remedy: "Copy \(timeline.hex).history from an archive or another node into the WAL folder."))
    }
    guard let end = evidence.wal.end, let control = evidence.control?.value else {
      let problem = evidence.problem(with: "wal")
      findings.append(
        Finding(
          .a04, "Where the \(node)'s WAL ends could not be found.",
          facts: [
            Fact(
              problem?.cause.sentence ?? "no valid WAL", path: problem?.path ?? evidence.wal.path ?? "pg_wal",
              node: node)
          ]))
      return findings
    }
    let reached = max(control.minRecoveryPoint, control.checkpoint.redo)
    if end.lsn < reached {
      findings.append(
        Finding(
          .a04,
          "The \(node)'s WAL ends at \(end.lsn), before \(reached), which it had already reached: part of it is missing or damaged.",
          facts: [
            Fact(
              "reading stops: \(end.stop.reason.sentence)", path: end.path ?? evidence.wal.path ?? "pg_wal",
              offset: end.offset, node: node),
            Fact("reached \(reached)", path: "global/pg_control", node: node),
          ]))
    }
    return findings
  }

  /// Two nodes of one history tell the same of every timeline that both know.
  private static func historiesDiffer(_ primary: Evidence, _ standby: Evidence) -> Finding? {
    for mine in primary.timelines {
      guard let other = standby.timelines.first(where: { $0.value.timeline == mine.value.timeline }) else { continue }
      let same =
        mine.value.ancestors.map(\.timeline) == other.value.ancestors.map(\.timeline)
        && mine.value.ancestors.map(\.switchPoint) == other.value.ancestors.map(\.switchPoint)
      guard !same else { continue }
      return Finding(
        .a02, "Timeline \(mine.value.timeline) has different histories on the two nodes.",
        facts: [Fact("differs", path: mine.path, node: "primary"), Fact("differs", path: other.path, node: "standby")])
    }
    return nil
  }

  private static func diverged(
    _ primary: TimelineID, _ standby: TimelineID, _ fork: LSN?, _ end: LSN
  ) -> Finding {
    let past = fork.map { " past \($0), where timeline \(primary) left it" } ?? ""
    return Finding(
      .a02, "The standby is on timeline \(standby)\(past), the primary on \(primary): they have diverged.",
      facts: [Fact("WAL to \(end) on timeline \(standby)", path: "pg_wal", node: "standby")])
  }

  private static func historyPath(_ evidence: Evidence, _ timeline: TimelineID) -> String {
    (evidence.wal.path ?? "pg_wal") + "/\(timeline.hex).history"
  }
}

extension Problem.Cause {
  var sentence: String {
    switch self {
    case .format(let error): error.sentence
    case .file(_, let message): message
    case .other(_, let message): message
    }
  }
  var offset: Int? { if case .format(let error) = self { error.offset } else { nil } }
}
