import PostgresFormat

/// libpq's services, as far as they tell which nodes a cluster has. Passwords and all else stay in the file, for libpq alone.
package struct ServiceFile: Sendable {
  /// `[name]` and what is of interest below it.
  struct Service: Sendable, Hashable {
    var name: String
    var values: [String: String] = [:]

    func list(_ key: String) -> [String] {
      (values[key] ?? "").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    /// Any server that it leads to will do, not only one that is in a certain state.
    var isOfOneNode: Bool { ["", "any"].contains(values["target_session_attrs"] ?? "") && list("host").count == 1 }
  }

  /// The file.
  package let path: String
  /// In the order of the file.
  let services: [Service]

  private static let keys: Set<String> = ["host", "hostaddr", "port", "target_session_attrs"]
  /// Bytes of a file that is read.
  package static let sizeLimit = 1 << 20

  /// Lines that are neither a name in brackets nor one of the few keywords are libpq's.
  package init(path: String, text: [UInt8]) {
    self.path = path
    var services: [Service] = []
    for line in text.split(separator: UInt8(ascii: "\n")) {
      let words = String(decoding: line.filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
      let trimmed = words.drop { $0 == " " || $0 == "\t" }
      if trimmed.first == "[" {
        services.append(Service(name: String(trimmed.dropFirst().prefix { $0 != "]" })))
      } else if let equals = trimmed.firstIndex(of: "="), trimmed.first != "#", !services.isEmpty {
        let key = String(trimmed[..<equals])
        guard Self.keys.contains(key) else { continue }
        services[services.count - 1].values[key] = String(trimmed[trimmed.index(after: equals)...])
      }
    }
    self.services = services
  }

  /// Where libpq looks, in its order: the user's file, then the machine's. The environment is handed in.
  package static func places(environment: (String) -> String?) -> [String] {
    let own = environment("PGSERVICEFILE") ?? environment("HOME").map { $0 + "/.pg_service.conf" }
    let folders =
      environment("PGSYSCONFDIR").map { [$0] } ?? ["/etc/postgresql-common", "/etc", "/etc/sysconfig/pgsql"]
    return ([own].compactMap { $0 } + folders.map { $0 + "/pg_service.conf" }).filter { $0.hasPrefix("/") }
  }

  /// The cluster of this name: the hosts of the service NAME, or the services `NAME-…`, `NAME_…` and `NAME.…`, a node each. nil where
  /// there is neither. A service with one host is one node, from which the others are found.
  package func definition(of name: String) throws(DefinitionError) -> ClusterDefinition? {
    var definition = ClusterDefinition(name: name, path: path)
    let members = services.filter { service in
      service.name.hasPrefix(name) && service.name.dropFirst(name.count).first.map { "-_.".contains($0) } == true
        && service.isOfOneNode
    }
    definition.nodes = members.compactMap { service in
      let own = String(service.name.dropFirst(name.count + 1))
      guard ClusterDefinition.isName(own), ClusterDefinition.isName(service.name) else { return nil }
      return ClusterDefinition.Node(name: own, sources: ["service=\(service.name)"])
    }
    if definition.nodes.isEmpty {
      guard let service = services.first(where: { $0.name == name }), ClusterDefinition.isName(name) else { return nil }
      let hosts = service.list("host")
      guard hosts.count == 1 || hosts.allSatisfy(ClusterDefinition.isHost) && service.values["hostaddr"] == nil else {
        throw DefinitionError(
          path, "the service \(name) has no list of host names and ports that could be its nodes",
          hint: "Make a service for each node, named \(name)-NODE.")
      }
      definition.nodes = try nodes(of: service, hosts)
      if hosts.count == 1 { definition.others = "service=\(name) target_session_attrs=any" }
    }
    guard definition.nodes.count <= ClusterDefinition.limit else {
      throw DefinitionError(path, "more than \(ClusterDefinition.limit) nodes are named")
    }
    return definition
  }

  private func nodes(of service: Service, _ hosts: [String]) throws(DefinitionError) -> [ClusterDefinition.Node] {
    let ports = service.list("port")
    guard ports.count == 1 || ports.count == hosts.count, ports.allSatisfy({ $0.isEmpty || UInt16($0) != nil }) else {
      throw DefinitionError(path, "the service \(service.name) has \(ports.count) ports for \(hosts.count) hosts")
    }
    var names: Set<String> = []
    return hosts.enumerated().map { index, host in
      let port = ports[ports.count == 1 ? 0 : index]
      let name =
        ClusterDefinition.isName(host) && names.insert(host).inserted
        ? host : hosts.count == 1 ? service.name : "node\(index + 1)"
      let address = hosts.count == 1 ? "" : " host=\(host)" + (port.isEmpty ? "" : " port=\(port)")
      return ClusterDefinition.Node(name: name, sources: ["service=\(service.name)\(address) target_session_attrs=any"])
    }
  }
}
