import ArgumentParser
import ClusterFiles
import Reporting
import SlotSafety

/// `--config` and `--without` of every command that takes a cluster by its name.
struct ClusterOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder with clusters.d/NAME.toml, in place of ~/.config/slotscope and /etc/slotscope.", valueName: "dir"))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "Leave out this node of the cluster: it is neither the primary nor a standby that could take over. Repeatable.",
      valueName: "cluster-node"))
  var without: [String] = []

  /// Where definitions are looked for, the operator's own before the machine's.
  static func folders(_ config: String?) -> [DefinitionFolder] {
    if let config { return [DefinitionFolder(config)] }
    let own =
      Terminal.environment("XDG_CONFIG_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
      ?? Terminal.environment("HOME").flatMap { $0.hasPrefix("/") ? $0 + "/.config" : nil }
    return (own.map { [DefinitionFolder($0 + "/slotscope")] } ?? []) + [DefinitionFolder("/etc/slotscope")]
  }

  var folders: [DefinitionFolder] { Self.folders(config) }

  /// Whether there is a definition of this name; one that cannot be taken is there, too.
  func isDefined(_ name: String) -> Bool {
    guard ClusterDefinition.isName(name) else { return ForeignDefinitions.isFile(name) }
    do {
      return try folders.contains { try $0.definition(of: name) != nil } || foreign?.definition(of: name) != nil
    } catch {
      return true
    }
  }

  /// Files of others; a folder that is given stands for itself alone.
  private var foreign: ForeignDefinitions? {
    config == nil ? ForeignDefinitions(services: ServiceFile.places(environment: Terminal.environment)) : nil
  }

  /// Reads it, or ends the command with a message that says where it was looked for.
  func definition(of name: String) throws(CommandFailure) -> ClusterDefinition {
    guard ClusterDefinition.isName(name) else {
      if ForeignDefinitions.isFile(name) {
        do throws(DefinitionError) { return try ForeignDefinitions.definition(in: name) } catch {
          throw CommandFailure(error)
        }
      }
      throw CommandFailure(
        "\(name) is no name of a cluster",
        hint: "Name the nodes (--primary SOURCE --standby SOURCE), or a cluster of clusters.d (--config).",
        status: .usage)
    }
    for folder in folders {
      do throws(DefinitionError) {
        if let definition = try folder.definition(of: name) { return definition }
      } catch { throw CommandFailure(error) }
    }
    do throws(DefinitionError) {
      if let definition = try foreign?.definition(of: name) { return definition }
    } catch { throw CommandFailure(error) }
    let names = (try? Self.names(folders)) ?? []
    let places = folders.map { "\($0.path)/clusters.d/\(name).toml" }.joined(separator: " nor ")
    throw CommandFailure(
      "there is no cluster \(name)", detail: "There is no file \(places).",
      hint: NearestNames.question(name, among: names)
        ?? (names.isEmpty
          ? "Define it in such a file, name the nodes, or give the file of Patroni or repmgr on a node (/etc/patroni.yml)."
          : "The clusters are \(names.prefix(12).joined(separator: ", "))\(names.count > 12 ? ", …" : "")."))
  }

  static let standsForAll = "the name of a cluster stands for its nodes; leave out --primary and --standby"

  /// The same words on another command line.
  static func words(_ cluster: String, _ options: ClusterOptions) -> String {
    let words =
      [cluster] + (options.config.map { ["--config", $0] } ?? []) + options.without.flatMap { ["--without", $0] }
    return words.map(ShellWord.quoted).joined(separator: " ")
  }

  /// Of all folders, each once.
  static func names(_ folders: [DefinitionFolder]) throws(DefinitionError) -> [String] {
    var names: Set<String> = []
    for folder in folders { names.formUnion(try folder.names()) }
    return names.sorted()
  }
}

extension CommandFailure {
  /// A definition that cannot be taken.
  init(_ error: DefinitionError) { self.init(error.text, hint: error.hint) }
}
