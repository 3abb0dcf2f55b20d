package import PostgresFormat

/// Writes WAL the way a server does, for tests that then break it: records one after the other, over pages and segments.
package struct WALBuilder: Sendable {
  package var version = ServerVersion.v17
  package var segmentSize = 1 << 20
  package var systemIdentifier: UInt64 = 0x6B01_634D_91CB_1F41
  package var timeline = TimelineID(1)
  package let base: LSN
  /// From `base` on.
  package private(set) var bytes: [UInt8] = []
  package private(set) var previous: LSN
  package private(set) var starts: [LSN] = []

  package init(version: ServerVersion = .v17, base: LSN = LSN(3 << 20)) {
    (self.version, self.base) = (version, base)
    previous = LSN(base.rawValue - 0x60)
  }

  package var geometry: WALGeometry {
    WALGeometry(version: version, segmentSize: segmentSize, systemIdentifier: systemIdentifier)!
  }
  package var position: LSN { base.advanced(by: UInt64(bytes.count)) }

  /// Where the next record will begin: after the header, if at a page's start.
  package var nextStart: LSN {
    guard bytes.count % 8192 == 0 else { return position }
    return position.advanced(by: bytes.count % segmentSize == 0 ? 40 : 24)
  }

  package static func little(_ value: some FixedWidthInteger) -> [UInt8] {
    // SAFETY: the integer's bytes are copied during the call.
    unsafe withUnsafeBytes(of: value.littleEndian) { unsafe Array($0) }
  }

  package mutating func pageHeader(remaining: Int, flags extra: UInt16 = 0) {
    let isLong = bytes.count % segmentSize == 0
    let flags: UInt16 = (remaining > 0 ? 1 : 0) | (isLong ? 2 : 0) | extra
    let address = position
    bytes += Self.little(version.pageMagic) + Self.little(flags) + Self.little(timeline.rawValue)
    bytes += Self.little(address.rawValue) + Self.little(UInt32(remaining)) + [0, 0, 0, 0]
    if isLong { bytes += Self.little(systemIdentifier) + Self.little(UInt32(segmentSize)) + Self.little(UInt32(8192)) }
  }

  /// A record with main data; `fragments` are header bytes that come before it, `data` the bytes they promise.
  @discardableResult
  package mutating func record(
    manager: UInt8 = 10, info: UInt8 = 0, main: [UInt8] = [], fragments: [UInt8] = [], data: [UInt8] = []
  ) -> LSN {
    var body = fragments
    if main.count > 255 {
      body += [254] + Self.little(UInt32(main.count))
    } else if !main.isEmpty {
      body += [255, UInt8(main.count)]
    }
    return raw(manager: manager, info: info, body: body + data + main)
  }

  /// A record whose bytes after the header are given.
  @discardableResult
  package mutating func raw(manager: UInt8, info: UInt8, body: [UInt8], previous link: LSN? = nil) -> LSN {
    let start = nextStart
    var record =
      Self.little(UInt32(24 + body.count)) + Self.little(UInt32(700)) + Self.little((link ?? previous).rawValue)
    record += [info, manager, 0, 0, 0, 0, 0, 0] + body
    // SAFETY: the spans borrow the array during the calls only.
    let checksum = unsafe CRC32C.extend(
      CRC32C.checksum(record.span.bytes.extracting(24..<record.count)), with: record.span.bytes.extracting(0..<20))
    record.replaceSubrange(20..<24, with: Self.little(checksum))
    append(record)
    (previous, starts) = (start, starts + [start])
    return start
  }

  /// Writes bytes over page headers, then pads to a multiple of eight.
  package mutating func append(_ record: [UInt8], from done: Int = 0) {
    var written = done
    while written < record.count {
      if bytes.count % 8192 == 0 { pageHeader(remaining: written == 0 ? 0 : record.count - written) }
      let count = min(8192 - bytes.count % 8192, record.count - written)
      bytes += record[written..<written + count]
      written += count
    }
    while bytes.count % 8 != 0 { bytes.append(0) }
  }

  /// Fills with small records until the next one would begin `room` bytes before the end of its page.
  package mutating func fill(leaving room: Int) {
    if bytes.count % 8192 == 0 { record(main: [1]) }
    while 8192 - bytes.count % 8192 != room {
      let rest = 8192 - bytes.count % 8192 - room
      // 26 bytes of header and length; the last record takes what is left. Where that is too little, the next page must do.
      let size = rest < 32 ? 8192 : rest <= 240 ? rest : rest < 272 ? 104 : 128
      record(main: [UInt8](repeating: 7, count: size - 26))
    }
  }

  /// `XLOG_SWITCH`, and the rest of the segment as zeros.
  package mutating func switchSegment() {
    raw(manager: 0, info: 0x40, body: [])
    while bytes.count % segmentSize != 0 { bytes.append(0) }
  }

  package mutating func zeros(_ count: Int) { bytes += [UInt8](repeating: 0, count: count) }

  /// Whole segments, the rest of the last one zeros.
  package var segments: [[UInt8]] {
    stride(from: 0, to: max(bytes.count, 1), by: segmentSize).map { start in
      let part = bytes[start..<min(start + segmentSize, bytes.count)]
      return part + [UInt8](repeating: 0, count: segmentSize - part.count)
    }
  }

  /// Writes over some bytes.
  package mutating func overwrite(at lsn: LSN, _ new: [UInt8]) {
    let start = Int(lsn.bytes(since: base))
    bytes.replaceSubrange(start..<start + new.count, with: new)
  }
}
