import Evidence
import PostgresFormat

/// Whether the nodes of a failover were given in the right places; what else may be wrong with them, the rules say.
enum NodeOrder {
  /// Throws where the primary is a standby and the standby a primary of one timeline: they were swapped.
  static func check(
    primary: (source: String, evidence: Evidence), standby: (source: String, evidence: Evidence)
  ) throws(CommandFailure) {
    let (first, second) = (primary.evidence, standby.evidence)
    guard isInRecovery(first), !isInRecovery(second), second.role == .primary,
      first.currentTimeline == second.currentTimeline,
      let system = first.control?.value.systemIdentifier, system == second.control?.value.systemIdentifier
    else { return }
    let (old, new) = (Source.shown(primary.source), Source.shown(standby.source))
    throw CommandFailure(
      "the nodes are swapped: \(old) is a standby, and \(new) a primary",
      hint: "Give them the other way round: --primary \(Source.quoted(standby.source)) "
        + "--standby \(Source.quoted(primary.source))")
  }

  /// What it did last, whatever its signal files say of its next start.
  private static func isInRecovery(_ node: Evidence) -> Bool {
    if let server = node.server { return server.role == .standby }
    return [.inArchiveRecovery, .shutDownInRecovery].contains(node.control?.value.state)
  }

  /// Throws where the position lies past the end of the standby's WAL as far as that is known.
  static func check(promoteAt position: LSN?, standby: Evidence) throws(CommandFailure) {
    guard let position, standby.server == nil, let end = standby.wal.end?.lsn, position > end else { return }
    throw CommandFailure(
      "the standby cannot be promoted at \(position) (--promote-at): its WAL ends at \(end)",
      hint: "Give a position up to that one, or let the standby receive the rest first.")
  }
}
