package import Evidence
import PostgresFormat

extension WALRoute {
  /// The same of a directory that was opened, in whatever storage it is.
  package init?(_ evidence: Evidence, directory: DataDirectory?, folders: [String] = []) {
    self.init(
      evidence, dataDirectory: directory?.path, in: directory?.storage ?? PosixStorage(), folders: folders)
  }

  /// The WAL of a node in its own folder (where `dataDirectory` names one) and in further folders or archives, along the
  /// node's history. nil where nothing there is WAL of this cluster, or the node's history is not known.
  package init?(
    _ evidence: Evidence, dataDirectory: String?, in storage: any ClusterStorage = PosixStorage(),
    folders: [String] = []
  ) {
    guard let control = evidence.control?.value, control.checksumMatches, let history = evidence.currentHistory else {
      return nil
    }
    var inventory = WALInventory(in: storage)
    let own = dataDirectory.map { $0 + "/" + (evidence.version?.walDirectoryName ?? "pg_wal") }
    // A folder that cannot be read gives no WAL; the evidence says so already.
    if let own { try? inventory.add(folder: own, limit: FolderScan.defaultLimit) }
    for folder in folders { try? inventory.add(folder: folder) }
    inventory.sort()
    inventory.settleGeometry(
      version: evidence.version, segmentSize: Int(control.walSegmentSize), systemIdentifier: control.systemIdentifier)
    self.init(inventory, history: history)
  }
}
