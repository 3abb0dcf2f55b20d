import ClusterFiles
import Evidence
import PostgresFormat

/// `--archive` of the commands that ask an archive for its timeline histories.
enum HistoryArchives {
  /// Adds what the archives have to the evidence of a node. `lowest`: the first position whose WAL is asked for, where that is
  /// before the node's replay.
  static func read(
    _ paths: [String], into evidence: inout Evidence, from source: Source, lowest: LSN? = nil
  ) throws {
    try ArchiveArgument.check(paths)
    for path in paths {
      let (timelines, problems) = try read(
        path, of: evidence, beside: source.directory.map { (evidence, $0) }, lowest: lowest)
      evidence.archives.append(timelines)
      evidence.problems += problems
    }
  }

  /// Adds what a restore command brought.
  static func read(
    _ fetched: PassingFolder, into evidence: inout Evidence, from source: Source, lowest: LSN?
  ) throws {
    let (timelines, problems) = try ArchivedTimelines.read(
      fetched.path, beside: source.directory.map { (evidence, $0) }, from: lowest)
    evidence.archives.append(timelines.named(FetchedWAL.name, insteadOf: fetched))
    evidence.problems += problems.map { problem in
      var problem = problem
      problem.path = fetched.shown(problem.path)
      return problem
    }
  }

  /// The histories of one of them, or an end of the command that says what is wrong with the folder.
  static func read(
    _ path: String, of evidence: Evidence? = nil,
    beside node: (evidence: Evidence, directory: DataDirectory)? = nil, lowest: LSN? = nil
  ) throws -> (timelines: ArchivedTimelines, problems: [Problem]) {
    let folders = try ArchiveArgument.folders([path], of: evidence)
    do throws(FileError) {
      return try ArchivedTimelines.read(path, folders: folders, beside: node, from: lowest)
    } catch {
      throw CommandFailure(
        "\(path): \(error.message)",
        hint: SourceFailure.ownerHint(error) ?? "--archive takes a folder with archived WAL.")
    }
  }
}

extension ArchivedTimelines {
  /// Without the path of a folder that is gone when the command ends.
  func named(_ name: String, insteadOf folder: PassingFolder) -> ArchivedTimelines {
    var archive = self
    archive.path = name
    for index in archive.histories.indices {
      archive.histories[index].path = folder.shown(archive.histories[index].path)
    }
    if let path = archive.waiting?.path { archive.waiting?.path = folder.shown(path) }
    return archive
  }
}
