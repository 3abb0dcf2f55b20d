extension SecretRedaction {
  /// The value of a setting as evidence keeps it; nil for a setting that is not kept at all.
  ///
  /// Of the server's own settings all are kept, connection strings and commands without what may be a secret. A name that
  /// the server does not know is misspelled or an extension's: of the first kind a reader sees that it is there, of the
  /// second kind only those are kept that a rule asks for.
  package static func capturedValue(ofSetting name: String, _ value: String) -> String? {
    let lower = SettingDefinition.normalized(name)
    if lower.contains(".") {
      return numbersOfExtensions.contains(lower) && value.utf8.allSatisfy(\.isDigit) ? value : nil
    }
    if value.isEmpty { return value }
    if lower.hasSuffix("conninfo") { return redactingPassword(value) }
    // Nobody needs it, and the passphrase itself may stand there by mistake.
    if lower == "ssl_passphrase_command" || !ServerSettingNames.contains(lower) { return withheldValue }
    if lower.hasSuffix("_command") { return ShellCommandRedaction.redacted(value) }
    return isOddValue(value, ofSetting: lower) ? withheldValue : scrubbed(value)
  }

  /// Whether the value of one of the server's own settings has what its values do not have: `USER:PASSWORD@HOST`, `token:X`
  /// and the like by mistake.
  private static func isOddValue(_ value: String, ofSetting name: String) -> Bool {
    if name == "log_line_prefix" { return false }
    if freeTexts.contains(name), value.utf8.contains(where: \.isSpace), mayHoldSecret(value) { return true }
    let (hasColon, hasAt) = (value.utf8.contains(UInt8(ascii: ":")), value.utf8.contains(UInt8(ascii: "@")))
    if name == "listen_addresses" {
      return !value.split(whereSeparator: { ", ".contains($0) }).allSatisfy {
        $0 == "*" || ConnectionValueKind.isHost($0)
      }
    }
    return (hasColon || hasAt) && !(settingsWithSigns.contains(name) && !(hasColon && hasAt))
  }

  /// Names that people give as they like.
  private static let freeTexts: Set<String> = [
    "bonjour_name", "cluster_name", "event_source", "recovery_target_name", "syslog_ident",
  ]
  /// Settings in whose values a colon or an `@` means something.
  private static let settingsWithSigns: Set<String> = [
    "dynamic_library_path", "extension_control_path", "lc_collate", "lc_ctype", "lc_messages", "lc_monetary",
    "lc_numeric", "lc_time", "log_filename", "log_min_messages", "log_timezone", "recovery_target_time", "search_path",
    "ssl_ciphers", "ssl_ecdh_curve", "ssl_groups", "ssl_tls13_ciphers", "timezone", "unix_socket_directories",
  ]

  /// Whether a setting is the server's own and holds neither a connection string nor a command.
  static func isHarmlessSetting(_ name: String) -> Bool {
    let lower = SettingDefinition.normalized(name)
    return ServerSettingNames.contains(lower) && !lower.hasSuffix("conninfo") && !lower.hasSuffix("_command")
  }

  /// The value of a setting as a document about its file shows it: where evidence keeps none, that there is one.
  package static func redactingSetting(name: String, value: String) -> String {
    capturedValue(ofSetting: name, value) ?? (value.isEmpty ? value : withheldValue)
  }

  /// Free text of a file (a label, a reason, a piece of a line that is wrong): as a whole or not at all.
  package static func redactingText(_ text: String) -> String {
    mayHoldSecret(text) ? withheldValue : text
  }

  /// A word of the command line that was refused, as a message may repeat it: it may have been meant as a connection string.
  /// A path stays as it is, apart from what looks like a secret in it.
  package static func redactingArgument(_ text: String) -> String {
    let bytes = Array(text.utf8)
    if ConnectionString.uriPrefixes.contains(where: { bytes.starts(with: $0.utf8) }) { return redactingPassword(text) }
    guard let sign = bytes.firstIndex(of: UInt8(ascii: "=")) else {
      let isPath = bytes.first == UInt8(ascii: "/") || bytes.first == UInt8(ascii: ".")
      return !isPath && bytes.contains(where: \.isSpace) && mayHoldSecret(text) ? withheldValue : scrubbed(text)
    }
    // The query of a URI that lacks its scheme.
    if let query = bytes[..<sign].firstIndex(of: UInt8(ascii: "?")) {
      return scrubbed(String(decoding: bytes[..<query], as: UTF8.self)) + "?" + withheldValue
    }
    if bytes[..<sign].contains(UInt8(ascii: "/")) { return scrubbed(text) }
    guard bytes.contains(where: \.isSpace) || mayHoldSecret(String(decoding: bytes[..<sign], as: UTF8.self)) else {
      return redactingPair(bytes, at: sign)
    }
    return redactingPassword(text)
  }

  /// `user:password`, alone or with more after it, without what follows the first colon. As it is where that is a port
  /// (`db1:5432/shop`), a position, a path or a time.
  package static func redactingLogin(_ text: String) -> String {
    let bytes = Array(text.utf8)
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[0].isASCIILetter || bytes[0] == UInt8(ascii: "_"),
      !bytes[..<colon].contains(where: { $0.isSpace || "/.=".utf8.contains($0) })
    else { return text }
    let value = bytes[(colon + 1)...]
    let digits = value.prefix { $0.isDigit }
    let rest = value[digits.endIndex...]
    let isPort = (1...5).contains(digits.count) && (rest.isEmpty || rest.first == UInt8(ascii: "/"))
    if value.isEmpty || value.first == UInt8(ascii: "/") || isPort { return text }
    if value.contains(UInt8(ascii: "/")), isPosition(value) { return text }
    return String(decoding: bytes[...colon], as: UTF8.self) + withheldValue
  }

  private static func isPosition(_ value: ArraySlice<UInt8>) -> Bool {
    value.count <= 17 && value.allSatisfy { $0.hexDigit != nil || $0 == UInt8(ascii: "/") }
  }

  /// `name=value` of one word: the value stays where it is known to be harmless, or a position as in `SLOT=LSN`.
  private static func redactingPair(_ bytes: [UInt8], at sign: Int) -> String {
    let name = String(decoding: bytes[..<sign], as: UTF8.self)
    let value = bytes[(sign + 1)...]
    let isHarmless = harmlessKeywords[name]?.fits(String(decoding: value, as: UTF8.self)) == true
    return isPosition(value) || isHarmless ? String(decoding: bytes, as: UTF8.self) : "\(name)=\(withheldValue)"
  }

  /// The first bytes of a piece of a file, for an error that quotes it; nothing where they are not of what the files of a data
  /// directory are made of: a link leads to any file of the machine, the passwords of others included.
  package static func excerpt(_ bytes: some Collection<UInt8>, limit: Int) -> String {
    let words = Array(bytes).split { $0.isSpace }
    guard words.allSatisfy(isOwnWord), !mayHoldSecret(String(decoding: bytes, as: UTF8.self)) else {
      return withheldValue
    }
    return String(decoding: bytes.prefix(limit), as: UTF8.self)
  }

  /// A number, a position, a time, the name of a segment; a word of a label; or too short to be a secret.
  private static func isOwnWord(_ word: ArraySlice<UInt8>) -> Bool {
    word.count <= 3 || labelWords.contains(String(decoding: word, as: UTF8.self))
      || word.count <= 25 && word.allSatisfy { $0.isDigit || "ABCDEFabcdef/.:+-()".utf8.contains($0) }
  }

  private static let labelWords: Set<String> = [
    "START", "STOP", "CHECKPOINT", "BACKUP", "INCREMENTAL", "LOCATION", "LOCATION:", "METHOD:", "FROM:", "TIME:",
    "TIMELINE:", "LABEL:", "(file",
  ]

  /// Whether text from a file could hold a secret: a word for one, an assignment, a URI, an option, a header.
  static func mayHoldSecret(_ text: String) -> Bool {
    if text == withheldValue { return false }
    let lower = text.utf8.map { $0.isSpace ? 0x20 : $0.lowercased }
    return doubtfulSigns.finds(in: lower) || lower.first == UInt8(ascii: "-") || hasPair(lower)
      || lower.split { !($0.isASCIILetter || $0.isDigit || $0 >= 0x80) }.contains { weak.contains($0) }
  }

  private static let doubtfulSigns = WordSearch(secretWords + ["://", "=", " -", "@"])
  private static let weak = Set(weakWords.map { Array($0.utf8)[...] })

  /// `user:password`: a colon within a word that is neither a time nor a path with a drive.
  private static func hasPair(_ bytes: [UInt8]) -> Bool {
    bytes.split(separator: 0x20).contains { word in
      word.indices.dropFirst().dropLast().contains { place in
        let (before, after) = (word[place - 1], word[place + 1])
        let isDrive = place == word.startIndex + 1 && before.isASCIILetter && "/\\".utf8.contains(after)
        return word[place] == UInt8(ascii: ":") && !isDrive && !(before.isDigit && after.isDigit)
      }
    }
  }

  private static let numbersOfExtensions: Set<String> = ["ivorysql.port"]
}

extension PostmasterOptions {
  /// Letters of the server's command line with an argument of their own (`getopt` in
  /// src/backend/postmaster/postmaster.c), `-c` apart.
  private static let lettersWithValue = Set("BCDdfhkNoprStvW".utf8)
  private static let lettersAlone = Set("bEeFijlnOPsTx".utf8)
  /// What these hold is a path, an address, a name or a number.
  private static let harmlessValues = Set("BDdhkNpSW".utf8)

  /// The same without what may be a secret: settings by their own rules, letters with what they take, nothing else.
  package var redacted: PostmasterOptions {
    var result: [String] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument.hasPrefix("--") {
        result.append(argument == "--" ? argument : "--" + Self.assignment(argument.dropFirst(2)))
      } else if argument.hasPrefix("-"), argument.utf8.count > 1 {
        result += Self.letters(argument, &rest)
      } else {
        result.append(SecretRedaction.withheldValue)
      }
    }
    return PostmasterOptions(
      program: Self.isProgram(program) ? SecretRedaction.redactingText(program) : SecretRedaction.withheldValue,
      arguments: result)
  }

  /// After a link any file of the machine may stand.
  private static func isProgram(_ path: String) -> Bool {
    ["postgres", "postmaster", "postgres.exe", "postgres.bin"].contains { path.hasSuffix($0) }
  }

  /// A word of letters, and the next word where the last letter takes it.
  private static func letters(_ word: String, _ rest: inout ArraySlice<String>) -> [String] {
    let bytes = Array(word.utf8)
    for (index, letter) in bytes.enumerated().dropFirst() {
      if lettersAlone.contains(letter) { continue }
      guard letter == UInt8(ascii: "c") || lettersWithValue.contains(letter) else { break }
      let attached = String(decoding: bytes[(index + 1)...], as: UTF8.self)
      let head = String(decoding: bytes[...index], as: UTF8.self)
      func shown(_ value: String) -> String {
        if letter == UInt8(ascii: "c") { return assignment(value[...]) }
        return harmlessValues.contains(letter) ? SecretRedaction.scrubbed(value) : SecretRedaction.withheldValue
      }
      if !attached.isEmpty { return [head + shown(attached)] }
      return [head] + (rest.popFirst().map { [shown($0)] } ?? [])
    }
    let known = bytes.dropFirst().allSatisfy { lettersAlone.contains($0) }
    return [known ? word : SecretRedaction.withheldValue]
  }

  private static func assignment(_ words: Substring) -> String {
    guard let equals = words.firstIndex(of: "=") else { return SecretRedaction.withheldValue }
    let name = String(words[..<equals])
    let value = String(words[words.index(after: equals)...])
    return name + "=" + SecretRedaction.redactingSetting(name: name.replacing("-", with: "_"), value: value)
  }
}
