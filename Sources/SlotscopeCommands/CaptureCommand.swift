import ArgumentParser
import ClusterFiles
import Evidence

struct CaptureCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "capture",
    abstract: "Writes what a node's files, or its server, say to an evidence file, for judging it elsewhere.",
    discussion: """
      Every command takes the file where it takes the source itself. Passwords and other secrets are left out.
      Made for a timer: the file is replaced in one step, and stays as it is when the source cannot be read.
      """)

  @Argument(help: ArgumentHelp("Data directory or connection string.", valueName: "source"))
  var source: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The file to write; the default is standard output.", valueName: "file"))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Write to a file of this folder for each role and timeline of the node (primary-00000001-….json): the last capture before"
        + " a change of roles stays, whatever comes after it.", valueName: "dir"))
  var history: String?

  @Option(help: FilePermissions.help)
  var mode = FilePermissions.userOnly

  @Flag(help: "Replace the file even if it is not an evidence file.")
  var force = false

  @Option(
    help: ArgumentHelp(
      "Keep the last N files: FILE is the newest, FILE.1 the one before it. From 1 to 1000.", valueName: "n"))
  var keep = 1

  func validate() throws {
    guard (1...1000).contains(keep) else { throw ValidationError("--keep takes a number from 1 to 1000") }
    guard history == nil || output == nil && keep == 1 && !force else {
      throw ValidationError("--history names the files itself; leave out --output, --keep and --force")
    }
    guard keep == 1 || output != nil else { throw ValidationError("--keep needs a file (--output)") }
    guard !force || keep == 1 else { throw ValidationError("--keep moves evidence files only; leave out --force") }
  }

  func run() async throws {
    let place = try Source(source)
    var evidence = try place.gather()
    evidence.origin.place = evidence.origin.place ?? LocalServer.place(of: evidence)
    if let reader = place.walReader(for: evidence) {
      // All of the WAL: which part an audit needs depends on the other node.
      let progress = ProgressLine()
      let (stretches, problems) = try await reader.read(
        from: nil, jobs: JobsOption.processorCount, progress: { progress.update("reading WAL: \($0)") })
      evidence.stretches = stretches
      evidence.problems += problems
      progress.finish()
    }
    do {
      if let history {
        _ = try EvidenceFile.write(evidence, toHistory: history, permissions: mode.bits)
        return
      }
      guard let output else {
        Terminal.write(document: try EvidenceFile.encode(evidence))
        return
      }
      try EvidenceFile.write(
        evidence, to: output, permissions: mode.bits, keeping: keep, replacing: force ? .anything : .evidence)
    } catch let error as EvidenceFile.WriteError {
      throw CommandFailure("\(output ?? history ?? source): \(error.message)", hint: error.hint)
    }
  }
}
