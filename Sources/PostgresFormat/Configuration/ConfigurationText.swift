/// One configuration file, parsed line by line: its statements in order, and the lines that the server would refuse.
///
/// Grammar of a line: a name, perhaps `=`, one value, the end of the line. The server reports an error, goes on with
/// the next line, abandons the file after 100 of them, and then refuses to start. Used for postgresql.conf,
/// postgresql.auto.conf, their includes, and recovery.conf. Follows `ParseConfigFp` in
/// src/backend/utils/misc/guc-file.l.
package struct ConfigurationText: Sendable, Hashable {
  /// Bytes: 4 MiB. A file written by initdb has 30 KiB.
  package static let fileSizeLimit = 4 << 20

  /// A line that sets something, includes among them (`ConfigVariable`).
  package struct Statement: Sendable, Hashable {
    /// As written; settings are compared without regard to ASCII case, names in recovery.conf with.
    package var name: String
    /// Decoded. Bytes that are not UTF-8 are replaced.
    package var value: String
    /// From 1.
    package var line: Int
    /// `line` counts from 1.
    package init(name: String, value: String, line: Int) { (self.name, self.value, self.line) = (name, value, line) }
  }

  /// A line that the server refuses: it does not start then, and ignores the file at a reload.
  package struct SyntaxError: Sendable, Hashable {
    /// The line that is wrong, from 1.
    package var line: Int
    /// The line as the server counts: one less where the file ends without a newline.
    package var reportedLine: Int
    /// The token that does not fit; nil where the line or the file ends too early, or where the line could hold a secret.
    package var token: String?
    /// The token is not shown because its line could hold a secret.
    package var withheld: Bool

    /// The end of the server's sentence: `near token "x"` or `near end of line`.
    package var nearness: String {
      if withheld { return "near a token that is not shown" }
      return token.map { "near token \"\($0)\"" } ?? "near end of line"
    }
  }

  /// After so many errors the server abandons a file.
  package static let errorLimit = 100

  /// In the order of the file; of a setting that occurs twice the last holds. Those after an error are there too.
  package var statements: [Statement] = []
  /// In the order of the file, at most ``errorLimit``.
  package var errors: [SyntaxError] = []
  /// The 100th error ended the reading.
  package var abandoned = false

  /// Parses the bytes of a whole file. Never throws: what is wrong is in `errors`.
  package init(_ bytes: [UInt8]) {
    var lexer = ConfigurationLexer(bytes)
    var fileGoesOn = true
    while fileGoesOn {
      let name = lexer.next()
      if name.kind == .endOfFile { return }
      if name.kind == .endOfLine { continue }
      switch Self.statement(name: name, lexer: &lexer) {
      case .success(let parsed): statements.append(parsed)
      case .failure(let bad):
        errors.append(Self.error(bad.token, bytes: bytes))
        if errors.count >= Self.errorLimit {
          abandoned = true
          return
        }
        switch bad.token.kind {
        case .endOfLine: break
        case .endOfFile: fileGoesOn = false
        default: fileGoesOn = lexer.skipLine()
        }
      }
    }
  }

  private struct Unexpected: Error { var token: ConfigurationLexer.Token }

  private static func statement(
    name: ConfigurationLexer.Token, lexer: inout ConfigurationLexer
  ) -> Result<Statement, Unexpected> {
    guard name.kind == .identifier || name.kind == .qualifiedIdentifier else { return .failure(.init(token: name)) }
    var value = lexer.next()
    if value.kind == .equals { value = lexer.next() }
    let decoded: String
    switch value.kind {
    case .quotedString: decoded = unquoted(lexer.bytes[value.range])
    case .identifier, .unquotedString, .integer, .real: decoded = text(lexer.bytes[value.range])
    default: return .failure(.init(token: value))
    }
    let end = lexer.next()
    guard end.kind == .endOfLine || end.kind == .endOfFile else { return .failure(.init(token: end)) }
    return .success(Statement(name: text(lexer.bytes[name.range]), value: decoded, line: name.line))
  }

  private static func error(_ token: ConfigurationLexer.Token, bytes: [UInt8]) -> SyntaxError {
    switch token.kind {
    case .endOfLine: return SyntaxError(line: token.line, reportedLine: token.line, token: nil, withheld: false)
    case .endOfFile: return SyntaxError(line: token.line, reportedLine: token.line - 1, token: nil, withheld: false)
    default:
      let newline = UInt8(ascii: "\n")
      let before = bytes[..<token.range.lowerBound].lastIndex(of: newline).map { $0 + 1 } ?? 0
      let after = bytes[token.range.lowerBound...].firstIndex(of: newline) ?? bytes.count
      let secret = !isHarmless(bytes[token.range], on: bytes[before..<after])
      return SyntaxError(
        line: token.line, reportedLine: token.line, token: secret ? nil : text(bytes[token.range]), withheld: secret)
    }
  }

  /// Whether a token may be quoted: a sign, or part of a line that begins with a setting whose values are not secrets.
  private static func isHarmless(_ token: ArraySlice<UInt8>, on line: ArraySlice<UInt8>) -> Bool {
    if !token.contains(where: { $0.isASCIILetter || $0.isDigit || $0 >= 0x80 }) { return true }
    let name = line.drop(while: \.isSpace).prefix { $0.isASCIILetter || $0.isDigit || $0 == UInt8(ascii: "_") }
    let rest = text(line.dropFirst(name.endIndex - line.startIndex)).replacing("=", with: " ")
    return SecretRedaction.isHarmlessSetting(text(name)) && !SecretRedaction.mayHoldSecret(rest)
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

  /// The content of a quoted string: two quotes are one, a backslash introduces a control character, up to three octal
  /// digits, or the byte after it. A zero byte ends the value, as it does in the server.
  private static func unquoted(_ quoted: ArraySlice<UInt8>) -> String {
    let content = Array(quoted.dropFirst().dropLast())
    var result: [UInt8] = []
    result.reserveCapacity(content.count)
    var at = 0
    while at < content.count, content[at] != 0 {
      let byte = content[at]
      at += 1
      guard byte == UInt8(ascii: "\\"), at < content.count else {
        result.append(byte)
        if byte == UInt8(ascii: "'") { at += 1 }
        continue
      }
      let escaped = content[at]
      if isOctal(escaped) {
        var code = 0
        var digits = 0
        while digits < 3, at < content.count, isOctal(content[at]) {
          code = code * 8 + Int(content[at] - UInt8(ascii: "0"))
          at += 1
          digits += 1
        }
        result.append(UInt8(truncatingIfNeeded: code))
      } else {
        result.append(controlCharacters[escaped] ?? escaped)
        at += 1
      }
    }
    return text(result.prefix { $0 != 0 })
  }

  private static func isOctal(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(byte) }

  private static let controlCharacters: [UInt8: UInt8] = [
    UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C, UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D,
    UInt8(ascii: "t"): 0x09,
  ]
}
