import ClusterFiles
import Evidence
import PostgresFormat
import SlotSafety

/// Reads both nodes and as much of their WAL as decides how the old primary comes back.
struct RejoinSources {
  var old: String
  var new: String
  var archives: [String]
  /// A command that brings what the archives have; `standby`: that of the old node.
  var restoreCommand: String?
  var slot: String?

  func question() throws -> RejoinCase {
    try ArchiveArgument.check(archives)
    let oldSource = try Self.source(old)
    let oldEvidence = try oldSource.gather()
    var question: RejoinCase
    var newDirectory: DataDirectory?
    if !Source.isServer(new), HistoryFolder.isOne(new) {
      var evidence = Evidence(origin: Origin(kind: .dataDirectory, source: new, gatheredAt: DataDirectory.now))
      evidence.timelines = HistoryFolder.histories(in: new).map { Located($0, path: $0.timeline.hex + ".history") }
      question = RejoinCase(old: oldEvidence, new: evidence)
      question.newIsHistoryOnly = true
    } else {
      let newSource = try Self.source(new)
      newDirectory = newSource.directory
      question = RejoinCase(old: oldEvidence, new: try newSource.gather())
    }
    question.slotName = slot
    question.newTablespacesInPlace = newDirectory.flatMap { RejoinReader.tablespaces(in: $0)?.inPlace }
    let folders = try ArchiveArgument.folders(archives, of: oldEvidence)
    let progress = ProgressLine()
    defer { progress.finish() }
    func read(_ question: inout RejoinCase, _ fetched: RejoinReader.FetchedSegments? = nil) {
      let reader = RejoinReader(
        old: oldEvidence, directory: oldSource.directory, archives: folders, fetched: fetched)
      guard let reader else { return }
      question.facts = reader.read(
        fork: question.fork?.lsn, new: newDirectory.map { (question.new, $0) },
        progress: { position in progress.update("reading WAL: \(position)") })
    }
    guard let restoreCommand, let size = oldEvidence.wal.segmentSize, size > 0 else {
      read(&question)
      return question
    }
    // What came is gone when the question is asked: it is told by what brings it.
    _ = try FetchedWAL.fetch(restoreCommand, forReturnOf: (oldEvidence, oldSource), size: size, progress: progress) {
      fetched in
      read(&question, fetched)
      return Rejoin(question).lacking
    }
    return question
  }

  /// What the steps would be done to or copied from. Of a tar archive none can be.
  private static func source(_ text: String) throws -> Source {
    let source = try Source(text)
    guard source.directory?.storage.mayHaveServers != false else {
      throw CommandFailure(
        "\(source.text) is a tar archive, no node that could come back or be followed",
        hint: "Unpack it where the server is to run, and give that directory.")
    }
    return source
  }
}
