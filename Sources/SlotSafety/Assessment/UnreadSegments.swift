import Evidence
import PostgresFormat

/// Names every WAL segment of a node that could not be read: what rests on it is open elsewhere, and here is the file that would
/// settle it.
enum UnreadSegments {
  static let unit = RuleUnit(
    .note, .notes(findings), .alone { findings($0).first.map(Outcome.note) },
    rules: Rule(
      .a12Unread, .warning, "Every WAL segment that was asked for can be read.",
      "Make the file readable, or give an archive that has it (--archive)."))

  /// So many are named one by one.
  private static let limit = 20

  private static func findings(_ failover: Failover) -> [Finding] {
    let nodes = (failover.hasPrimary ? [("primary", failover.primary)] : []) + [("standby", failover.standby)]
    return nodes.flatMap { role, evidence in
      var seen: Set<String> = []
      return evidence.problems.filter { isSegment($0) && seen.insert($0.path).inserted }.prefix(limit).map { problem in
        Finding(
          .a12Unread, "The \(role)'s \(problem.path) cannot be read.",
          facts: [Fact(problem.cause.sentence, path: problem.path, node: role)])
      }
    }
  }

  private static func isSegment(_ problem: Problem) -> Bool {
    guard case .file = problem.cause, ["wal", Problem.walSegment].contains(problem.subject) else { return false }
    return SegmentName((problem.path.split(separator: "/").last ?? "").utf8.prefix(24)) != nil
  }
}
