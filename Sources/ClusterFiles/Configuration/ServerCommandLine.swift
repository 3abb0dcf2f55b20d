import PostgresFormat

/// The settings that a server's command line gives: `-c name=value`, `--name=value`, and the letters that stand for a
/// setting. Follows the option loop of src/backend/postmaster/postmaster.c.
struct ServerCommandLine {
  /// In the order of the arguments. Names in lower case, dashes as underscores.
  private(set) var assignments: [(name: String, value: String)] = []
  /// The last `-D`: where postgresql.conf lies, and the data with it unless that file says otherwise.
  private(set) var dataDirectory: String?

  /// The last `config_file`.
  var configurationFile: String? { assignments.last { $0.name == "config_file" }?.value }

  /// Letters with an argument, and the setting it goes to; nil where it goes to none.
  private static let settingsOfLetters: [Character: String?] = [
    "B": "shared_buffers", "C": nil, "D": nil, "d": nil, "f": nil, "h": "listen_addresses",
    "k": "unix_socket_directories", "N": "max_connections", "o": nil, "p": "port", "r": nil, "S": "work_mem", "t": nil,
    "v": nil, "W": "post_auth_delay",
  ]
  /// Letters without one, and what they set.
  private static let flags: [Character: (name: String, value: String)] = [
    "F": ("fsync", "false"), "i": ("listen_addresses", "*"), "l": ("ssl", "true"),
  ]

  init(_ options: PostmasterOptions?) {
    var arguments = (options?.arguments ?? [])[...]
    while let argument = arguments.popFirst() {
      if argument.hasPrefix("--") {
        if argument == "--" { break }
        assign(argument.dropFirst(2))
      } else if argument.hasPrefix("-") {
        takeLetters(argument.dropFirst(), &arguments)
      }
    }
  }

  /// Letters may share one dash; the first that wants an argument takes the rest, or the next word.
  private mutating func takeLetters(_ word: Substring, _ arguments: inout ArraySlice<String>) {
    var letters = word
    while let letter = letters.popFirst() {
      if let flag = Self.flags[letter] {
        assignments.append(flag)
        continue
      }
      let setting = Self.settingsOfLetters[letter]
      guard letter == "c" || setting != nil else { continue }
      let value = letters.isEmpty ? arguments.popFirst().map { $0[...] } : letters
      guard let value else { return }
      if letter == "D" { dataDirectory = String(value) }
      if letter == "c" {
        assign(value)
      } else if case .some(.some(let name)) = setting {
        assignments.append((name, String(value)))
      }
      return
    }
  }

  private mutating func assign(_ words: Substring) {
    guard let equals = words.firstIndex(of: "=") else { return }
    let name = SettingDefinition.normalized(String(words[..<equals])).replacing("-", with: "_")
    assignments.append((name, String(words[words.index(after: equals)...])))
  }
}
