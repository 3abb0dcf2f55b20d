import ClusterFiles
import Evidence
import PostgresFormat
import SlotSafety

/// Reads as much WAL as tells since when, and where, the transactions have written that hold a slot's restart_lsn, or that the
/// creation of a slot waits for; and since when the publications are there that are younger than a slot may be. None is read where
/// no slot is held and no publication is young.
enum HolderTraces {
  /// Adds what was found to the evidence. Only a directory has more than was gathered.
  static func read(_ evidence: inout Evidence, source: Source) {
    guard let directory = source.directory else { return }
    readPublications(&evidence, directory)
    guard evidence.wal.traces == nil, let start = RestartHolders.start(evidence),
      let xids = evidence.wal.replay?.running?.xids, !xids.isEmpty,
      let search = TransactionTraceSearch(evidence, directory: directory)
    else { return }
    evidence.wal.traces = search.traces(of: xids, from: start)
    var names = RelationNames(evidence, directory: directory)
    for index in evidence.wal.traces?.indices ?? 0..<0 {
      guard let relation = evidence.wal.traces?[index].relation else { continue }
      evidence.wal.traces?[index].relationName = names.name(of: relation)
    }
  }

  private static func readPublications(_ evidence: inout Evidence, _ directory: DataDirectory) {
    guard let publications = evidence.publications, let start = YoungPublications.start(evidence),
      let search = TransactionTraceSearch(evidence, directory: directory)
    else { return }
    let young = publications.filter { YoungPublications.mayBeYoung($0, evidence) }.compactMap(\.insertedBy)
    let commits = search.commits(of: young, from: start)
    for index in publications.indices {
      guard let xid = publications[index].insertedBy else { continue }
      evidence.publications?[index].since = commits[xid]
    }
  }
}
