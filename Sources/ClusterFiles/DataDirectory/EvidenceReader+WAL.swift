import Evidence
import PostgresFormat

extension EvidenceReader {
  /// What WAL is there and where it ends on the node's own timeline.
  func readWAL(into evidence: inout Evidence) {
    // A control file with a wrong checksum is shown, but nothing is looked up by what it says.
    let control = evidence.control.flatMap { $0.value.checksumMatches ? $0.value : nil }
    let (wal, problems) = WALEvidence.gather(
      dataDirectory: directory, in: storage, version: evidence.version, control: control,
      history: control == nil ? nil : evidence.currentHistory, label: evidence.startFiles.backupLabel?.value)
    evidence.wal = wal
    evidence.problems += problems
  }
}
