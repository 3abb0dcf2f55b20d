import ByteReading
package import Evidence
import PostgresFormat

extension ArchivedTimelines {
  /// The timeline histories in an archive: in the folder itself and in those of its subfolders that segments lie in. Throws
  /// ``FileError`` where the folder cannot be read; what is wrong with single files becomes a problem.
  package static func read(_ path: String) throws(FileError) -> (timelines: ArchivedTimelines, problems: [Problem]) {
    var inventory = WALInventory()
    try inventory.add(folder: path)
    inventory.sort()
    inventory.settleGeometry()
    let paths = Dictionary(
      inventory.folders.flatMap { folder in folder.histories.map { ($0.timeline, "\(folder.path)/\($0.fileName)") } }
    ) { first, _ in first }
    var archive = ArchivedTimelines(path: path)
    archive.histories = inventory.readHistories().suffix(Evidence.timelineLimit).map { history in
      Located(history, path: paths[history.timeline] ?? path)
    }
    let problems = inventory.problems.filter { $0.path.contains(".history") }.prefix(100).map { problem in
      Problem(
        subject: "timeline_history", path: problem.path,
        cause: .other(code: "archive", message: problem.sentence))
    }
    return (archive, Array(problems))
  }
}
