import Evidence
import PostgresFormat

extension WALWalk {
  /// What happened in the WAL of the whole walk; the same for any number of threads.
  func activity() async throws -> (activity: WALActivity, outcome: Outcome) {
    let version = route.geometry.version
    var whole = WALActivityCollector(version: version)
    let empty = WALActivityCollector(version: version, continuesEarlier: true)
    let outcome = try await run {
      empty
    } deliver: { (part: inout WALActivityCollector) in
      guard !part.isEmpty else { return true }
      whole.append(part)
      part = empty
      return true
    }
    return (whole.finished(), outcome)
  }
}
