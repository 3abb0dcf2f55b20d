import ArgumentParser
import ClusterFiles
import PostgresFormat
import Reporting
import SlotSafety

struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Puts the answers of several runs over many clusters together.",
    discussion: """
      It takes the JSON lines that "slotscope audit" and "slotscope status" write with --all or --evidence, and any --shard I/N. \
      Of a cluster that is there twice the newer row counts; a file may have several runs in it. A part that is \
      missing or was cut off is said, and the verdict is unknown then.
      Exit codes: those of the worst cluster; 3 where something is missing.
      """)

  @Argument(help: ArgumentHelp("Files of JSON lines.", valueName: "file"))
  var files: [String]

  @Option(
    help: ArgumentHelp(
      "Take a row whose evidence was gathered longer ago for unknown: its age when it was asked and the time since.",
      valueName: "seconds"))
  var maxAge: Int64?

  @Option(help: "Output format: text, json (lines), prometheus or html.")
  var format: FleetFormat = .text

  @Option(name: .shortAndLong, help: OptionHelp.output)
  var output: String?

  @Option(help: FilePermissions.help)
  var mode: FilePermissions?

  @Flag(help: DocumentOutput.forceHelp)
  var force = false

  @Flag(name: .shortAndLong, help: "List the clusters that are ready, too.")
  var verbose = false

  func validate() throws {
    guard maxAge ?? 1 > 0 else { throw ValidationError("--max-age takes a number of seconds from 1 on") }
  }

  func run() throws {
    let now = DataDirectory.now
    var newest: [String: FleetRow] = [:]
    var gaps: [String] = []
    var shards: Set<FleetReport.Shard> = []
    for file in files {
      for part in try Self.read(file) {
        gaps += part.gaps.map { "\(file): \($0)" }
        if let shard = part.shard { shards.insert(shard) }
        for row in part.rows {
          // It would be the newest for ever.
          guard row.at.microseconds(since: now) <= Self.clockDifference else {
            gaps.append("\(file): cluster \(row.cluster) was asked at \(row.at), which has not come yet")
            continue
          }
          if newest[row.cluster].map({ $0.at <= row.at }) ?? true { newest[row.cluster] = row }
        }
      }
    }
    for count in Set(shards.map(\.count)).sorted() {
      let present = Set(shards.filter { $0.count == count }.map(\.number))
      let missing = (1...count).filter { !present.contains($0) }
      guard !missing.isEmpty else { continue }
      let list = missing.prefix(10).map { "\($0)/\(count)" }.joined(separator: ", ") + (missing.count > 10 ? ", …" : "")
      gaps.append("part\(missing.count == 1 ? "" : "s") \(list)")
    }
    // A reader sees how old it is by now; another merge counts for itself.
    let rows = newest.values.map { row in
      let aged = row.aged(to: now)
      let shown = format == .json ? row : aged
      return aged.isOlder(than: maxAge) ? shown.withoutAnswer(age: aged.ageSeconds) : shown
    }
    var report = FleetReport(rows)
    report.gaps = gaps
    let file = DocumentOutput(path: output, permissions: mode ?? format.permissions, force: force)
    try file.write(format.text(report, labels: [], verbose: verbose, toFile: output != nil))
    try ExitStatus(report.verdict).exit()
  }

  /// Microseconds by which the clocks of the machines that asked may be ahead.
  private static let clockDifference: Int64 = 300_000_000

  private static func read(_ path: String) throws(CommandFailure) -> [FleetReport] {
    let bytes: [UInt8]
    do throws(FileError) { bytes = try readWholeFile(path, limit: 64 << 20) } catch {
      throw CommandFailure("\(path): \(error.message)")
    }
    do throws(FleetJSON.ReadError) { return try FleetJSON.read(bytes) } catch {
      throw CommandFailure(
        "\(path): \(error.message)", hint: "merge takes what audit or status --all --format json wrote.")
    }
  }
}

/// `--format` of what is about many clusters.
enum FleetFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json, prometheus, html

  /// Of a file, where no others are asked for.
  var permissions: FilePermissions { self == .prometheus ? .metrics : .userOnly }

  func text(_ report: FleetReport, labels: [MetricsPage.Label], verbose: Bool, toFile: Bool) -> String {
    switch self {
    case .text:
      FleetText.report(report, style: toFile ? .plain : Terminal.style, verbose: verbose).text
        + (toFile ? OwnDocument.textEnd : "")
    case .json: FleetJSON.lines(report)
    case .prometheus: FleetPrometheus.metrics(report, labels: labels, at: DataDirectory.now)
    case .html: FleetHTML.page(report, at: DataDirectory.now)
    }
  }
}
