package import ByteReading

extension BackupLabel {
  /// Bytes: 1 MiB. The server writes some 300 and a label of at most 1 kB (`MAXPGPATH`).
  package static let fileSizeLimit = 1 << 20

  /// Reads `backup_label` or a `.backup` history file.
  ///
  /// The first lines must stand exactly as the server wants them (`read_backup_label`): a line `START WAL LOCATION` that
  /// ends right after its parenthesis, then (in a history file after `STOP WAL LOCATION`) `CHECKPOINT LOCATION`. Anything
  /// else there is ``FormatError/Code/badSyntax``, for which the server does not start; so is a `START TIMELINE` that
  /// differs from the timeline in the segment's name (``FormatError/Code/badValue``). The other lines may be missing.
  package init(parsing bytes: RawSpan) throws(FormatError) {
    let content = try bytes.bytes(at: 0, count: bytes.byteCount, field: "backup_label")
    var lines = TextLines(content)
    let start = try Self.walLocation("START WAL LOCATION", in: lines.next())
    var label = BackupLabel(
      startLSN: start.lsn, startSegment: start.segment, startTimeline: start.timeline, checkpointLSN: .none)
    var line = lines.next()
    if let stop = line, stop.bytes.starts(with: "STOP WAL LOCATION: ".utf8) {
      label.stopLSN = try Self.walLocation("STOP WAL LOCATION", in: stop).lsn
      line = lines.next()
    }
    label.checkpointLSN = try Self.checkpointLocation(in: line)
    while let line = lines.next() { try label.read(line) }
    self = label
  }

  /// `NAME: hi/lo (file TTTTTTTTXXXXXXXXYYYYYYYY)` and a line end.
  private static func walLocation(
    _ name: StaticString, in line: TextLines.Line?
  ) throws(FormatError) -> (lsn: LSN, segment: String, timeline: TimelineID) {
    var cursor = ScanCursor(line?.bytes ?? [])
    guard let line, cursor.take("\(name):"), let lsn = cursor.lsn(), cursor.spacedTake("(file ") else {
      throw syntaxError(name, line, cursor, expected: "\(name): an LSN (file a segment)")
    }
    let segment = cursor.rest.prefix { !$0.isSpace && $0 != UInt8(ascii: ")") }
    guard let timeline = cursor.hex(width: 8), segment.count == 24,
      cursor.take(String(decoding: segment.dropFirst(8), as: UTF8.self)), cursor.take(UInt8(ascii: ")")),
      cursor.isAtEnd, line.isTerminated
    else {
      throw syntaxError(name, line, cursor, expected: "a segment's name, a parenthesis and the line end")
    }
    return (lsn, String(decoding: segment, as: UTF8.self), TimelineID(timeline))
  }

  private static func checkpointLocation(in line: TextLines.Line?) throws(FormatError) -> LSN {
    var cursor = ScanCursor(line?.bytes ?? [])
    guard let line, cursor.take("CHECKPOINT LOCATION:"), let lsn = cursor.lsn(), cursor.isAtEnd, line.isTerminated
    else {
      throw syntaxError("CHECKPOINT LOCATION", line, cursor, expected: "CHECKPOINT LOCATION: an LSN and the line end")
    }
    return lsn
  }

  private static func syntaxError(
    _ field: StaticString, _ line: TextLines.Line?, _ cursor: ScanCursor, expected: String
  ) -> FormatError {
    FormatError(
      .badSyntax, at: (line?.offset ?? 0) + cursor.position, field: "\(field)", expected: expected,
      found: line.map { SecretRedaction.excerpt($0.bytes, limit: 80) } ?? "the end of the file")
  }

  private mutating func read(_ line: TextLines.Line) throws(FormatError) {
    func value(of name: String) -> ArraySlice<UInt8>? {
      line.bytes.starts(with: "\(name): ".utf8) ? line.bytes.dropFirst(name.utf8.count + 2) : nil
    }
    func text(of name: String) -> String? {
      value(of: name).map { SecretRedaction.redactingText(String(decoding: $0, as: UTF8.self)) }
    }
    func number(of name: String) -> TimelineID? {
      guard let value = value(of: name) else { return nil }
      var cursor = ScanCursor(value)
      return cursor.decimal().map { TimelineID($0) }
    }
    if let text = text(of: "BACKUP METHOD") { method = text }
    if let text = text(of: "BACKUP FROM") { from = text }
    if let text = text(of: "START TIME") { startTime = text }
    if let text = text(of: "STOP TIME") { stopTime = text }
    if let text = text(of: "LABEL") { label = text }
    if let value = value(of: "INCREMENTAL FROM LSN") {
      var cursor = ScanCursor(value)
      incrementalFromLSN = cursor.lsn()
    }
    incrementalFromTimeline = number(of: "INCREMENTAL FROM TLI") ?? incrementalFromTimeline
    stopTimeline = number(of: "STOP TIMELINE") ?? stopTimeline
    if let stated = number(of: "START TIMELINE"), stated != startTimeline {
      throw FormatError(
        .badValue, at: line.offset, field: "START TIMELINE", expected: String(startTimeline.rawValue),
        found: String(stated.rawValue))
    }
  }
}

extension ScanCursor {
  /// White space, then these bytes, or nothing.
  mutating func spacedTake(_ text: String) -> Bool {
    skipSpace()
    return take(text)
  }
}
