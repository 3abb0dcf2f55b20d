package import PostgresFormat

/// Why no plan is made from this evidence.
package enum PlanRefusal: Error, Sendable, Hashable {
  /// The nodes cannot be compared, or what they say proves nothing: the same answer as the audit's.
  case refused(Admission.Refusal)
  /// Which server a script is for cannot be told.
  case unreadable(PlanNode)
  /// The way that the operator asks for needs the standby still to be one.
  case alreadyPromoted
  /// The way that the operator asks for needs a later version.
  case approachNeeds(ServerVersion, has: ServerVersion)
  /// What the standby lacks of the primary's WAL is nowhere: a sentence, and what to do.
  case cannotCatchUp(String, remedy: String)
  /// The standby's data pages are of another history: a sentence, and what to do.
  case otherHistory(String, remedy: String)
  /// What a file says cannot be put into a script.
  case unsafeName(QuotingError)

  /// Whether more evidence would settle it, rather than another pair of nodes.
  package var isLackOfEvidence: Bool {
    switch self {
    case .unreadable, .refused: true
    default: false
    }
  }

  /// What to do about it.
  package var hint: String? {
    switch self {
    case .unreadable: "See what inspect says about that source."
    case .refused(let refusal): refusal.hint
    case .alreadyPromoted, .approachNeeds: "Leave out --approach to have the way that is possible."
    case .cannotCatchUp(_, let remedy), .otherHistory(_, let remedy): remedy
    case .unsafeName: "Such a name is damage or forgery; nothing of it goes into a script."
    }
  }

  /// One sentence, without a stop. Names from files stand in it as they are.
  package var message: String {
    switch self {
    case .unreadable(let node): "the \(node.rawValue)'s control file or version could not be read"
    case .refused(let refusal): refusal.message
    case .alreadyPromoted: "the standby has been promoted; slots can only be made on it as the new primary"
    case .approachNeeds(let first, let has): "that way needs PostgreSQL \(first); these nodes are \(has)"
    case .cannotCatchUp(let sentence, _), .otherHistory(let sentence, _):
      // A clause, as the others are.
      sentence.prefix(1).lowercased() + sentence.dropFirst().dropLast()
    case .unsafeName(.slotName(let name)): "a state file names a slot that no server makes: \(name)"
    case .unsafeName(.pluginName(let name)): "a state file names a plugin that is not a library's plain name: \(name)"
    case .unsafeName(.zeroByte): "a name has a zero byte"
    case .unsafeName(.empty): "a name is empty"
    case .unsafeName(.placeholder(let name)): "a template has no text for a place, or no place for a text: \(name)"
    }
  }
}
