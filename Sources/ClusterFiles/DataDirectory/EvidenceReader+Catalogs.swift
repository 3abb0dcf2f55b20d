import Evidence
import PostgresFormat

extension EvidenceReader {
  /// Names from the shared catalogs: databases, tablespaces, subscriptions, origins.
  func readCatalogs(into evidence: inout Evidence) {
    guard let version = evidence.version else { return }
    let catalogs = SharedCatalogs(
      dataDirectory: directory, version: version, oldestXID: evidence.control?.value.checkpoint.oldestXID)
    evidence.databases = catalogs.databases
    evidence.tablespaces = catalogs.tablespaces
    evidence.subscriptions = catalogs.subscriptions
    evidence.problems += catalogs.problems
    var progress: [UInt16: LSN] = [:]
    for origin in evidence.origins { progress[origin.originID] = origin.remoteLSN }
    var merged = catalogs.origins.map {
      OriginEvidence(originID: $0.originID, name: $0.name, remoteLSN: progress.removeValue(forKey: $0.originID))
    }
    merged += progress.map { OriginEvidence(originID: $0.key, name: nil, remoteLSN: $0.value) }
    evidence.origins = merged.sorted { $0.originID < $1.originID }
  }
}
