import ArgumentParser
import ClusterFiles
import Evidence

struct CaptureCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "capture",
    abstract: "Writes what a node's files say to an evidence file, for judging it elsewhere.",
    discussion: "Every command takes the file where it takes the directory. Passwords are left out.")

  @Argument(help: ArgumentHelp("Data directory.", valueName: "source"))
  var source: String

  @Option(name: .shortAndLong, help: "The file to write; the default is standard output.")
  var output: String?

  func run() async throws {
    var evidence = try SourceArgument.evidence(source)
    if !EvidenceFile.isOne(source) {
      // All of the WAL: which part an audit needs depends on the other node.
      let progress = ProgressLine()
      evidence.stretches =
        try await WALStretchReader(evidence, dataDirectory: source)?.stretches(
          from: nil, jobs: WalRangeOptions.processorCount, progress: { progress.update("reading WAL: \($0)") }) ?? []
      progress.finish()
    }
    let text = try EvidenceFile.encode(evidence)
    guard let output else {
      Terminal.write(text)
      return
    }
    do {
      try EvidenceFile.write(text, to: output)
    } catch {
      Terminal.report(error: "\(output): \(error.message)", hint: error.hint)
      throw ExitCode(ExitStatus.unknown.rawValue)
    }
  }
}
