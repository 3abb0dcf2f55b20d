import ClusterFiles
import Evidence
import PostgresFormat
import Reporting
import SlotSafety

/// The nodes of a cluster, read, and who is who among them.
struct ClusterNodes {
  /// One node, and the source that answered.
  struct Node {
    var name: String
    /// The one that could be read, else the first.
    var source: String
    var evidence: Evidence?
    /// Why the first source could not be read.
    var failure: String?

    /// Something newer may be true of it.
    var isCaptured: Bool { evidence != nil && EvidenceFile.isOne(source) }
  }

  var nodes: [Node]
  var roles: ClusterRoles
  /// What a running primary said when it was asked again after the others; nil for others.
  var primaryLater: Evidence?

  /// Reads each by the first of its sources that can be read, and whoever is found from them where the definition does not name all.
  init(
    _ definition: ClusterDefinition,
    by read: (String) throws -> Evidence = { try Source($0).gather() }
  ) {
    (nodes, roles) = (definition.nodes.map { Self.read($0, by: read) }, ClusterRoles([]))
    if let others = definition.others { addOthers(others, without: definition.leftOut, by: read) }
    roles = ClusterRoles(nodes.compactMap(\.evidence))
    if let primary, Source.isServer(primary.source), !standbys.isEmpty {
      primaryLater = try? read(primary.source)
    }
  }

  static func read(_ member: ClusterDefinition.Node, by read: (String) throws -> Evidence) -> Node {
    var node = Node(name: member.name, source: member.sources.first ?? "", evidence: nil, failure: nil)
    for source in member.sources {
      do {
        node.evidence = try read(source)
        node.source = source
        return node
      } catch {
        let failure = (error as? CommandFailure)?.message ?? "\(error)"
        node.failure = node.failure ?? Terminal.scrubbed(message: failure)
      }
    }
    return node
  }

  /// Those that could be read, in the order of ``ClusterRoles/roles``.
  var read: [Node] { nodes.filter { $0.evidence != nil } }

  var primary: Node? { roles.primary.map { read[$0] } }
  var standbys: [Node] { roles.standbys.map { read[$0] } }
  var formerPrimaries: [Node] { roles.formerPrimaries.map { read[$0] } }

  /// By their sources: what has been read need not be read again.
  var evidence: [String: Evidence] {
    Dictionary(read.compactMap { node in node.evidence.map { (node.source, $0) } }) { first, _ in first }
  }
}

/// What a command that takes two nodes, or more, is to look at, found out from a cluster's definition.
struct ClusterSources {
  var definition: ClusterDefinition
  var nodes: ClusterNodes
  /// nil where the primary was left out.
  var primary: String?
  /// At least one.
  var standbys: [String]
  /// Who is who: a clause for whoever asked.
  private(set) var finding: String

  /// Which question is asked where both can be: of the promotion that was, or of the one that may come.
  enum Question { case next, last }

  /// Reads the nodes. Ends the command where one cannot be read, as it might be the primary, and where the rest does not show one
  /// primary and a standby.
  init(_ name: String, _ options: ClusterOptions, asking question: Question) throws {
    definition = try options.definition(of: name)
    try definition.leaveOut(options.without)
    nodes = ClusterNodes(definition)
    if let unread = nodes.nodes.first(where: { $0.evidence == nil }) {
      throw CommandFailure(
        "node \(unread.name) of \(name): \(unread.failure ?? "it could not be read")",
        hint:
          "What it is now decides who the primary is. Give it a second source in \(definition.path), such as a capture; or"
          + " leave it out, if it is neither the primary nor to take over: --without \(unread.name)")
    }
    if nodes.roles.rivals.count > 1 {
      let read = nodes.read
      let names = nodes.roles.rivals.map { read[$0].name }.joined(separator: " and ")
      throw CommandFailure(
        "\(names) of \(name) are primaries, and none of them was promoted from another",
        hint: "Leave out the one that is not to be used (--without), or name the nodes (--primary, --standby).")
    }
    let (former, present, standbys) = (nodes.formerPrimaries, nodes.primary, nodes.standbys)
    if let present, let old = former.last, question == .last || standbys.isEmpty {
      (primary, self.standbys) = (old.source, [present.source])
      finding = ("\(old.name) was the primary, \(present.name) was promoted from it")
    } else {
      guard !standbys.isEmpty else {
        throw CommandFailure(
          "no node of \(name) is a standby that follows the primary",
          hint: "See what each of them is: slotscope status \(name)")
      }
      (primary, self.standbys) = (present?.source, standbys.map(\.source))
      let names = standbys.map(\.name).joined(separator: ", ")
      finding = (present.map { "\($0.name) is the primary; standbys: \(names)" } ?? "no primary; standbys: \(names)")
    }
  }

  /// On standard error: the answer does not say how its nodes were found.
  func say() { Terminal.writeError("slotscope: \(finding)\n") }
}

extension ClusterDefinition {
  /// Without the nodes of these names.
  mutating func leaveOut(_ names: [String]) throws(CommandFailure) {
    for name in names {
      if others != nil { leftOut.insert(name) }
      guard others != nil || nodes.contains(where: { $0.name == name }) else {
        throw CommandFailure(
          "\(self.name) has no node \(name) (--without)",
          hint: "Its nodes are \(nodes.map(\.name).joined(separator: ", ")).", status: .usage)
      }
      nodes.removeAll { $0.name == name }
    }
  }

  /// The premises that it gives: those only that can hold all the time.
  func premises() throws(CommandFailure) -> [Premise] {
    var premises: [Premise] = []
    let standing = Premise.assumable.filter { $0 != .primaryDown && $0 != .consumerStopped }
    for assumption in assumptions {
      guard let premise = Premise(rawValue: assumption.value), standing.contains(premise) else {
        let expected = standing.map(\.rawValue).joined(separator: ", ")
        throw CommandFailure(
          DefinitionError(
            path, line: assumption.line, "expected one of \(expected), found \(assumption.value)",
            hint: Premise(rawValue: assumption.value) == nil
              ? nil : "It holds at one moment only: say it when you ask (--assume \(assumption.value))."))
      }
      premises.append(premise)
    }
    return premises
  }
}

extension AuditSources {
  /// The nodes of a cluster in the place of named ones.
  mutating func take(_ sources: ClusterSources) throws {
    (primary, standbys, known) = (sources.primary, sources.standbys, sources.nodes.evidence)
    knownLater = primary == sources.nodes.primary?.source ? sources.nodes.primaryLater : nil
    try add(sources.definition)
  }

  /// Adds what the definition says beside the nodes; what was given with the command comes first.
  mutating func add(_ definition: ClusterDefinition) throws {
    subscribers += definition.subscribers.filter { !subscribers.contains($0) }
    archives += definition.archives.filter { !archives.contains($0) }
    let premises = try definition.premises()
    word?.assume += premises
    for consumer in definition.consumers
    where consumers?.consumer.contains(where: { $0.slot == consumer.slotName }) != true {
      consumers?.consumer.append(try ConsumerArgument("\(consumer.slotName)=\(consumer.file)"))
    }
  }
}
