/// One record as the walker hands it over: a view, gone when the call returns.
@usableFromInline
package struct WALRecord: ~Escapable, BitwiseCopyable {
  /// Where the record begins.
  @usableFromInline package let start: LSN
  /// Where the next one begins, as the server words it: rounded up to 8 bytes, and a page boundary is left as it is. After
  /// a switch record the start of the next segment.
  @usableFromInline package let end: LSN
  @usableFromInline package let header: RecordHeader
  /// What its fragment headers add up to.
  @usableFromInline package let totals: FragmentTotals
  /// The record from its header on, without the page headers in between. All `header.totalLength` bytes, except for a
  /// giant: of that the first ``RecordWalker/keptLength`` bytes.
  @usableFromInline package let bytes: RawSpan

  @_lifetime(copy bytes)
  @inlinable
  init(start: LSN, end: LSN, header: RecordHeader, totals: FragmentTotals, bytes: RawSpan) {
    (self.start, self.end, self.header, self.totals, self.bytes) = (start, end, header, totals, bytes)
  }

  /// False for a giant, of which `bytes` is only the beginning.
  @inlinable package var isWhole: Bool { bytes.byteCount == Int(header.totalLength) }
  /// Where the main data begins in the record.
  @inlinable package var mainDataOffset: Int { Int(header.totalLength) - totals.mainDataLength }
}

/// Takes records in the order of the WAL. The walker is compiled anew for each kind of sink, so that a record costs no
/// dynamic call.
@usableFromInline
package protocol RecordSink: ~Copyable {
  /// One valid record. Returns false to end the walk after it.
  mutating func accept(_ record: WALRecord) -> Bool

  /// Takes all records of some pages: ``RecordWalker/consume(_:sink:)`` for this kind of sink. Never written by hand; it is
  /// here so that one call for many pages leads from code that knows no sink to the loop made for this one.
  mutating func consume(_ pages: RawSpan, walker: inout RecordWalker) -> Bool
}

extension RecordSink where Self: ~Copyable {
  @inlinable
  package mutating func consume(_ pages: RawSpan, walker: inout RecordWalker) -> Bool {
    walker.consume(pages, sink: &self)
  }
}

/// Takes nothing: for walks that only look for the end.
@usableFromInline
package struct NoSink: RecordSink, Sendable {
  @inlinable package init() {}
  @inlinable package mutating func accept(_ record: WALRecord) -> Bool { true }
}
