import ArgumentParser
import ClusterFiles
import PostgresFormat
import Reporting

struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Decodes single files of a data directory, recognized by their content.",
    discussion: """
      A file in a tar archive, compressed or not, is named by the path of the archive and its own: base.tar/global/pg_control.
      Recognized are slot states, pg_control, WAL segments (their first page), timeline histories, backup_label and \
      backup history files, backup_manifest, snapshots of logical decoding, replorigin_checkpoint, prepared transactions, relation maps, \
      tablespace_map, postmaster.pid, postmaster.opts, PG_VERSION and configuration files.

      Exit codes: 0 all files are sound, 2 damage was found, 3 a file is unreadable or not recognized.
      """)

  @Argument(help: ArgumentHelp("The files.", valueName: "file"))
  var files: [String]

  @Option(help: OptionHelp.format)
  var format: DocumentFormat = .text

  func run() throws {
    var archives: [String: TarStorage] = [:]
    let results = files.map { Self.result($0, &archives) }
    switch format {
    case .text:
      let texts = results.compactMap { ShowReport.text($0, style: Terminal.style) }
      Terminal.write(texts.joined(separator: "\n"))
    case .json: Terminal.write(document: ShowReport.document(results).serialized(pretty: true) + "\n")
    }
    for result in results {
      if let complaint = ShowReport.complaint(result) {
        Terminal.report(error: "\(result.path): \(complaint.error)", hint: complaint.hint)
      }
      for warning in result.warnings {
        Terminal.writeError(ShowReport.warningLine(result.path, warning) + "\n")
      }
    }
    try (results.map(Self.status).max() ?? .ready).exit()
  }

  /// Archives are indexed once for all of their files.
  private static func result(_ path: String, _ archives: inout [String: TarStorage]) -> ShowResult {
    do throws(FileError) {
      var read: RecognizedFileReader.Result
      if !DataDirectory.exists(path), let inner = TarStorage.archive(onTheWayTo: path) {
        let storage: TarStorage
        if let known = archives[inner.base] { storage = known } else { storage = try TarStorage(path: inner.base) }
        archives[inner.base] = storage
        read = try RecognizedFileReader.read(inner.path, in: storage)
      } else {
        read = try RecognizedFileReader.read(path)
      }
      let outcome: ShowResult.Outcome =
        switch read.outcome {
        case .decoded(let file): .decoded(file)
        case .damaged(let error): .damaged(error)
        case .notRecognized:
          SourceFailure.ofTar(orNil: path).map {
            .unreadable(
              "a tar archive",
              hint: "Name a file in it: slotscope show \(Source.quoted(path))/PG_VERSION. \($0.hint ?? "")")
          } ?? .notRecognized
        }
      return ShowResult(path: path, format: read.format, outcome: outcome, mismatch: read.mismatch)
    } catch {
      // What names nothing may be a connection string with a password.
      let shown = DataDirectory.exists(path) ? path : CommandFailure.shown(path)
      return ShowResult(path: shown, format: nil, outcome: .unreadable(error.message, hint: hint(for: path, error)))
    }
  }

  /// Which command takes the folder that was given in a file's place; nil where it is none.
  private static func hint(for path: String, _ error: FileError) -> String? {
    guard error.reason == .notRegularFile(.directory) else { return SourceFailure.ownerHint(error) }
    let operand = Source.quoted(path)
    if ["/PG_VERSION", "/global"].allSatisfy({ DataDirectory.exists(path + $0) }) {
      return "For a data directory: slotscope inspect \(operand)"
    }
    var inventory = WALInventory()
    if (try? inventory.add(folder: path)) != nil, !inventory.files.isEmpty {
      return "For a folder of WAL: slotscope wal gaps --waldir \(operand), or: slotscope wal end --waldir \(operand)"
    }
    return "Name the files in it."
  }

  private static func status(_ result: ShowResult) -> ExitStatus {
    switch result.outcome {
    case .unreadable, .notRecognized: .unknown
    case .damaged: .error
    case .decoded: result.isSound ? .ready : .error
    }
  }
}
