import ByteReading
package import PostgresFormat

/// Finds the place in the WAL that a time stands for: where the first transaction ends that ended then or later.
///
/// Only commits and aborts, prepared ones included, carry the times by which recovery stops (`recovery_target_time`), so
/// they alone count here. They are not strictly in order: a transaction takes its time before its place in the WAL.
package struct TransactionTimeSearch: Sendable {
  /// Which transaction counts, by its time in microseconds.
  package enum Bound: Sendable, Hashable {
    /// The first that ended at this time or later.
    case notBefore(Timestamp)
    /// The first that ended later: where recovery to this time stops.
    case after(Timestamp)
  }

  /// Where to look.
  package var walk: WALWalk

  /// The walk's own start and end bound the search.
  package init(_ walk: WALWalk) { self.walk = walk }

  /// The start of that transaction's last record; nil where the walk has none.
  package func position(of bound: Bound) async throws -> LSN? {
    var found: LSN?
    _ = try await walk.run {
      Sink(bound: bound)
    } deliver: { (sink: inout Sink) in
      found = found ?? sink.found
      return found == nil
    }
    return found
  }

  private struct Sink: RecordSink {
    let bound: Bound
    var found: LSN?

    mutating func accept(_ record: WALRecord) -> Bool {
      guard TransactionEnd.Kind(RecordKind(record.header)) != nil,
        let time = try? record.bytes.i64(at: record.mainDataOffset, field: "xact_time"),
        isReached(Timestamp(postgresMicroseconds: time))
      else { return true }
      found = record.start
      return false
    }

    private func isReached(_ time: Timestamp) -> Bool {
      switch bound {
      case .notBefore(let limit): time >= limit
      case .after(let limit): time > limit
      }
    }
  }
}
