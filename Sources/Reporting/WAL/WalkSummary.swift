package import PostgresFormat

/// How a walk over records went, as the documents about it say.
package struct WalkSummary: Sendable, Hashable {
  /// WAL that could not be read.
  package struct Damage: Sendable, Hashable {
    /// Where and why bytes were refused.
    package var stop: WALStop
    /// The start of the next valid record.
    package var resumedAt: LSN
    /// The walk went on after it.
    package init(stop: WALStop, resumedAt: LSN) { (self.stop, self.resumedAt) = (stop, resumedAt) }
  }
  /// Its start; nil where the walk found no record.
  package var firstRecord: LSN?
  /// Its start; nil where the walk found no record.
  package var lastRecord: LSN?
  /// After the last record.
  package var end: LSN
  /// Why the walk ended there.
  package var stop: WALStop
  /// What was passed over, where the walk went on after damage.
  package var damages: [Damage]

  /// `end` is where the walk began, if it found no record.
  package init(firstRecord: LSN?, lastRecord: LSN?, end: LSN, stop: WALStop, damages: [Damage] = []) {
    (self.firstRecord, self.lastRecord, self.end) = (firstRecord, lastRecord, end)
    (self.stop, self.damages) = (stop, damages)
  }

  /// The members that all documents about a walk end with.
  var members: [JSONValue.Member] {
    [
      JSONValue.Member(name: "start_lsn", value: .text(firstRecord)),
      JSONValue.Member(name: "last_record_lsn", value: .text(lastRecord)),
      JSONValue.Member(name: "end_lsn", value: .text(end)),
      JSONValue.Member(name: "stop", value: WALStopText.json(stop)),
      JSONValue.Member(name: "damages", value: .list(damages, Self.json)),
    ]
  }

  static func json(_ damage: Damage) -> JSONValue {
    ["stop": WALStopText.json(damage.stop), "resumed_lsn": .text(damage.resumedAt)]
  }
}

/// The last line of `wal records --format json`.
package enum RecordsEndJSON {
  /// With `"end": true`, by which a reader sees that the stream is whole; without a line end.
  package static func line(_ totals: RecordLines.Totals, _ walk: WalkSummary) -> String {
    JSONValue.object(
      [
        JSONValue.Member(name: "end", value: true),
        JSONValue.Member(name: "records", value: .number(totals.records)),
        JSONValue.Member(name: "record_bytes", value: .number(totals.recordBytes)),
        JSONValue.Member(name: "fpi_bytes", value: .number(totals.imageBytes)),
      ] + walk.members
    ).serialized(pretty: false)
  }
}
