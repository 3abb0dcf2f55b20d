extension SecretRedaction {
  /// A message (of a server, of libpq, of a log) without what looks like a secret: commands and settings that it quotes,
  /// passwords and queries of URIs, the values after `password=` and its like, headers. What stands after an unclosed
  /// quote goes wholly.
  package static func scrubbed(_ text: String) -> String {
    let bytes = Array(text.utf8)
    guard signs.finds(in: bytes.map(\.lowercased)) else { return text }
    let quoted = scrubbingQuotedValues(bytes)
    return String(decoding: scrubbingAssignments(scrubbingLogins(scrubbingURIs(quoted))), as: UTF8.self)
  }

  /// Parts of names that stand for secrets, wherever they are in a name.
  static let secretWords = [
    "passw", "pwd", "secret", "passphrase", "credential", "token", "apikey", "api_key", "api-key", "authorization",
    "cipher-pass", "cipher_pass",
  ]
  /// The same, where one of them is all of a name after its last `-`, `_` or `.`.
  static let weakWords = ["pass", "pw", "key", "auth", "sig", "signature", "pin", "bearer", "cookie"]
  /// Schemes of an Authorization header, which stand in front of the secret.
  private static let schemes = ["bearer ", "basic "]
  /// What stands in every text of which something is taken out.
  private static let signs = WordSearch(
    secretWords + weakWords + schemes + [":/", "@", "command", "parameter", "-u", "--user", "--proxy-user"])

  // MARK: Values in quotes

  /// `parameter "NAME" changed to "VALUE"`, `invalid value for parameter "NAME": "VALUE"`, `archive_command "VALUE"` and
  /// `command was: VALUE`, as the server's log has them: a value ends at the last quote, or with the line.
  private static func scrubbingQuotedValues(_ bytes: [UInt8]) -> [UInt8] {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return Array(lines.map { scrubbingQuotedValue(Array($0)) }.joined(separator: [UInt8(ascii: "\n")]))
  }

  private static func scrubbingQuotedValue(_ line: [UInt8]) -> [UInt8] {
    if let start = end(of: "command was: ", in: line) {
      let command = String(decoding: line[start...], as: UTF8.self)
      return line[..<start] + Array(ShellCommandRedaction.redacted(command).utf8)
    }
    let quote = UInt8(ascii: "\"")
    if let name = end(of: "parameter \"", in: line), let close = line[name...].firstIndex(of: quote),
      let open = line[(close + 1)...].firstIndex(of: quote), let last = line.lastIndex(of: quote), last > open
    {
      let value = redactingSetting(
        name: String(decoding: line[name..<close], as: UTF8.self),
        value: String(decoding: line[(open + 1)..<last], as: UTF8.self))
      return line[...open] + Array(value.utf8) + line[last...]
    }
    if let start = end(of: "command \"", in: line), let last = line.lastIndex(of: quote), last >= start {
      let command = String(decoding: line[start..<last], as: UTF8.self)
      return line[..<start] + Array(ShellCommandRedaction.redacted(command).utf8) + line[last...]
    }
    return line
  }

  private static func end(of words: String, in line: [UInt8]) -> Int? {
    let mark = Array(words.utf8)
    return line.indices.first { line[$0] == mark[0] && line[$0...].starts(with: mark) }.map { $0 + mark.count }
  }

  // MARK: Logins

  /// `user:password@host` without a scheme becomes `user@host`; the first colon and the last `@` of the word count. What
  /// log_line_prefix has of that form (`%r:%u@%d`) stays. `user:password` after an option for it loses the password.
  private static func scrubbingLogins(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    let words = bytes.split(omittingEmptySubsequences: false) { $0.isSpace || "'\"".utf8.contains($0) }
    var followsOption = false
    for word in words {
      if word.startIndex > 0 { result.append(bytes[word.startIndex - 1]) }
      let isPair = followsOption || loginOptions.contains { word.starts(with: ($0 + "=").utf8) }
      if !word.isEmpty { followsOption = loginOptions.contains { word.elementsEqual($0.utf8) } }
      if isPair, let colon = word.firstIndex(of: UInt8(ascii: ":")) {
        result += word[...colon] + Array(withheldValue.utf8)
        continue
      }
      guard let sign = word.lastIndex(of: UInt8(ascii: "@")),
        let colon = word[..<sign].firstIndex(of: UInt8(ascii: ":")), colon > word.startIndex,
        word[colon + 1] != UInt8(ascii: "/"), word[..<sign].dropLast().last != UInt8(ascii: "%")
      else {
        result += word
        continue
      }
      result += word[..<colon] + word[sign...]
    }
    return result
  }

  private static let loginOptions = ["-u", "-U", "--user", "--proxy-user", "--userpwd"]

  // MARK: URIs

  /// `scheme://user:password@host?query` becomes `scheme://user@host?(withheld)`; the last `@` of the word counts. One
  /// slash is enough: a path that was made canonical has lost the other.
  private static func scrubbingURIs(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var at = 0
    let mark = Array(":/".utf8)
    while at < bytes.count {
      guard bytes[at] == mark[0], bytes[at...].starts(with: mark) else {
        result.append(bytes[at])
        at += 1
        continue
      }
      result += mark
      at += mark.count
      var end = at
      while end < bytes.count, !bytes[end].isSpace, !"'\"".utf8.contains(bytes[end]) { end += 1 }
      if let sign = bytes[at..<end].lastIndex(of: UInt8(ascii: "@")),
        let colon = bytes[at..<sign].firstIndex(of: UInt8(ascii: ":"))
      {
        result += bytes[at..<colon]
        at = sign
      }
      if let query = bytes[at..<end].firstIndex(of: UInt8(ascii: "?")) {
        result += bytes[at...query]
        if query + 1 < end { result += Array(withheldValue.utf8) }
      } else {
        result += bytes[at..<end]
      }
      at = end
    }
    return result
  }
}
