import ClusterFiles
import Evidence

/// `--archive` of the commands that ask an archive for its timeline histories.
enum HistoryArchives {
  /// Adds what the archives have to the evidence of a node.
  static func read(_ paths: [String], into evidence: inout Evidence, from source: Source) throws {
    try ArchiveArgument.check(paths)
    for path in paths {
      let (timelines, problems) = try read(path, beside: source.directory.map { (evidence, $0) })
      evidence.archives.append(timelines)
      evidence.problems += problems
    }
  }

  /// The histories of one of them, or an end of the command that says what is wrong with the folder.
  static func read(
    _ path: String, beside node: (evidence: Evidence, directory: DataDirectory)? = nil
  ) throws -> (timelines: ArchivedTimelines, problems: [Problem]) {
    do throws(FileError) { return try ArchivedTimelines.read(path, beside: node) } catch {
      throw CommandFailure(
        "\(path): \(error.message)",
        hint: SourceFailure.ownerHint(error) ?? "--archive takes a folder with archived WAL.")
    }
  }
}
