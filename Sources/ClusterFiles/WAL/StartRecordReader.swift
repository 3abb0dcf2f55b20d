import ByteReading
import Evidence
import PostgresFormat

/// Reads the records that a start reads by themselves: one at a position, with the pages that it lies on and the first of its
/// segment, and nothing of what comes before it.
struct StartRecordReader {
  let route: WALRoute

  /// Each position once, ascending.
  func read(_ positions: [LSN]) -> [StartRecord] {
    Set(positions.filter(\.isValid)).sorted().map(read)
  }

  private func read(_ position: LSN) -> StartRecord {
    var record = StartRecord(lsn: position)
    var walker = RecordWalker(geometry: route.geometry, at: position)
    var reader = WALReader(route)
    var sink = FirstRecord(version: route.geometry.version)
    while reader.fill(for: &walker), walker.consume(reader.pages, sink: &sink) {}
    guard sink.isFound else {
      record.stop = reader.stop(of: walker) ?? WALStop(.unreadable, at: position)
      return record
    }
    (record.isCheckpoint, record.isRedoMark) = (sink.isCheckpoint, sink.isRedoMark)
    return record
  }

  private struct FirstRecord: RecordSink {
    let version: ServerVersion
    var isFound = false
    var isCheckpoint = false
    var isRedoMark = false

    mutating func accept(_ record: WALRecord) -> Bool {
      isFound = true
      switch RecordKind(record.header) {
      case .checkpointShutdown, .checkpointOnline:
        // A header of two bytes, then the checkpoint and nothing else.
        isCheckpoint = Int(record.header.totalLength) == RecordHeader.size + 2 + Checkpoint.byteCount(in: version)
      case .checkpointRedo: isRedoMark = version.has(.redoMark)
      default: break
      }
      return false
    }
  }
}
