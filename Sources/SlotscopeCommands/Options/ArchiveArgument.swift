import ClusterFiles
import Evidence
import PostgresFormat

/// `--archive`: folders with archived WAL.
enum ArchiveArgument {
  /// Throws where one is no folder: nothing of it could be read.
  static func check(_ folders: [String]) throws(CommandFailure) {
    for folder in folders {
      if let status = try? FileStatus(path: folder), status.kind == .directory { continue }
      throw SourceFailure.ofTar(orNil: folder)
        ?? CommandFailure(
          "\(folder): no folder that can be read", hint: "Give the folder with the archived segments (--archive).")
    }
  }

  /// Says of each that it helps with nothing, and why: the answer alone would look as if WAL were missing.
  static func warn(_ folders: [String], for evidence: Evidence, from start: LSN?, beside nodes: [Evidence]) {
    for folder in folders {
      guard let lack = ArchiveLack.of(folder, for: evidence, from: start, beside: nodes) else { continue }
      Terminal.warn("the archive \(folder) \(lack.sentence)")
    }
  }
}
