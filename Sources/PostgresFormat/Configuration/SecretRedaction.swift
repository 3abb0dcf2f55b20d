/// Keeps passwords out of evidence. What cannot be taken apart with certainty is withheld as a whole.
package enum SecretRedaction {
  /// Stands for a connection string that could not be taken apart.
  package static let withheldConnectionString = "(connection string withheld: its syntax is not certain)"
  /// Stands for a secret inside other text.
  package static let withheldValue = "(withheld)"

  /// A connection string without `password`, `sslpassword` and their like; `passfile` stays, it is a path.
  ///
  /// Everything else keeps its wording and order. Keywords that libpq has not had up to 19 are withheld too: they may be
  /// misspelt, or pieces of a password that was not quoted.
  package static func redactingPassword(_ text: String) -> String {
    let bytes = Array(text.utf8)
    if let prefix = ConnectionString.uriPrefixes.first(where: { bytes.starts(with: $0.utf8) }) {
      return redactingURI(bytes, prefix: prefix)
    }
    guard let parts = try? ConnectionString.keywordParts(bytes) else { return withheldConnectionString }
    let kept = parts.compactMap { part -> String? in
      guard harmlessKeywords.contains(part.parameter.name) else {
        return isSecretKeyword(part.parameter.name) ? nil : withheldValue
      }
      let words = String(decoding: bytes[part.range], as: UTF8.self)
      // `dbname` may itself hold a connection string.
      if part.parameter.name == "dbname", part.parameter.value.contains("=") || part.parameter.value.contains("://") {
        return "dbname=\(withheldValue)"
      }
      return scrubbed(part.parameter.value) == part.parameter.value ? words : "\(part.parameter.name)=\(withheldValue)"
    }
    return kept.joined(separator: " ")
  }

  private static func redactingURI(_ bytes: [UInt8], prefix: String) -> String {
    guard let parts = try? ConnectionString.uriParts(bytes, from: prefix.utf8.count) else {
      return withheldConnectionString
    }
    // A second `@` may stand inside the password, and then some of it is taken for the host.
    let userInformation = parts.contains { ["user", "password"].contains($0.parameter.name) && !$0.isQuery }
    guard bytes.count(where: { $0 == UInt8(ascii: "@") }) <= (userInformation ? 1 : 0) else {
      return withheldConnectionString
    }
    var result = prefix
    var query: [String] = []
    for part in parts {
      let words = String(decoding: bytes[part.range], as: UTF8.self)
      let name = part.parameter.name
      if part.isQuery {
        if isSecretKeyword(name) { continue }
        let harmless = harmlessKeywords.contains(name) && scrubbed(part.parameter.value) == part.parameter.value
        query.append(harmless ? words : withheldValue)
        continue
      }
      switch name {
      case "user": result += words + "@"
      case "host": result += words
      case "port":
        // No number: likely the password of a URI whose host is missing.
        guard part.parameter.value.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ",") }) else {
          return withheldConnectionString
        }
        if !parts.contains(where: { $0.parameter.name == "host" && $0.range == part.range }) { result += words }
      case "dbname": result += "/" + words
      default: break
      }
    }
    return result + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
  }

  /// The value of a setting with what may be a secret in it taken out: a connection string by its own grammar, any
  /// other text by what looks like one.
  package static func redactingSetting(name: String, value: String) -> String {
    let lower = name.lowercased()
    if isConnectionStringName(lower) { return value.isEmpty ? value : redactingPassword(value) }
    let last = lower.split(separator: ".").last.map(String.init) ?? lower
    if !namesWithoutSecret.contains(lower), secretWords.contains(where: { last.contains($0) }), !value.isEmpty {
      return withheldValue
    }
    return scrubbed(value)
  }

  /// An argument of a server's command line, `-c name=value` in one or two pieces, without secrets.
  package static func redactingArgument(_ argument: String) -> String {
    guard let equals = argument.firstIndex(of: "=") else { return scrubbed(argument) }
    let value = String(argument[argument.index(after: equals)...])
    let name = argument[..<equals]
    let bare = String(name.drop { $0 == "-" }).replacing("-", with: "_")
    let setting = name.hasPrefix("-c") && !name.hasPrefix("--") ? String(bare.dropFirst()) : bare
    return name + "=" + redactingSetting(name: setting, value: value)
  }

  /// Whether a line of a configuration file, parsed or not, could hold a secret.
  package static func mayHoldSecret(_ line: String) -> Bool {
    let lower = line.lowercased()
    return (secretWords + ["conninfo", "dsn", "connstr", "connection", "://"]).contains { lower.contains($0) }
  }

  private static func isConnectionStringName(_ name: String) -> Bool {
    ["conninfo", "dsn", "connstr", "connection_string", "conn_string"].contains { name.hasSuffix($0) }
  }

  private static func isSecretKeyword(_ name: String) -> Bool {
    let lower = name.lowercased()
    return secretKeywords.contains(lower) || secretWords.contains { lower.contains($0) }
  }

  static let secretWords = ["passw", "pwd", "secret", "passphrase", "credential", "token"]
  private static let secretKeywords: Set<String> = [
    "password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key",
  ]
  /// Settings whose names sound like secrets but hold a method, a command or a limit.
  private static let namesWithoutSecret: Set<String> = [
    "password_encryption", "ssl_passphrase_command", "ssl_passphrase_command_supports_reload",
    "passwordcheck.min_length",
    "password_expiration_warning_threshold", "md5_password_warnings",
  ]
  private static let harmlessKeywords: Set<String> = [
    "application_name", "channel_binding", "client_encoding", "connect_timeout", "dbname", "fallback_application_name",
    "gssdelegation", "gssencmode", "gsslib", "host", "hostaddr", "keepalives", "keepalives_count", "keepalives_idle",
    "keepalives_interval", "krbsrvname", "load_balance_hosts", "max_protocol_version", "min_protocol_version",
    "oauth_client_id", "oauth_issuer", "oauth_scope", "options", "passfile", "port", "replication", "require_auth",
    "requirepeer", "requiressl", "service", "servicefile", "ssl", "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert", "sslcertmode", "sslcompression", "sslcrl", "sslcrldir", "sslkey", "sslkeylogfile", "sslmode",
    "sslnegotiation", "sslrootcert", "sslsni", "target_session_attrs", "tcp_user_timeout", "tty", "user",
  ]
}
