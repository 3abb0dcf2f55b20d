package import PostgresFormat

/// Why no plan is made from this evidence.
package enum PlanRefusal: Error, Sendable, Hashable {
  /// The control file or the version of a node could not be read, so no script could tell the right server.
  case unreadable(PlanNode)
  /// 17 against 16: slots do not go from one major version to another.
  case versionsDiffer(primary: ServerVersion, standby: ServerVersion)
  case systemsDiffer(primary: UInt64, standby: UInt64)
  /// The directory given as the primary's would start as a standby.
  case primaryIsStandby
  /// The directory given as the standby's has neither a signal file nor a newer timeline than the primary.
  case standbyIsNoStandby
  /// The standby's timeline is none of the primary's history, nor the other way round.
  case timelinesDiverge(primary: TimelineID, standby: TimelineID)
  /// The way that the operator asks for needs the standby still to be one.
  case alreadyPromoted
  /// The way that the operator asks for needs a later version.
  case approachNeeds(ServerVersion, has: ServerVersion)
  /// The catalogs and WAL records of a node may mean something else than what a plan is made from: the audit proves nothing.
  case unknownCatalogs(PlanNode, StrangeCatalogs)
  /// What the standby lacks of the primary's WAL is nowhere: a sentence, and what to do.
  case cannotCatchUp(String, remedy: String)
  /// What a file says cannot be put into a script.
  case unsafeName(QuotingError)

  /// Whether more evidence would settle it, rather than another pair of nodes.
  package var isLackOfEvidence: Bool {
    switch self {
    case .unreadable, .unknownCatalogs: true
    default: false
    }
  }

  /// What to do about it.
  package var hint: String? {
    switch self {
    case .unreadable: "See what inspect says about that source."
    case .versionsDiffer, .systemsDiffer, .standbyIsNoStandby: "Give a primary and a standby of the same cluster."
    case .primaryIsStandby: "Give the primary with --primary and its standby with --standby."
    case .timelinesDiverge: "The standby went another way: it has to be rewound or rebuilt."
    case .alreadyPromoted, .approachNeeds: "Leave out --approach to have the way that is possible."
    case .unknownCatalogs: StrangeCatalogs.remedy
    case .cannotCatchUp(_, let remedy): remedy
    case .unsafeName: "Such a name is damage or forgery; nothing of it goes into a script."
    }
  }

  /// One sentence, without a stop. Names from files stand in it as they are.
  package var message: String {
    switch self {
    case .unreadable(let node): "the \(node.rawValue)'s control file or version could not be read"
    case .versionsDiffer(let primary, let standby): "the primary is PostgreSQL \(primary), the standby \(standby)"
    case .systemsDiffer(let primary, let standby):
      "these are two clusters: the primary's system identifier is \(primary), the standby's \(standby)"
    case .primaryIsStandby: "the directory given as the primary's is a standby's"
    case .standbyIsNoStandby: "the directory given as the standby's is neither a standby's nor a promoted one's"
    case .timelinesDiverge(let primary, let standby):
      "the nodes have no common history: the primary is on timeline \(primary), the standby on \(standby)"
    case .alreadyPromoted: "the standby has been promoted; slots can only be made on it as the new primary"
    case .approachNeeds(let first, let has): "that way needs PostgreSQL \(first); these nodes are \(has)"
    case .unknownCatalogs(let node, let catalogs): catalogs.clause(of: "the \(node.rawValue)")
    case .cannotCatchUp(let sentence, _):
      // A clause, as the others are.
      sentence.prefix(1).lowercased() + sentence.dropFirst().dropLast()
    case .unsafeName(.slotName(let name)): "a state file names a slot that no server makes: \(name)"
    case .unsafeName(.pluginName(let name)): "a state file names a plugin that is not a library's plain name: \(name)"
    case .unsafeName(.zeroByte): "a name has a zero byte"
    case .unsafeName(.empty): "a name is empty"
    }
  }
}
