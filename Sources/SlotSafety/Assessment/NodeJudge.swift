import Evidence
import PostgresFormat

/// What must hold of the two nodes for any slot to go on.
enum NodeJudge {
  /// The judgements that fail, or may. `endIsGiven`: the operator has said where the standby's WAL ends.
  static func judge(_ failover: FailoverCase, endIsGiven: Bool) -> [Judgement] {
    [start(failover.standby)].compactMap { $0 } + ReplayToTheEnd.judge(failover, endIsGiven: endIsGiven)
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
    let nodes = failover.nodes.compactMap { name, evidence in
      StrangeCatalogs(evidence).map { (name: name, catalogs: $0) }
    }
    guard let first = nodes.first else { return nil }
    let finding = Finding(
      .a04, first.catalogs.sentence(of: nodes.count == 1 ? "The \(first.name)" : "Each of the two nodes"),
      facts: nodes.map { $0.catalogs.fact(node: $0.name) }, remedy: StrangeCatalogs.remedy)
    return .fails(.unknown, "catalog version of no known release", [finding])
  }
}
