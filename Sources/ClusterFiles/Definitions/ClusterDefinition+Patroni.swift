import PostgresFormat

extension ClusterDefinition {
  private static let places: Set<[String]> = [
    ["scope"], ["name"], ["postgresql", "connect_address"], ["postgresql", "data_dir"],
  ]

  /// The node that Patroni's configuration is of; the others are found from it. Nothing else of the file is kept: it has passwords.
  package init(patroni path: String, text: [UInt8]) throws(DefinitionError) {
    let values: YAMLScalars
    do throws(YAMLScalars.Refusal) { values = try YAMLScalars(text, at: Self.places) } catch {
      throw DefinitionError(path, line: error.line, "expected \(error.expected), found \(error.found)")
    }
    func value(_ place: String...) throws(DefinitionError) -> YAMLScalars.Scalar {
      guard let scalar = values.values[place] else {
        throw DefinitionError(
          path, "\(place.joined(separator: ".")) is missing",
          hint: "Where Patroni has it from its environment, define the cluster in clusters.d/NAME.toml.")
      }
      return scalar
    }
    func name(_ place: String) throws(DefinitionError) -> String {
      let scalar = try value(place)
      guard Self.isName(scalar.value) else {
        throw DefinitionError(
          path, line: scalar.line, "expected a name of letters, digits, -, _ and . for \(place), found another")
      }
      return scalar.value
    }
    self.init(name: try name("scope"), path: path)
    let address = try value("postgresql", "connect_address")
    guard let (host, port) = Self.hostAndPort(address.value) else {
      throw DefinitionError(
        path, line: address.line, "expected HOST:PORT for postgresql.connect_address, found something else")
    }
    let connection = "host=\(host) port=\(port) dbname=postgres"
    let folder = values["postgresql", "data_dir"]?.value
    nodes = [
      Node(name: try name("name"), sources: [connection] + (folder?.hasPrefix("/") == true ? [folder ?? ""] : []))
    ]
    others = connection
  }

  /// `db1`, `db1:5433`, `[::1]:5432`; nil for all that cannot stand in a connection string as it is.
  private static func hostAndPort(_ text: String) -> (host: Substring, port: UInt16)? {
    var (host, port) = (text[...], "5432"[...])
    if text.hasPrefix("["), let close = text.firstIndex(of: "]") {
      host = text[text.index(after: text.startIndex)..<close]
      let rest = text[text.index(after: close)...]
      guard rest.isEmpty || rest.first == ":" else { return nil }
      if !rest.isEmpty { port = rest.dropFirst() }
    } else if let colon = text.firstIndex(of: ":") {
      (host, port) = (text[..<colon], text[text.index(after: colon)...])
    }
    guard let number = UInt16(port), isHost(host) else { return nil }
    return (host, number)
  }

  /// Whether it is a host's name or address that needs no quotes in a connection string.
  package static func isHost(_ text: some StringProtocol) -> Bool {
    (1...255).contains(text.utf8.count) && !text.hasPrefix("-")
      && text.utf8.allSatisfy { isPlain($0) || "-_.:%".utf8.contains($0) }
  }
}
