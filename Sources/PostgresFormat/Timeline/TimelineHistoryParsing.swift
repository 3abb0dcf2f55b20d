package import ByteReading

extension TimelineHistory {
  /// Bytes: 1 MiB. The server writes some fifty for every promotion.
  package static let fileSizeLimit = 1 << 20
  /// The server reads lines into a buffer of 1024 bytes (`MAXPGPATH`); what is longer comes as several lines.
  static let linePieceLength = 1023

  /// Reads the history file of `timeline` as the server does (`readTimeLineHistory`).
  ///
  /// Throws what the server refuses: ``FormatError/Code/badSyntax`` for a line that does not begin with a number (field
  /// `timeline`) or has no switch point (field `switchpoint`); ``FormatError/Code/badValue`` for timelines that do not
  /// increase (field `order`), or are not below the file's own (field `child`). The warnings name what the server
  /// accepts but never writes.
  package static func parsing(
    _ bytes: RawSpan, timeline: TimelineID, version: ServerVersion? = nil
  ) throws(FormatError) -> (history: TimelineHistory, warnings: [FormatError]) {
    let parsed = try parsing(bytes, version: version)
    if let last = parsed.ancestors.last, last.timeline >= timeline {
      throw FormatError(
        .badValue, at: parsed.lastOffset, field: "child", expected: "less than \(timeline)",
        found: String(last.timeline.rawValue))
    }
    return (TimelineHistory(timeline: timeline, ancestors: parsed.ancestors), parsed.warnings)
  }

  /// The history alone. See ``parsing(_:timeline:version:)``.
  package init(parsing bytes: RawSpan, timeline: TimelineID, version: ServerVersion? = nil) throws(FormatError) {
    self = try Self.parsing(bytes, timeline: timeline, version: version).history
  }

  /// The entries of a history file whose timeline is not known (its name tells it, not its content).
  package static func parsing(
    _ bytes: RawSpan, version: ServerVersion? = nil
  ) throws(FormatError) -> (ancestors: [Entry], warnings: [FormatError], lastOffset: Int) {
    let content = try bytes.bytes(at: 0, count: bytes.byteCount, field: "history file")
    var ancestors: [Entry] = []
    var warnings: [FormatError] = []
    var lastOffset = 0
    var start = 0
    while start < content.count {
      let (end, isWhole) = pieceEnd(of: content, from: start)
      let piece = content[start..<end]
      if !isWhole {
        warnings.append(
          FormatError(
            .badSyntax, at: start, field: "line", expected: "at most \(linePieceLength) bytes", found: "a longer line"))
      }
      if let (entry, isLiteral) = try entry(on: piece, at: start, version: version) {
        if let last = ancestors.last, entry.timeline <= last.timeline {
          throw FormatError(
            .badValue, at: start, field: "order", expected: "greater than \(last.timeline)",
            found: String(entry.timeline.rawValue))
        }
        if !isLiteral {
          warnings.append(
            FormatError(
              .badSyntax, at: start, field: "line", expected: "a timeline, white space, and hi/lo in hex",
              found: SecretRedaction.excerpt(piece, limit: 60)))
        }
        if let last = ancestors.last, entry.switchPoint < last.switchPoint {
          warnings.append(
            FormatError(
              .badValue, at: start, field: "switchpoint", expected: "at least \(last.switchPoint)",
              found: entry.switchPoint.description))
        }
        ancestors.append(entry)
        lastOffset = start
      }
      start = end
    }
    return (ancestors, warnings, lastOffset)
  }

  /// Where the piece that `fgets` would return ends, its line end included, and whether the line ends there.
  private static func pieceEnd(of content: [UInt8], from start: Int) -> (end: Int, isWhole: Bool) {
    let limit = min(content.count, start + linePieceLength)
    if let lineEnd = content[start..<limit].firstIndex(of: 0x0A) { return (lineEnd + 1, true) }
    return (limit, limit == content.count)
  }

  private static func entry(
    on piece: ArraySlice<UInt8>, at offset: Int, version: ServerVersion?
  ) throws(FormatError) -> (Entry, isLiteral: Bool)? {
    var cursor = ScanCursor(piece)
    cursor.skipSpace()
    if cursor.isAtEnd || cursor.current == UInt8(ascii: "#") { return nil }
    func shown(_ cursor: ScanCursor) -> String { SecretRedaction.excerpt(cursor.rest, limit: 60) }
    guard let timeline = cursor.decimal() else {
      throw FormatError(
        .badSyntax, at: offset + cursor.position, field: "timeline", expected: "a numeric timeline ID",
        found: shown(cursor))
    }
    let separated = cursor.current.map(\.isSpace) ?? false
    // From 19 the low half is read from at most eight characters.
    guard let switchPoint = cursor.lsn(lowWidth: version.map { $0 >= .v19 } ?? true ? 8 : .max) else {
      throw FormatError(
        .badSyntax, at: offset + cursor.position, field: "switchpoint",
        expected: "a write-ahead log switchpoint location", found: shown(cursor))
    }
    let closed = cursor.current.map(\.isSpace) ?? true
    var reason = cursor.rest.drop(while: \.isSpace)
    while let last = reason.last, last.isSpace { reason.removeLast() }
    let entry = Entry(
      timeline: TimelineID(timeline), switchPoint: switchPoint,
      reason: SecretRedaction.redactingText(String(decoding: reason, as: UTF8.self)))
    return (entry, cursor.isLiteral && separated && closed)
  }
}
