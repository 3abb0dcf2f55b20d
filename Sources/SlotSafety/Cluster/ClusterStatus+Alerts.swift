import Evidence
import PostgresFormat

extension ClusterStatus {
  /// What the roles and the sources themselves show.
  static func alerts(
    _ members: [Member], _ roles: ClusterRoles, _ nodes: [Node], _ afterwards: Assessment?
  ) -> [Alert] {
    var alerts: [Alert] = []
    let read = members.filter { $0.evidence != nil }
    for member in members where member.evidence == nil {
      alerts.append(
        Alert(
          severity: .error, node: member.name, rule: "node-unread", slotName: nil,
          message: ended("It could not be read: \(member.failure ?? "nothing is known of it")"),
          remedy: "What it is, and how far, is open until it can be read."))
    }
    if roles.rivals.count > 1 {
      let names = roles.rivals.filter { $0 < read.count }.map { read[$0].name }
      alerts.append(
        Alert(
          severity: .error, node: nil, rule: "several-primaries", slotName: nil,
          message: "\(names.joined(separator: " and ")) are primaries, and none of them was promoted from another.",
          remedy:
            "Fence all of them but the one that clients are to use; \"slotscope timeline\" shows where they parted."))
    }
    let present = roles.primary.flatMap { $0 < read.count ? read[$0].name : nil } ?? "another node"
    for (index, role) in roles.roles.enumerated() where index < read.count {
      let member = read[index]
      switch role {
      case .formerPrimary(let fork):
        let runs = member.evidence?.isRunning == true && !member.isCaptured
        alerts.append(
          Alert(
            severity: runs ? .error : .warning, node: member.name, rule: runs ? runsBesides : "former-primary",
            slotName: nil,
            message: runs
              ? "It still runs as a primary, although \(present) was promoted at \(fork): what clients write there is lost to the cluster."
              : "It was the primary until \(present) was promoted at \(fork).",
            remedy: runs ? "Fence it." : "How it comes back: \"slotscope rejoin\"."))
      case .apart(let reason):
        alerts.append(
          Alert(
            severity: .warning, node: member.name, rule: "node-apart", slotName: nil, message: sentence(reason),
            remedy: nil))
      case .primary, .standby: break
      }
      if member.isCaptured {
        let time = member.evidence?.origin.gatheredAt.map { " at \($0)" } ?? ""
        let reason = member.failure.map { ", because the node itself could not be read: \($0)" } ?? ""
        alerts.append(
          Alert(
            severity: member.failure == nil ? .info : .warning, node: member.name, rule: "node-captured", slotName: nil,
            message: ended("What is known of it was captured\(time)\(reason)"), remedy: nil))
      }
    }
    if let afterwards {
      for finding in afterwards.findings where finding.severity == .error || finding.rule == .rejoinWillBlock {
        alerts.append(Alert(finding, node: finding.rule == .rejoinWillBlock ? nil : present))
      }
    }
    return alerts
  }

  /// What speaks against the best candidate.
  static func alerts(_ best: Assessment) -> [Alert] {
    best.findings.filter { $0.severity > .info }.map { Alert($0, node: nil) }
  }

  /// What is wrong with a node by itself.
  static func alerts(_ member: Member, _ role: ClusterRoles.Role) -> [Alert] {
    guard let evidence = member.evidence, role == .primary || role == .standby else { return [] }
    return Inspection(evidence).findings.filter { $0.severity > .info }.map { Alert($0, node: member.name) }
  }

  private static func sentence(_ clause: String) -> String {
    ended(clause.hasPrefix("is ") ? "It \(clause)" : clause)
  }

  /// What others say may end as a sentence already.
  private static func ended(_ text: String) -> String {
    let sentence = text.hasSuffix("?.") ? String(text.dropLast()) : text
    return sentence.last.map { ".?!]".contains($0) } == true ? sentence : sentence + "."
  }
}

extension ClusterStatus.Alert {
  /// A finding, and the node that it is about.
  init(_ finding: Finding, node: String?) {
    self.init(
      severity: finding.severity, node: node, rule: finding.ruleName, slotName: finding.slotName,
      message: finding.message, remedy: finding.remedy)
  }
}
