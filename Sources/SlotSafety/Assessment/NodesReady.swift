import Evidence
import PostgresFormat

// What must hold of the two nodes for any slot to go on.

/// A standby whose files stop its server's start, or may, takes nothing over.
enum StandbyStart {
  static let unit = RuleUnit(
    .nodes, .everySlot(check),
    rules: Rule(
      .a03Start, .error, "The standby's files do not stop its server's start.",
      "Mend what the message names; \"slotscope inspect\" says more."))

  private static func check(_ failover: Failover) -> Outcome? {
    let standby = failover.standby
    guard standby.filesAreKnown else { return nil }
    guard let obstacle = StartupObstacle.find(standby, asWhole: !standby.isExcerpt, inPlace: false) else {
      return openFolders(standby)
    }
    let would = obstacle.isCertain ? "would" : "may"
    return .fails(
      .atRisk, "the standby \(would) not start again",
      Finding(
        .a03Start, "The standby's server \(would) not start on these files: \(obstacle.message).",
        facts: [Fact(obstacle.message, path: obstacle.path ?? ".", node: "standby")], remedy: obstacle.remedy))
  }

  /// No server makes a directory without them: what it would do, nobody has looked at.
  private static func openFolders(_ standby: Evidence) -> Outcome? {
    let missing = standby.isExcerpt ? [] : ServerStart(standby).missingFolders
    guard !missing.isEmpty else { return nil }
    let list = ServerStart.listed(missing)
    return .fails(
      .unknown, "whether the standby would start again is open",
      Finding(
        .a03Start,
        "Whether the standby's server would start on these files is open: \(list) \(missing.count == 1 ? "is" : "are") missing.",
        facts: [Fact("missing", path: missing[0], node: "standby")],
        remedy: "Copy the directory again as a whole, or give the standby's server."))
  }
}

/// A recovery target, a limit or a list of plugins may stand in a file that was not read.
enum StandbySettingsKnown {
  static let unit = RuleUnit(
    .nodes, .everySlot(check),
    rules: Rule(
      .a04Settings, .error, "The standby's configuration can be read.",
      "Ask where the standby runs, as a user who may read that file, or give its server's connection string."))

  private static func check(_ failover: Failover) -> Outcome? {
    guard let problem = failover.standby.problem(with: "configuration") else { return nil }
    return .fails(
      .unknown, "the standby's settings are not all known",
      Finding(
        .a04Settings, "The standby's settings are not all known: \(problem.path): \(problem.cause.sentence).",
        facts: [Fact(problem.cause.sentence, path: problem.path, node: "standby")]))
  }
}

extension Failover {
  /// Whether a setting of the standby is what was read: where a file of its configuration was not, no default holds for certain.
  func isKnownOnStandby(_ name: String) -> Bool {
    standby.problem(with: "configuration") == nil || standbySettings[name]?.isDefault == false
  }
}
