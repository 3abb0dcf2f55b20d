import Evidence
import PostgresFormat

extension EvidenceReader {
  /// The settings of the next start. Needs postmaster.opts as it stands, and takes the passwords out of it afterwards.
  func readConfiguration(into evidence: inout Evidence, mainFile: String? = nil) {
    let reader = ConfigurationReader(
      directory: directory, in: storage, options: evidence.startFiles.postmasterOptions, mainFile: mainFile)
    evidence.settings = reader.settings
    evidence.problems += reader.problems
    evidence.startFiles.postmasterOptions = evidence.startFiles.postmasterOptions?.redacted
  }
}
