import Evidence
import PostgresFormat

/// What must hold of the two nodes for any slot to go on.
enum NodeJudge {
  /// The judgements that fail, or may.
  static func judge(_ failover: FailoverCase) -> [Judgement] {
    [start(failover.standby)].compactMap { $0 } + ReplayToTheEnd.judge(failover)
      + [configuration(failover.standby), catalogs(failover)].compactMap { $0 }
  }

  /// What stands against the promotion itself where no logical slot speaks for a consumer; it changes no slot's verdict.
  static func judgeWithoutConsumers(_ failover: FailoverCase) -> [Judgement] {
    [LackingWAL.judge(failover), StandbysOwnSlot.judge(failover)].compactMap { $0 }
  }

  /// A03: a standby whose files stop its server's start, or may, takes nothing over.
  private static func start(_ standby: Evidence) -> Judgement? {
    guard standby.origin.kind == .dataDirectory, let obstacle = StartupObstacle.find(standby) else { return nil }
    let would = obstacle.isCertain ? "would" : "may"
    return .fails(
      .atRisk, "the standby \(would) not start again",
      [
        Finding(
          .a03, "The standby's server \(would) not start on these files: \(obstacle.message).",
          facts: [Fact(obstacle.message, path: obstacle.path ?? ".", node: "standby")],
          remedy: "Mend what the message names; \"slotscope inspect\" says more.")
      ])
  }

  /// A04: a recovery target, a limit or a list of plugins may stand in a file that was not read.
  private static func configuration(_ standby: Evidence) -> Judgement? {
    guard let problem = standby.problem(with: "configuration") else { return nil }
    return .fails(
      .unknown, "the standby's settings are not all known",
      [
        Finding(
          .a04, "The standby's settings are not all known: \(problem.path): \(problem.cause.sentence).",
          facts: [Fact(problem.cause.sentence, path: problem.path, node: "standby")],
          remedy:
            "Ask where the standby runs, as a user who may read that file, or give its server's connection string.")
      ])
  }

  /// A04: nothing is proven by files whose form is not known.
  private static func catalogs(_ failover: FailoverCase) -> Judgement? {
    StrangeCatalogs.finding(of: failover).map { .fails(.unknown, "catalog version of no known release", [$0]) }
  }
}
