import ArgumentParser
import ClusterFiles
import Evidence
import PostgresFormat
import Reporting
import SlotSafety

struct UpgradeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "upgrade",
    abstract: "Says what pg_upgrade would say of logical slots and subscriptions, and what to do first.",
    discussion: """
      Each logical slot: read to the end, or the first record that pg_upgrade counts as unread; invalid; dropped without a word \
      (from 16 and older). Subscriptions, their origins and the states of their tables; prepared transactions; limits, \
      wal_level and plugins of the new cluster.

      Exit codes: 0 pg_upgrade takes them as they are, 1 it would stop at something that can be put right first, 2 slots are \
      invalid or dropped, or tables are being copied, 3 that cannot be told.
      """)

  @Argument(
    help: ArgumentHelp("The old cluster: data directory, evidence file or connection string.", valueName: "source"))
  var old: String

  @Option(help: ArgumentHelp("The major version to upgrade to.", valueName: "major"), transform: Self.major)
  var to: ServerVersion

  @Option(
    help: ArgumentHelp("The new cluster, as initdb made it: data directory or connection string.", valueName: "source"))
  var new: String?

  @Option(
    help: ArgumentHelp(
      "The folder with the new version's libraries (pg_config --pkglibdir): whether its output plugins are installed.",
      valueName: "dir"))
  var libraries: String?

  @Option(help: OptionHelp.format)
  var format: DocumentFormat = .text

  @Flag(name: .shortAndLong, help: OptionHelp.findings)
  var verbose = false

  func run() throws {
    let source = try Source(old)
    let evidence = try source.gather()
    var question = UpgradeCase(old: evidence, new: try new.map { try Source($0).gather() }, to: to)
    question.installedPlugins = try libraries.map { try Self.plugins(of: evidence, in: $0) }
    if let directory = source.directory, let reader = UpgradeReader(evidence, directory: directory) {
      let progress = ProgressLine()
      defer { progress.finish() }
      question.unread = reader.read { position in progress.update("reading WAL: \(position)") }
    }
    if let new = question.new, let version = new.version, version != to {
      throw CommandFailure(
        "\(new.origin.source) is PostgreSQL \(version.name), and the upgrade is to \(to.name)",
        hint: "Give a cluster of that version, as its initdb made it (--new), or another version (--to).")
    }
    let upgrade = Upgrade(question)
    switch format {
    case .text: Terminal.write(UpgradeText.report(upgrade, style: Terminal.style, verbose: verbose))
    case .json: Terminal.write(document: UpgradeJSON.document(upgrade).serialized(pretty: true) + "\n")
    }
    try ExitStatus(upgrade).exit()
  }

  /// Those of the old cluster's slots that are installed in a folder.
  private static func plugins(of evidence: Evidence, in folder: String) throws -> Set<String> {
    let folder = try LibrariesArgument.folder(folder)
    let plugins = Set(evidence.slots.compactMap { $0.state?.plugin })
    return plugins.filter { !$0.isEmpty && folder.has($0) }
  }

  private static func major(_ text: String) throws -> ServerVersion {
    guard let version = ServerVersion(name: text) else {
      throw ValidationError("\"\(text)\" is not a major version of \(ServerVersion.supportedRange)")
    }
    return version
  }
}

extension ExitStatus {
  init(_ upgrade: Upgrade) {
    switch upgrade.findings.map(\.severity).max() {
    case .error?: self = .error
    case _ where upgrade.passes == nil: self = .unknown
    case .warning?: self = .warning
    case .info?, nil: self = .ready
    }
  }
}
