import PostgresFormat

/// Clusters that somebody else's files tell of: Patroni's, repmgr's, libpq's. They are read as they are, and nothing is written.
package struct ForeignDefinitions: Sendable {
  /// Files of services, and folders with Patroni's configuration, in the order in which they are looked at.
  private let (services, patroni): ([String], [String])

  /// `patroni` are files, and folders of which the entries that end in .yml or .yaml count.
  package init(services: [String], patroni: [String] = ["/etc/patroni.yml", "/etc/patroni"]) {
    (self.services, self.patroni) = (services, patroni)
  }

  /// The cluster of this name; nil where none of the files has it. What cannot be read is passed over: it is not the operator's word.
  package func definition(of name: String) throws(DefinitionError) -> ClusterDefinition? {
    for path in services {
      guard let bytes = try Self.read(path, limit: ServiceFile.sizeLimit) else { continue }
      if let found = try ServiceFile(path: path, text: bytes).definition(of: name) {
        try DefinitionFolder.check(path)
        return found
      }
    }
    for path in patroni.flatMap(Self.files) {
      guard let bytes = try? readWholeFile(path, limit: YAMLScalars.sizeLimit),
        let scope = try? YAMLScalars(bytes, at: [["scope"]])["scope"], scope.value == name
      else { continue }
      try DefinitionFolder.check(path)
      return try ClusterDefinition(patroni: path, text: bytes)
    }
    return nil
  }

  private static func files(_ path: String) -> [String] {
    guard (try? FileStatus(path: path))?.kind == .directory else { return [path] }
    let entries = (try? DirectoryListing(path: path, limit: 1000))?.entries ?? []
    return entries.filter { $0.nameIsExact && isYAML($0.name) }.map { "\(path)/\($0.name)" }
  }

  private static func isYAML(_ name: String) -> Bool { name.hasSuffix(".yml") || name.hasSuffix(".yaml") }

  /// nil where there is no such file, or it may not be read.
  private static func read(_ path: String, limit: Int) throws(DefinitionError) -> [UInt8]? {
    do throws(FileError) { return try readWholeFile(path, limit: limit) } catch {
      guard error.isMissing || error.isRefusal else { throw DefinitionError(path, error.message) }
      return nil
    }
  }

  /// Whether a word in the place of a cluster's name is a file of Patroni or repmgr.
  package static func isFile(_ text: String) -> Bool {
    text.contains("/") && (isYAML(text) || text.hasSuffix(".conf"))
  }

  /// The cluster of such a file.
  package static func definition(in path: String) throws(DefinitionError) -> ClusterDefinition {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    guard !name.hasSuffix("pg_service.conf") else {
      throw DefinitionError(
        path, "has the services of many clusters",
        hint: "Give the name of one: the hosts of the service NAME, or the services NAME-…, are its nodes.")
    }
    let bytes: [UInt8]
    do throws(FileError) { bytes = try readWholeFile(path, limit: YAMLScalars.sizeLimit) } catch {
      throw DefinitionError(path, error.message)
    }
    try DefinitionFolder.check(path)
    return isYAML(name)
      ? try ClusterDefinition(patroni: path, text: bytes) : try ClusterDefinition(repmgr: path, text: bytes)
  }
}
