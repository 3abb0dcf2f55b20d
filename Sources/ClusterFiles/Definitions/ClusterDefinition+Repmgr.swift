import PostgresFormat

extension ClusterDefinition {
  /// The node that repmgr's configuration is of; the others are found from it. A password in its conninfo is not kept.
  package init(repmgr path: String, text: [UInt8]) throws(DefinitionError) {
    // The same syntax as postgresql.conf, of which other tools' settings may be whatever they like.
    let statements = ConfigurationText(text).statements
    func value(_ name: String) throws(DefinitionError) -> ConfigurationText.Statement {
      guard let statement = statements.last(where: { $0.name == name }), !statement.value.isEmpty else {
        throw DefinitionError(
          path, "\(name) is missing", hint: "Files that it includes are not read: name the one that has it.")
      }
      return statement
    }
    let name = try value("node_name")
    guard Self.isName(name.value) else {
      throw DefinitionError(
        path, line: name.line, "expected a name of letters, digits, -, _ and . for node_name, found another")
    }
    self.init(name: name.value, path: path)
    let given = try value("conninfo")
    // What may be a secret goes; libpq takes it from .pgpass.
    let connection = SecretRedaction.redactingPassword(given.value)
    let parts = try? ConnectionString(connection)
    guard connection != SecretRedaction.withheldConnectionString, !connection.contains(SecretRedaction.withheldValue),
      ["host", "hostaddr", "service"].contains(where: { parts?[$0]?.isEmpty == false })
    else {
      throw DefinitionError(path, line: given.line, "expected a connection string with a host for conninfo, found none")
    }
    let folder = statements.last { $0.name == "data_directory" }?.value
    let folders = folder.flatMap { $0.hasPrefix("/") ? [$0] : nil } ?? []
    nodes = [Node(name: name.value, sources: [connection] + folders)]
    others = connection
  }
}
