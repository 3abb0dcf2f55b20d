/// One record as the walker hands it over: a view, gone when the call returns.
///
/// Few words, so that the compiler passes it in registers: the header is read where it stands.
@usableFromInline
package struct WALRecord: ~Escapable, BitwiseCopyable {
  /// Where the record begins.
  @usableFromInline package let start: LSN
  /// Where the next one begins, as the server words it: rounded up to 8 bytes, and a page boundary is left as it is. After
  /// a switch record the start of the next segment.
  @usableFromInline package let end: LSN
  /// What its fragment headers add up to.
  @usableFromInline package let totals: FragmentTotals
  /// The record from its header on, without the page headers in between. All `header.totalLength` bytes, except for a
  /// giant: of that the first ``RecordSink/keptLength`` bytes.
  @usableFromInline package let bytes: RawSpan

  /// - Precondition: `bytes` has the 24 bytes of the header at least.
  @_lifetime(copy bytes)
  @inlinable
  @inline(__always)
  init(start: LSN, end: LSN, totals: FragmentTotals, bytes: RawSpan) {
    (self.start, self.end, self.totals, self.bytes) = (start, end, totals, bytes)
  }

  /// The 24 bytes at its beginning, which were checked when the record was found.
  @inlinable
  @inline(__always)
  package var header: RecordHeader { RecordHeader(unchecked: bytes, at: 0) }

  /// Where the main data begins in the record.
  @inlinable package var mainDataOffset: Int { Int(header.totalLength) - totals.mainDataLength }
}

/// Takes records in the order of the WAL. The walker is compiled anew for each kind of sink, so that a record costs no
/// dynamic call.
@usableFromInline
package protocol RecordSink: ~Copyable {
  /// Bytes that it needs of a record that crosses pages: all but giants where it says nothing.
  static var keptLength: Int { get }

  /// One valid record. Returns false to end the walk after it.
  mutating func accept(_ record: WALRecord) -> Bool

  /// The same in parts, which costs a sink that only counts less; `accept` where a sink does not say otherwise.
  mutating func take(_ bytes: RawSpan, _ totals: FragmentTotals, from start: LSN, to end: LSN) -> Bool

  /// Told after one or more records that were handed over where the first and the last of them begin, and where that one
  /// ends: for what need not be noted with every record.
  mutating func reached(from first: LSN, last: LSN, end: LSN)

  /// Takes all records of some pages: ``RecordWalker/consume(_:sink:)`` for this kind of sink. Never written by hand; it is
  /// here so that one call for many pages leads from code that knows no sink to the loop made for this one.
  mutating func consume(_ pages: RawSpan, walker: inout RecordWalker) -> Bool
}

extension RecordSink where Self: ~Copyable {
  /// All of a record but a giant, of which only the first 16 MiB are kept.
  @inlinable package static var keptLength: Int { RecordAssembly.keptLength }

  /// Hands the parts to `accept` as one ``WALRecord``.
  @inlinable
  @inline(__always)
  package mutating func take(_ bytes: RawSpan, _ totals: FragmentTotals, from start: LSN, to end: LSN) -> Bool {
    accept(WALRecord(start: start, end: end, totals: totals, bytes: bytes))
  }

  /// Does nothing.
  @inlinable
  @inline(__always)
  package mutating func reached(from first: LSN, last: LSN, end: LSN) {}

  /// The walker's loop over these pages, made for this kind of sink. Returns false when the walk is over.
  @inlinable
  package mutating func consume(_ pages: RawSpan, walker: inout RecordWalker) -> Bool {
    walker.consume(pages, sink: &self)
  }
}

/// Takes nothing: for walks that only look for the end.
@usableFromInline
package struct NoSink: RecordSink, Sendable {
  /// It has no state.
  @inlinable package init() {}
  /// 1 KiB: enough for the header and its check.
  @inlinable package static var keptLength: Int { RecordAssembly.headersLength }
  /// Goes on, whatever the record.
  @inlinable package mutating func accept(_ record: WALRecord) -> Bool { true }
  /// Goes on, whatever the record.
  @inlinable package mutating func take(_ bytes: RawSpan, _ totals: FragmentTotals, from start: LSN, to end: LSN)
    -> Bool
  { true }
}
