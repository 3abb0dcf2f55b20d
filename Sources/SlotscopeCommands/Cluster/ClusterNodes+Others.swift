import ClusterFiles
import Evidence
import PostgresFormat

extension ClusterNodes {
  /// A server that another one names: the one that it follows, or one that follows it.
  struct Neighbor: Equatable {
    /// What it calls itself; nil where it does not.
    var name: String?
    /// nil where it is connected over a socket, or the role may not see it.
    var host: String?
    /// nil: as that of the node that names it.
    var port: String?
  }

  /// Whoever streams from a node, and whom it streams from. Backups and consumers are no nodes.
  static func neighbors(of evidence: Evidence) -> [Neighbor] {
    var found: [Neighbor] = []
    let consumers = Set(evidence.slots.filter { $0.state?.isLogical == true }.compactMap { $0.activity?.activePID })
    for sender in evidence.server?.senders ?? [] {
      guard sender.state != "backup", sender.pid.map({ !consumers.contains($0) }) ?? true else { continue }
      let name = sender.applicationName.flatMap { $0.isEmpty || $0 == "walreceiver" ? nil : $0 }
      guard name.map({ !archivers.contains($0) }) ?? true else { continue }
      found.append(Neighbor(name: name, host: sender.clientAddress, port: nil))
    }
    // That of a primary is left over from the time when it was a standby.
    guard evidence.role == .standby else { return found }
    let settings = evidence.version.map { EffectiveSettings(evidence.settings, version: $0) }
    let text = evidence.server?.receiver?.connectionInfo ?? settings?.text("primary_conninfo") ?? ""
    guard let connection = try? ConnectionString(text) else { return found }
    func list(_ key: String) -> [String] { (connection[key] ?? "").split(separator: ",").map(String.init) }
    let (hosts, ports) = (list("host").isEmpty ? list("hostaddr") : list("host"), list("port"))
    for (index, host) in hosts.enumerated() {
      let port = ports.count == hosts.count ? ports[index] : ports.first
      found.append(Neighbor(name: nil, host: host, port: port ?? "5432"))
    }
    return found
  }

  /// Programs that stream WAL to a folder.
  private static let archivers: Set<String> = [
    "pg_receivewal", "pg_receivexlog", "pg_basebackup", "barman_receive_wal",
  ]

  /// Reads, beside the nodes of a definition that names one, those that are found from it, and from those.
  mutating func addOthers(_ connection: String, without leftOut: Set<String>, by read: (String) throws -> Evidence) {
    var asked: [Neighbor] = []
    var index = 0
    while index < nodes.count, nodes.count < ClusterDefinition.limit {
      defer { index += 1 }
      guard let evidence = nodes[index].evidence else { continue }
      // Of those on this machine only the number is known.
      var local = nodes.count { $0.evidence.map(Self.streamsOverSocket) ?? false }
      for neighbor in Self.neighbors(of: evidence) where nodes.count < ClusterDefinition.limit {
        if neighbor.host == nil, local > 0 {
          local -= 1
          continue
        }
        guard !asked.contains(neighbor), !isThere(neighbor) else { continue }
        asked.append(neighbor)
        let name = freeName(neighbor)
        guard !leftOut.contains(name) else { continue }
        guard let host = neighbor.host else {
          nodes.append(Node(name: name, source: "", evidence: nil, failure: "it streams, and its address is not known"))
          continue
        }
        let source = Self.source(connection, host: host, port: neighbor.port)
        var node = Self.read(ClusterDefinition.Node(name: name, sources: [source]), by: read)
        if let found = node.evidence, let known = nodes.firstIndex(where: { Self.isSame($0.evidence, found) }) {
          guard known == index else { continue }
          // Nobody streams from himself: it is at another port of the same machine.
          node.evidence = nil
          node.failure = "it streams from \(host), where \(nodes[index].name) itself answers"
        }
        nodes.append(node)
      }
    }
  }

  private static func streamsOverSocket(_ evidence: Evidence) -> Bool {
    let upstream = neighbors(of: evidence).last { $0.name == nil && $0.port != nil }
    return evidence.role == .standby && upstream?.host?.hasPrefix("/") == true
  }

  /// Whether it is a node that was read already, by its name and address.
  private func isThere(_ neighbor: Neighbor) -> Bool {
    nodes.contains { node in
      let host = node.evidence?.origin.host
      let address = try? ConnectionString(node.source)
      guard neighbor.host == host || neighbor.host == address?["host"] else { return false }
      return neighbor.name == node.name || neighbor.port != nil && neighbor.port == (address?["port"] ?? "5432")
    }
  }

  private func freeName(_ neighbor: Neighbor) -> String {
    let names = [neighbor.name, neighbor.host, neighbor.host.map { "\($0)-\(neighbor.port ?? "")" }].compactMap { $0 }
    let taken = Set(nodes.map(\.name))
    return names.first { ClusterDefinition.isName($0) && !taken.contains($0) } ?? "node\(nodes.count + 1)"
  }

  /// A running server is told from all others by its system and the moment of its start.
  private static func isSame(_ a: Evidence?, _ b: Evidence) -> Bool {
    guard let a, let start = a.server?.startedAt, start == b.server?.startedAt else { return false }
    return a.control?.value.systemIdentifier == b.control?.value.systemIdentifier
      && a.server?.dataDirectory == b.server?.dataDirectory
  }

  /// The same connection to another host; without a port to that of the first.
  private static func source(_ connection: String, host: String, port: String?) -> String {
    let own = (try? ConnectionString(connection))?.parameters ?? []
    let kept = own.filter { !["host", "hostaddr", "port"].contains($0.name) }
    let number = port ?? own.last { $0.name == "port" }?.value.split(separator: ",").first.map(String.init)
    let address = [("host", host)] + (number.map { [("port", $0)] } ?? [])
    return (kept.map { ($0.name, $0.value) } + address).map { name, value in
      guard value.isEmpty || value.contains(where: { $0.isWhitespace || "'\\".contains($0) }) else {
        return "\(name)=\(value)"
      }
      return "\(name)='\(value.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
    }.joined(separator: " ")
  }
}
