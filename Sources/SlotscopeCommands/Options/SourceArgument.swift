import ArgumentParser
import ClusterFiles
import Evidence
import LiveServer
import PostgresFormat
import Reporting
import SlotSafety

/// A SOURCE on the command line: a data directory, an evidence file or a running server. All become the same evidence.
///
/// A path that exists is a path; anything else with a `=` in it, or with the beginning of a URI, is for libpq.
enum SourceArgument {
  static func isServer(_ source: String) -> Bool {
    !EvidenceFile.isOne(source) && ServerSource.isOne(source) && !DataDirectory.exists(source)
  }

  /// Whether the evidence was just read from a directory, where more can be read.
  static func isDirectory(_ source: String, _ evidence: Evidence) -> Bool {
    evidence.origin.kind == .dataDirectory && !EvidenceFile.isOne(source)
  }

  /// As it may be printed: without passwords.
  static func shown(_ source: String) -> String { isServer(source) ? ServerSource.shown(source) : source }

  /// The same as one word of a shell's command line.
  static func quoted(_ source: String) -> String {
    ShellWord.quoted(shown(source))
  }

  /// Reads it, or ends the command with a message that says what is there instead and what to give.
  /// `configurationFile` is for a directory, whose server is given it.
  /// `isAlone`: nothing else in the process takes memory meanwhile.
  static func evidence(_ source: String, configurationFile: String? = nil, isAlone: Bool = true) throws -> Evidence {
    do {
      if isServer(source) {
        var bounds = ServerBounds()
        bounds.watchesMemory = isAlone
        return try ServerSource(source).gather(at: DataDirectory.now, bounds: bounds)
      }
      return try EvidenceFile.isOne(source)
        ? EvidenceFile.read(source) : DataDirectory(path: source).gather(configurationFile: configurationFile)
    } catch let error as ServerError {
      throw CommandFailure("\(ServerSource.shown(source)): \(error.message)", hint: error.hint)
    } catch let error as DataDirectory.OpenError {
      throw SourceFailure.of(error, source)
    } catch let error as EvidenceFile.ReadError {
      throw SourceFailure.of(error, source)
    }
  }
}
