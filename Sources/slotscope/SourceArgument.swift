import ArgumentParser
import ClusterFiles
import Evidence
import Reporting
import SlotSafety

/// A SOURCE on the command line: a data directory or an evidence file. Both become the same evidence.
enum SourceArgument {
  /// Reads it, or ends the command with a message that says what is there instead and what to give.
  static func evidence(_ source: String) throws -> Evidence {
    do {
      return try EvidenceFile.isOne(source) ? EvidenceFile.read(source) : DataDirectory(path: source).gather()
    } catch let error as DataDirectory.OpenError {
      switch error {
      case .file(let file):
        Terminal.report(
          error: "\(source): \(file.message)", hint: "Give a data directory or a file made by \"slotscope capture\".")
      case .notADataDirectory(let path):
        Terminal.report(
          error: "\(path) is not a data directory",
          detail: "It has neither PG_VERSION nor global/pg_control.",
          hint: "Give the directory that the server is started with (-D).")
      case .unsupportedVersion(let path, let text):
        Terminal.report(
          error: "\(path) says PostgreSQL \(text)", detail: "slotscope reads PostgreSQL 9.6 to 19.",
          hint: text == "9.4" || text == "9.5" ? "Its files have other layouts; upgrade the server first." : nil)
      }
    } catch let error as EvidenceFile.ReadError {
      Terminal.report(
        error: "\(source): \(error.message)", hint: "Make it anew with \"slotscope capture DIRECTORY -o FILE\".")
    }
    throw ExitCode(ExitStatus.unknown.rawValue)
  }
}

/// `--format` of commands that print a document.
enum DocumentFormat: String, ExpressibleByArgument, CaseIterable {
  case text
  case json
}
