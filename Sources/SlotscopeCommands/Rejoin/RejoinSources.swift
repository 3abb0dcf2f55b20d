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
    let oldEvidence = try SourceArgument.evidence(old)
    var question: RejoinCase
    if !SourceArgument.isServer(new), HistoryFolder.isOne(new) {
      var evidence = Evidence(origin: Origin(kind: .dataDirectory, source: new, gatheredAt: DataDirectory.now))
      evidence.timelines = HistoryFolder.histories(in: new).map { Located($0, path: $0.timeline.hex + ".history") }
      question = RejoinCase(old: oldEvidence, new: evidence)
      question.newIsHistoryOnly = true
    } else {
      question = RejoinCase(old: oldEvidence, new: try SourceArgument.evidence(new))
    }
    question.slotName = slot
    let newDirectory = SourceArgument.isDirectory(new, question.new) && !question.newIsHistoryOnly ? new : nil
    question.newTablespacesInPlace = newDirectory.flatMap { RejoinReader.tablespaces(in: $0)?.inPlace }
    let folder = SourceArgument.isDirectory(old, oldEvidence) ? old : nil
    guard let reader = RejoinReader(old: oldEvidence, directory: folder, archives: archives) else { return question }
    let progress = ProgressLine()
    defer { progress.finish() }
    question.facts = reader.read(
      fork: question.fork?.lsn, new: newDirectory.map { (question.new, $0) },
      progress: { position in progress.update("reading WAL: \(position)") })
    return question
  }
}
