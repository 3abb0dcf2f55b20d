import PostgresFormat

/// What a name in a WAL folder or archive stands for.
enum ArchiveEntryName: Equatable {
  /// A segment; what follows its 24 digits begins at this byte of the name.
  case segment(SegmentName, isPartial: Bool)
  /// `TTTTTTTT.history`, and what a compression appended to it.
  case history(TimelineID, suffix: String)
  /// `SEGMENT.OFFSET.backup`.
  case backupHistory
  /// A folder of an archive that is divided by the first 16 digits.
  case subfolder
  case other

  /// Bytes of a segment's name.
  static let segmentDigits = 24

  init(_ name: UnsafeRawBufferPointer) {
    self = .other
    let digits = unsafe name.prefix { UInt32Hex.isDigit($0) }.count
    if digits == 8, unsafe Self.has(name, ".history", at: 8), let timeline = unsafe UInt32Hex.parse(name.prefix(8)) {
      let suffix = unsafe Codec.suffix(of: name)
      if name.count == 16 + suffix.utf8.count { self = .history(TimelineID(timeline), suffix: suffix) }
    } else if digits == 16, name.count == 16 {
      self = .subfolder
    } else if digits == Self.segmentDigits,
      let segment = unsafe SegmentName(rawName: UnsafeRawBufferPointer(rebasing: name.prefix(Self.segmentDigits)))
    {
      if unsafe Self.isBackupHistory(name) {
        self = .backupHistory
      } else if unsafe Self.isSegmentSuffix(name) {
        // pg_receivewal writes `NAME.gz.partial`, archives hold `NAME.partial.gz`.
        let isPartial =
          unsafe Self.has(name, ".partial", at: Self.segmentDigits) || Self.has(name, ".partial", at: name.count - 8)
        self = .segment(segment, isPartial: isPartial)
      }
    }
  }

  /// Nothing, or what archiving tools append: `.partial`, `.gz`, `-` and a checksum.
  private static func isSegmentSuffix(_ name: UnsafeRawBufferPointer) -> Bool {
    guard name.count > segmentDigits else { return true }
    let separator = unsafe name[segmentDigits]
    guard separator == UInt8(ascii: ".") || separator == UInt8(ascii: "-"), name.count < 200 else { return false }
    for work in [".ready", ".done", ".deleted", ".tmp", ".pgbackrest.tmp"] as [StaticString] {
      if unsafe has(name, work, at: name.count - work.utf8CodeUnitCount) { return false }
    }
    return true
  }

  private static func isBackupHistory(_ name: UnsafeRawBufferPointer) -> Bool {
    guard name.count >= 40, unsafe name[segmentDigits] == UInt8(ascii: ".") else { return false }
    let offset = unsafe name[25..<33]
    return unsafe offset.allSatisfy { UInt32Hex.isDigit($0) } && has(name, ".backup", at: 33)
  }

  private static func has(_ name: UnsafeRawBufferPointer, _ text: StaticString, at offset: Int) -> Bool {
    guard offset >= 0, name.count - offset >= text.utf8CodeUnitCount else { return false }
    return text.withUTF8Buffer { wanted in unsafe name[offset..<offset + wanted.count].elementsEqual(wanted) }
  }
}

extension UInt32Hex {
  /// An upper-case hex digit.
  static func isDigit(_ byte: UInt8) -> Bool {
    (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) || (byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "F"))
  }
}
