import PostgresFormat

extension ClusterDefinition {
  /// What a definition's text says. Throws with the line, what was expected there and what was found.
  package init(name: String, path: String, text: [UInt8]) throws(DefinitionError) {
    self.init(name: name, path: path)
    let document: TOMLDocument
    do throws(TOMLDocument.Refusal) { document = try TOMLDocument(text) } catch {
      throw Self.error(path, error.line, error.expected, error.found)
    }
    for table in document.tables where !["nodes", "consumers"].contains(table.value) {
      throw Self.error(path, table.line, "the table [nodes] or [consumers]", "[\(table.value)]")
    }
    for entry in document.entries { try take(entry) }
    guard !nodes.isEmpty else {
      throw DefinitionError(
        path, "no node is defined", hint: "Name each in a table: [nodes], then db1 = \"host=db1 dbname=postgres\".")
    }
    var names: Set<String> = []
    if let twice = nodes.first(where: { !names.insert($0.name).inserted }) {
      throw DefinitionError(path, "two nodes are named \(twice.name)", hint: "Name the nodes in a table [nodes].")
    }
  }

  private mutating func take(_ entry: TOMLDocument.Entry) throws(DefinitionError) {
    switch (entry.table, entry.name) {
    case ("nodes"?, let name):
      guard Self.isName(name) else {
        throw Self.error(path, entry.line, "a name of letters, digits, -, _ and . for the node", name)
      }
      let sources = try sources(entry)
      guard !sources.isEmpty else { throw Self.error(path, entry.line, "a source of the node \(name)", "none") }
      nodes.append(Node(name: name, sources: sources))
    case ("consumers"?, let slot):
      guard case .string(let file) = entry.value else { throw mistaken(entry, "a file in quotes") }
      guard file.hasPrefix("/") else {
        throw Self.error(
          path, entry.line, "an absolute path of the file where the consumer of \(slot) stores its position", file)
      }
      consumers.append(Consumer(slotName: slot, file: file))
    case (nil, "nodes"):
      for (index, source) in try sources(entry).enumerated() {
        nodes.append(Node(name: Self.nodeName(of: source) ?? "node\(index + 1)", sources: [source]))
      }
    case (nil, "archives"):
      archives = try list(entry).map { (text) throws(DefinitionError) in
        guard text.value.hasPrefix("/") else { throw Self.error(path, text.line, "an absolute path", text.value) }
        return text.value
      }
    case (nil, "subscribers"): subscribers = try sources(entry)
    case (nil, "assume"): assumptions = try list(entry)
    case (_, let name):
      throw Self.error(
        path, entry.line, "nodes, archives, subscribers, assume, or the tables [nodes] and [consumers]", name)
    }
    for count in [nodes.count, consumers.count] where count > Self.limit {
      throw Self.error(path, entry.line, "at most \(Self.limit) of them", "more")
    }
  }

  /// Data directories, evidence files and connection strings. None of them may depend on where the command is run.
  private func sources(_ entry: TOMLDocument.Entry) throws(DefinitionError) -> [String] {
    try list(entry).map { (text) throws(DefinitionError) in
      let source = text.value
      if source.hasPrefix("/") { return source }
      guard source.contains("=") || source.hasPrefix("postgresql://") || source.hasPrefix("postgres://") else {
        throw Self.error(path, text.line, "an absolute path or a connection string", source)
      }
      guard !SecretRedaction.holdsSecret(source) else {
        throw DefinitionError(
          path, line: text.line,
          "expected a connection string without a password, found one that has, or may have, one",
          hint: "Put the password into ~/.pgpass, or the whole connection into a service (service=NAME).")
      }
      return source
    }
  }

  /// A string, or a list of strings.
  private func list(_ entry: TOMLDocument.Entry) throws(DefinitionError) -> [TOMLDocument.Text] {
    let list: [TOMLDocument.Text]
    switch entry.value {
    case .string(let text): list = [TOMLDocument.Text(text, line: entry.line)]
    case .strings(let texts): list = texts
    default: throw mistaken(entry, "a string in quotes, or a list of them")
    }
    for text in list where text.value.isEmpty || text.value.unicodeScalars.contains("\0") {
      throw Self.error(path, text.line, "text between the quotes of \(entry.name)", "none")
    }
    guard list.count <= Self.limit else {
      throw Self.error(path, entry.line, "at most \(Self.limit) of them", "\(list.count)")
    }
    return list
  }

  private func mistaken(_ entry: TOMLDocument.Entry, _ expected: String) -> DefinitionError {
    let found =
      switch entry.value {
      case .string: "a string"
      case .strings: "a list"
      case .boolean(let value): "\(value)"
      case .integer(let value): "the number \(value)"
      }
    return Self.error(path, entry.line, "\(expected) for \(entry.name)", found)
  }

  /// What a source calls itself: the host or service of a connection string, the last part of a path. nil where that is no name.
  package static func nodeName(of source: String) -> String? {
    var name: Substring?
    if source.hasPrefix("/") {
      name = source.split(separator: "/").last
      if let whole = name, whole.hasSuffix(".json"), whole.count > 5 { name = whole.dropLast(5) }
    } else if let connection = try? ConnectionString(source) {
      let host = ["service", "host", "hostaddr"].lazy.compactMap { connection[$0] }.first { !$0.isEmpty }
      name = host.map { $0.split(separator: "/").last ?? Substring($0) }
    }
    return name.map(String.init).flatMap { isName($0) ? $0 : nil }
  }

  private static func error(_ path: String, _ line: Int, _ expected: String, _ found: String) -> DefinitionError {
    DefinitionError(path, line: line, "expected \(expected), found \(found)")
  }
}
