/// The name of a WAL segment file: timeline, and the segment's number in two parts (`XLogFileName`).
///
/// The same name denotes different positions for different segment sizes, so the size (bytes, a power of two from 1 MiB
/// to 1 GiB) belongs to every conversion. Follows src/include/access/xlog_internal.h.
package struct SegmentName: Hashable, Sendable {
  /// The first eight digits. Pages inside may have been copied from an older timeline.
  package var timeline: TimelineID
  /// The middle eight digits: the high half of its positions.
  package var log: UInt32
  /// The last eight digits: below 2^32 divided by the segment size, so up to `FF` for 16 MiB.
  package var segment: UInt32

  /// From 24 upper-case hex digits, nil for any other name.
  package init?(_ name: some Collection<UInt8>) {
    guard name.count == 24,
      let timeline = UInt32Hex.parse(name.prefix(8)),
      let log = UInt32Hex.parse(name.dropFirst(8).prefix(8)),
      let segment = UInt32Hex.parse(name.dropFirst(16))
    else { return nil }
    (self.timeline, self.log, self.segment) = (TimelineID(timeline), log, segment)
  }

  /// The same from the bytes of a directory entry, for archives with millions of them.
  package init?(rawName name: UnsafeRawBufferPointer) {
    guard name.count == 24 else { return nil }
    var words: (UInt32, UInt32, UInt32) = (0, 0, 0)
    for index in 0..<24 {
      // SAFETY: the count was checked above.
      let digit: UInt32
      switch unsafe name[index] {
      case let byte where byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"): digit = UInt32(byte) - 0x30
      case let byte where byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "F"): digit = UInt32(byte) - 0x37
      default: return nil
      }
      switch index / 8 {
      case 0: words.0 = words.0 << 4 | digit
      case 1: words.1 = words.1 << 4 | digit
      default: words.2 = words.2 << 4 | digit
      }
    }
    (timeline, log, segment) = (TimelineID(words.0), words.1, words.2)
  }

  /// From the three parts, which are not checked.
  package init(timeline: TimelineID, log: UInt32, segment: UInt32) {
    (self.timeline, self.log, self.segment) = (timeline, log, segment)
  }

  /// `size`: bytes of a segment, a power of two from 1 MiB to 1 GiB.
  package init(timeline: TimelineID, number: SegmentNumber, size: Int) {
    let perLog = UInt64(0x1_0000_0000) / UInt64(size)
    self.timeline = timeline
    log = UInt32(truncatingIfNeeded: number.rawValue / perLog)
    segment = UInt32(truncatingIfNeeded: number.rawValue % perLog)
  }

  /// The number of the segment, nil where the last eight digits are too large for this segment size.
  package func number(size: Int) -> SegmentNumber? {
    let perLog = UInt64(0x1_0000_0000) / UInt64(size)
    guard UInt64(segment) < perLog else { return nil }
    return SegmentNumber(UInt64(log) * perLog + UInt64(segment))
  }

  /// 24 upper-case hex digits.
  package var text: String { timeline.hex + UInt32Hex.padded(log) + UInt32Hex.padded(segment) }
}

extension SegmentName: CustomStringConvertible {
  /// The same as `text`.
  package var description: String { text }
}

/// The number of a WAL segment (`XLogSegNo`): position divided by segment size.
package struct SegmentNumber: RawRepresentable, Hashable, Comparable, Sendable {
  /// From 0; the first segment with WAL is number 1, so that no record has position 0.
  package var rawValue: UInt64
  /// Any number is accepted.
  package init(rawValue: UInt64) { self.rawValue = rawValue }
  /// Any number is accepted.
  package init(_ rawValue: UInt64) { self.rawValue = rawValue }
  /// The segment that holds the byte at `lsn`. For a position that is an end, ask for `lsn - 1`.
  package init(containing lsn: LSN, size: Int) { rawValue = lsn.rawValue / UInt64(size) }
  /// In the order of the WAL, for one segment size.
  package static func < (a: SegmentNumber, b: SegmentNumber) -> Bool { a.rawValue < b.rawValue }
  /// The first byte of the segment; saturates.
  package func start(size: Int) -> LSN {
    let (value, overflow) = rawValue.multipliedReportingOverflow(by: UInt64(size))
    return LSN(overflow ? .max : value)
  }
}
