package import Evidence
import PostgresFormat

/// Whether a question about a failover can be asked at all. Every command starts from the same answer.
package enum Admission: Sendable {
  /// The two nodes may be compared.
  case admitted(Failover)
  /// No primary was given: only the standby's own slots can be judged, and none of them is ready.
  case standbyOnly(Failover)
  /// The nodes cannot be compared, or not be read.
  case refused(Refusal)

  /// Why there is no answer.
  package struct Refusal: Error, Sendable, Hashable {
    /// What stands against it, the decisive one first; never empty.
    package var findings: [Finding]

    init(_ findings: [Finding]) { self.findings = findings.told }

    /// One sentence for an operator, with the id of its rule.
    package var message: String { findings.first.map { "\($0.message) [\($0.id)]" } ?? "The nodes cannot be compared." }
    /// What to do about it.
    package var hint: String? { findings.first?.remedy }
  }

  /// The two nodes, for what must rest on proof: records of a node that reads like another release prove nothing.
  package func failover() throws(Refusal) -> Failover {
    switch self {
    case .admitted(let failover):
      if let finding = UnknownCatalogs.finding(of: failover) { throw Refusal([finding]) }
      return failover
    case .standbyOnly(let failover): throw Refusal([failover.missingPrimary])
    case .refused(let refusal): throw refusal
    }
  }
}

/// Which nodes, and what else is known: the question that a failover is established from.
package struct FailoverQuestion: Sendable {
  /// nil: the standby is judged alone, and nothing of it can be ready.
  package var primary: Evidence?
  /// The node that would take over, or has.
  package var standby: Evidence
  /// Other candidates, which would have to follow this standby.
  package var otherStandbys: [Evidence]
  /// Nodes whose replication origins tell how far the consumers are.
  package var subscribers: [Evidence]
  /// What consumers stored themselves.
  package var storedPositions: [StoredPosition] = []
  /// WAL of the primary's history from archives.
  package var archive: [WALStretch]
  /// What no file says.
  package var answers: OperatorAnswers
  /// The primary was looked at now: evidence that was captured earlier says nothing of what a running one did since.
  package var primaryIsPresent = true
  /// The sources of evidence that was put down earlier.
  package var captured: Set<String> = []
  /// What the standby's data pages say of the WAL; nil where none were looked at.
  package var pages: PageCheck?

  /// The WAL of all of them must have been read as ``WALDemand`` says.
  package init(
    primary: Evidence?, standby: Evidence, otherStandbys: [Evidence] = [], subscribers: [Evidence] = [],
    archive: [WALStretch] = [], answers: OperatorAnswers = OperatorAnswers()
  ) {
    (self.primary, self.standby, self.otherStandbys) = (primary, standby, otherStandbys)
    (self.subscribers, self.archive, self.answers) = (subscribers, archive, answers)
  }
}

extension Failover {
  /// The case, or why there is none.
  package static func establish(_ question: FailoverQuestion) -> Admission {
    guard let primary = question.primary else { return establishAlone(question) }
    let standby = question.standby
    if let finding = Identity.noPrimary(primary) ?? Identity.sameNode(primary, standby) {
      return .refused(Admission.Refusal([finding]))
    }
    let (relation, findings) = Identity.relation(primary: primary, standby: standby)
    guard let relation, let version = primary.version, let found = standby.wal.end?.lsn else {
      return .refused(Admission.Refusal(findings))
    }
    let common =
      switch relation {
      case .follows: found
      case .promoted(let fork): fork
      }
    if let finding = SameWAL.finding(primary, standby, before: common) {
      return .refused(Admission.Refusal([finding]))
    }
    guard case .follows = relation, let end = question.answers.promoteAt else {
      return .admitted(Failover(question, version: version, relation: relation, standbyEnd: common))
    }
    guard end <= found else {
      return .refused(
        Admission.Refusal([
          Finding(
            .a13PromoteAt, "The standby's WAL ends at \(found); it cannot be promoted at \(end).",
            facts: [Fact("WAL ends at \(found)", path: standby.wal.path ?? "pg_wal", node: "standby")])
        ]))
    }
    return .admitted(Failover(question, version: version, relation: relation, standbyEnd: end))
  }

  private static func establishAlone(_ question: FailoverQuestion) -> Admission {
    let standby = question.standby
    let unreadable = Identity.readable(standby, node: "standby")
    guard unreadable.isEmpty, standby.role == .standby, let version = standby.version, let end = standby.wal.end?.lsn
    else {
      let role = Finding(
        .a03, "Without a primary only a standby that was not promoted can be judged.",
        facts: [Fact("no standby.signal", path: ".", node: "standby")])
      return .refused(Admission.Refusal(unreadable.isEmpty ? [role] : unreadable))
    }
    let least = min(question.answers.promoteAt ?? end, end)
    return .standbyOnly(Failover(question, version: version, relation: .follows, standbyEnd: least))
  }

  /// What is said of a standby whose primary was not given.
  var missingPrimary: Finding {
    Finding(
      .a04NoPrimary, "Without the primary's files nobody can say which slots it had, and how far their consumers got.",
      facts: [Fact("no primary was given", path: standby.origin.source, node: "standby")])
  }
}
