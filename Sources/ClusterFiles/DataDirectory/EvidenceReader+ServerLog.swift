import Evidence
import PostgresFormat

extension EvidenceReader {
  /// The server's log, where it may say how long consumers of failover slots waited for the standby (17 and later).
  func readServerLog(into evidence: inout Evidence) {
    guard let version = evidence.version, version.has(.slotSynchronization) else { return }
    let settings = EffectiveSettings(evidence.settings, version: version)
    guard settings.names("synchronized_standby_slots")?.isEmpty == false else { return }
    evidence.serverLog = ServerLogReader.log(ofDirectory: directory, in: storage, settings)
  }
}
