package import ByteReading

extension PostmasterPID {
  /// Bytes: 64 KiB. Eight lines, two of them paths, are far from it.
  package static let fileSizeLimit = 65_536

  /// Reads `postmaster.pid`: a line each for process number, data directory, start time, port, socket directory, address,
  /// shared memory, status. While a server starts, the later lines are not there yet. Throws
  /// ``FormatError/Code/badSyntax`` where the first line is not a number.
  package init(parsing bytes: RawSpan) throws(FormatError) {
    let content = try bytes.bytes(at: 0, count: bytes.byteCount, field: "postmaster.pid")
    var reader = TextLines(content)
    let lines = reader.all(limit: 8).map { Self.trimmed($0.text) }
    func line(_ number: Int) -> String? {
      number <= lines.count && !lines[number - 1].isEmpty ? lines[number - 1] : nil
    }
    guard let pid = line(1).flatMap({ Int64($0) }), pid != 0 else {
      throw FormatError(
        .badSyntax, at: 0, field: "pid", expected: "a process number",
        found: lines.first.map { SecretRedaction.excerpt($0.utf8, limit: 80) } ?? "the end of the file")
    }
    self.init(
      pid: pid,
      dataDirectory: line(2).map(SecretRedaction.scrubbed),
      startTime: line(3).flatMap { Int64($0) }.map { Timestamp(unixSeconds: $0) },
      port: line(4).flatMap { Int($0) },
      socketDirectory: line(5).map(SecretRedaction.scrubbed),
      listenAddress: line(6).map(SecretRedaction.scrubbed),
      status: line(8).map(SecretRedaction.redactingText))
  }

  /// Without the blanks that pad the status and the numbers.
  private static func trimmed(_ text: String) -> String {
    var bytes = text.utf8.drop(while: \.isSpace)
    while let last = bytes.last, last.isSpace { bytes.removeLast() }
    return String(bytes) ?? text
  }
}

extension PostmasterOptions {
  /// Bytes: 4 MiB, more than the command line of a process can be by default on Linux.
  package static let fileSizeLimit = 4 << 20

  /// Reads `postmaster.opts`: the program, then each argument in double quotes after a blank, on one line. Quotes inside
  /// an argument are not escaped, so an argument ends only where a quote is followed by a blank and a quote, or by the
  /// line end. Throws ``FormatError/Code/badSyntax`` where the line has another form.
  package init(parsing bytes: RawSpan) throws(FormatError) {
    let content = try bytes.bytes(at: 0, count: bytes.byteCount, field: "postmaster.opts")
    var reader = TextLines(content)
    let line = reader.next()?.bytes ?? []
    let quote = UInt8(ascii: "\"")
    let separator = [UInt8(ascii: " "), quote]
    guard !line.isEmpty else {
      throw FormatError(
        .badSyntax, at: 0, field: "postmaster.opts", expected: "a program and its arguments", found: "an empty line")
    }
    let programEnd = line.indices.dropLast().first { line[$0...].starts(with: separator) } ?? line.endIndex
    var arguments: [String] = []
    var rest = line[programEnd...].dropFirst(2)
    if programEnd < line.endIndex {
      guard rest.last == quote else {
        throw FormatError(
          .badSyntax, at: line.endIndex, field: "postmaster.opts", expected: "a closing quote",
          found: "the end of the line")
      }
      rest.removeLast()
      let boundary: [UInt8] = [quote] + separator
      while let end = rest.indices.first(where: { rest[$0...].starts(with: boundary) }) {
        arguments.append(String(decoding: rest[..<end], as: UTF8.self))
        rest = rest[(end + boundary.count)...]
      }
      arguments.append(String(decoding: rest, as: UTF8.self))
    }
    self.init(program: String(decoding: line[..<programEnd], as: UTF8.self), arguments: arguments)
  }
}
