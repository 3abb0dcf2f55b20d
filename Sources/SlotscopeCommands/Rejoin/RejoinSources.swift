import ClusterFiles
import Evidence
import PostgresFormat
import SlotSafety

/// Reads both nodes and as much of their WAL as decides how the old primary comes back.
struct RejoinSources {
  var old: String
  var new: String
  var archives: [String]
  var slot: String?

  func question() throws -> RejoinCase {
    for folder in archives {
      if let status = try? FileStatus(path: folder), status.kind == .directory { continue }
      throw CommandFailure(
        "\(folder): no folder that can be read", hint: "Give the folder with the archived segments (--archive).")
    }
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
    guard let reader = RejoinReader(old: oldEvidence, directory: oldSource.directory, archives: archives) else {
      return question
    }
    let progress = ProgressLine()
    defer { progress.finish() }
    question.facts = reader.read(
      fork: question.fork?.lsn, new: newDirectory.map { (question.new, $0) },
      progress: { position in progress.update("reading WAL: \(position)") })
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
