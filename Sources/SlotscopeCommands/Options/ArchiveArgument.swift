import ClusterFiles
import Evidence
import PostgresFormat

/// `--archive`: folders with segments, or roots of repositories of pgBackRest, Barman or WAL-G.
enum ArchiveArgument {
  /// Throws where one is not a folder: nothing of it could be read.
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
    // Of a repository's root its folders have the WAL.
    for folder in folders where (try? ArchiveRoot(folder, systemIdentifier: nil).folders == [folder]) ?? false {
      guard let lack = ArchiveLack.of(folder, for: evidence, from: start, beside: nodes) else { continue }
      Terminal.warn("the archive \(folder) \(lack.sentence)")
    }
  }

  /// The folders with the WAL of a node's cluster. Ends the command with a message where there is WAL of others only, or of
  /// several and the node does not tell which is its own.
  static func folders(_ paths: [String], of node: Evidence?) throws(CommandFailure) -> [String] {
    var folders: [String] = []
    for path in paths {
      do throws(ArchiveRoot.Refusal) {
        folders += try ArchiveRoot(path, systemIdentifier: node?.control?.value.systemIdentifier).folders
      } catch {
        throw CommandFailure(error.message, detail: error.detail, hint: error.hint)
      }
    }
    return folders
  }
}
