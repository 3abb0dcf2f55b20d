/// A shell command of the server's configuration without what may be a secret: the names of its programs stay, and of
/// the arguments those that are known to be harmless.
///
/// Stays: what the server fills in (`%f`, `%p`, `%r`), a plain path that ends in one of them, a plain path given to one of
/// ``fileTools``, an option of one letter, ``harmlessWords``, and the stanza of pgBackRest. What the shell would take
/// apart further (quotes inside a word) goes as a whole, and so does all that follows a substitution, a comment or a
/// here-document. To redact twice changes nothing.
enum ShellCommandRedaction {
  static func redacted(_ command: String) -> String {
    var kept: [String] = []
    var expectsProgram = true
    var program = ""
    var followsOption = false
    var isReadable = true
    for word in words(Array(command.utf8)) {
      let text = String(decoding: word.bytes, as: UTF8.self)
      if isReadable, leadsElsewhere(word.bytes) { isReadable = false }
      if !isReadable {
        append(withheld(word), to: &kept)
      } else if separators.contains(text) {
        kept.append(text)
        (expectsProgram, followsOption) = (true, false)
      } else if punctuation.contains(text) {
        kept.append(text)
      } else if expectsProgram {
        let isProgram = word.plain.map { isPath($0) } ?? false
        append(isProgram ? text : withheld(word), to: &kept)
        expectsProgram = !isProgram && (isAssignment(word.bytes) || text == SecretRedaction.withheldValue)
        program = word.plain?.split(separator: "/").last.map(String.init) ?? ""
      } else {
        let takesFiles = fileTools.contains(program)
        let harmless = word.plain.map { isHarmless($0, takesFiles: takesFiles, followsOption: followsOption) } ?? false
        append(harmless ? text : withheld(word), to: &kept)
        followsOption = text.hasPrefix("-") && !text.contains("=")
      }
    }
    return kept.joined(separator: " ")
  }

  /// What ends one command and begins the next, where it stands alone.
  private static let separators: Set<String> = ["&&", "||", "|", ";"]
  private static let punctuation: Set<String> = [
    "!", "(", ")", "<", "=", ">", ">>", "2>", "2>&1", "1>&2", ">&2", ">/dev/null", "2>/dev/null", "{", "}",
  ]
  /// Programs whose arguments are files, and which take no secret.
  private static let fileTools: Set<String> = [
    "cat", "cd", "cp", "gunzip", "gzip", "ln", "lz4", "mkdir", "mv", "pg_archivecleanup", "pg_standby", "rm", "test",
    "touch", "xz", "zcat", "zstd",
  ]
  /// What the file of a segment is called after its name.
  private static let suffixes: Set<String> = [
    "", ".7z", ".age", ".bz2", ".enc", ".gpg", ".gz", ".lz4", ".lzo", ".part", ".partial", ".tmp", ".xz", ".zst",
  ]
  /// Programs after others (`nice cp`), and what they are told to do.
  private static let harmlessWords: Set<String> = [
    "archive-get", "archive-push", "barman-cloud-wal-archive", "barman-cloud-wal-restore", "barman-wal-archive",
    "barman-wal-restore", "bzip2", "cat", "cp", "curl", "dd", "false", "get-wal", "gunzip", "gzip", "lz4", "mv",
    "openssl", "pg_archivecleanup", "pg_standby", "pgbackrest", "pg_probackup", "rsync", "s3", "scp", "ssh", "test",
    "true", "wal-fetch", "wal-g", "wal-push", "xz", "zcat", "zstd",
  ]

  /// A word is withheld with what the server fills in kept, so that a reader sees what the command is about.
  private static func withheld(_ word: Word) -> String {
    let places = word.bytes.indices.dropLast().filter { word.bytes[$0] == percent && isPlace(word.bytes[$0 + 1]) }
    return SecretRedaction.withheldValue
      + places.map { "%" + String(decoding: [word.bytes[$0 + 1]], as: UTF8.self) }.joined()
  }

  /// How many words in a row were withheld tells nobody anything.
  private static func append(_ text: String, to kept: inout [String]) {
    if text == SecretRedaction.withheldValue, kept.last == text { return }
    kept.append(text)
  }

  private static func isHarmless(_ word: String, takesFiles: Bool, followsOption: Bool) -> Bool {
    if harmlessWords.contains(word) { return true }
    let bytes = Array(word.utf8)
    if bytes.count == 2, bytes[0] == UInt8(ascii: "-"), bytes[1].isASCIILetter { return true }
    if word.hasPrefix("--stanza=") {
      return bytes.dropFirst(9).allSatisfy { $0.isASCIILetter || $0.isDigit || "_-".utf8.contains($0) }
    }
    guard let sign = bytes.firstIndex(of: percent) else {
      return takesFiles && !followsOption && word.hasPrefix("/") && isPath(word)
    }
    guard sign + 1 < bytes.count, isPlace(bytes[sign + 1]) else { return false }
    let folder = String(decoding: bytes[..<sign], as: UTF8.self)
    let isFolder = folder.hasSuffix("/") && isPath(folder) && "/.".contains(folder.prefix(1))
    return (folder.isEmpty || isFolder && (takesFiles || !followsOption))
      && suffixes.contains(String(decoding: bytes[(sign + 2)...], as: UTF8.self))
  }

  /// Whether the words from this one on may be of another command, or of none.
  private static func leadsElsewhere(_ word: ArraySlice<UInt8>) -> Bool {
    word.first == UInt8(ascii: "#") || word.contains(UInt8(ascii: "`"))
      || substitutions.finds(in: word)
  }

  private static let substitutions = WordSearch(["$(", "<<", "<(", ">("])

  /// Letters, digits, and what names of files are made of otherwise.
  private static func isPath(_ word: String) -> Bool {
    !word.isEmpty && word.utf8.first != UInt8(ascii: "-")
      && word.utf8.allSatisfy { $0.isASCIILetter || $0.isDigit || "/._-".utf8.contains($0) }
  }

  /// `NAME=value`, with a value: the program comes after it.
  private static func isAssignment(_ word: ArraySlice<UInt8>) -> Bool {
    guard let equals = word.firstIndex(of: UInt8(ascii: "=")), equals > word.startIndex else { return false }
    return equals + 1 < word.endIndex
  }

  private static let percent = UInt8(ascii: "%")
  private static func isPlace(_ byte: UInt8) -> Bool { "fpr".utf8.contains(byte) }

  // MARK: Words

  /// One word as it stands, and what it says where the shell changes nothing but a pair of quotes around all of it.
  private struct Word {
    var bytes: ArraySlice<UInt8>
    var plain: String?
  }

  /// Split at white space that no quote and no backslash protects. A quote that is not closed takes all that follows.
  private static func words(_ bytes: [UInt8]) -> [Word] {
    var words: [Word] = []
    var at = 0
    while true {
      while at < bytes.count, bytes[at].isSpace { at += 1 }
      guard at < bytes.count else { return words }
      let start = at
      var quote: UInt8?
      while at < bytes.count, quote != nil || !bytes[at].isSpace {
        let byte = bytes[at]
        at += 1
        if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "'") {
          at = min(at + 1, bytes.count)
        } else if let open = quote {
          if byte == open { quote = nil }
        } else if "'\"".utf8.contains(byte) {
          quote = byte
        }
      }
      words.append(Word(bytes: bytes[start..<at], plain: plain(bytes[start..<at])))
    }
  }

  private static func plain(_ word: ArraySlice<UInt8>) -> String? {
    var inner = word
    if let first = word.first, word.count > 1, "'\"".utf8.contains(first), word.last == first {
      inner = word.dropFirst().dropLast()
    }
    return inner.contains { "'\"\\$`".utf8.contains($0) } ? nil : String(decoding: inner, as: UTF8.self)
  }
}
