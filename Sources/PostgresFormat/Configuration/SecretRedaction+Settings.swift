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
    let (hasColon, hasAt) = (value.contains(":"), value.contains("@"))
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
    let lower = String(decoding: text.lowercased().utf8.map { $0.isSpace ? 0x20 : $0 }, as: UTF8.self)
    return secretWords.contains { lower.contains($0) } || ["://", "=", " -", "@"].contains { lower.contains($0) }
      || lower.hasPrefix("-")
      || lower.split { !($0.isLetter || $0.isNumber) }.contains { weakWords.contains(String($0)) }
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
