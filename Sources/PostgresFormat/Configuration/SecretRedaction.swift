/// Keeps passwords, keys and tokens out of evidence and documents, by knowing what is harmless rather than what is secret.
/// What cannot be taken apart with certainty is withheld as a whole. To redact twice changes nothing.
package enum SecretRedaction {
  /// Stands for a connection string that could not be taken apart.
  package static let withheldConnectionString = "(connection string withheld: its syntax is not certain)"
  /// Stands for a secret inside other text.
  package static let withheldValue = "(withheld)"
  /// Stands for a keyword that libpq has not had up to 19: misspelt, or a piece of a password that was not quoted.
  private static let unknownKeyword = "unknown_keyword"

  /// A connection string with those keywords only whose values are no secrets (`passfile` is one, it is a path).
  ///
  /// What stays keeps its wording and order. Secrets go without a trace; of an unknown keyword or a doubtful value a reader
  /// sees that there was one, in a form that still is a connection string.
  package static func redactingPassword(_ text: String) -> String {
    let bytes = Array(text.utf8)
    if let prefix = ConnectionString.uriPrefixes.first(where: { bytes.starts(with: $0.utf8) }) {
      return redactingURI(bytes, prefix: prefix)
    }
    guard let parts = try? ConnectionString.keywordParts(bytes) else { return withheldConnectionString }
    return parts.compactMap { shown($0, in: bytes) }.joined(separator: " ")
  }

  /// One keyword with its value as a document may show it; nil for a secret.
  private static func shown(_ part: ConnectionString.Part, in bytes: [UInt8]) -> String? {
    let (name, value) = (part.parameter.name, part.parameter.value)
    guard harmlessKeywords.contains(name) else {
      return isSecretKeyword(name) ? nil : "\(unknownKeyword)=\(withheldValue)"
    }
    return isHarmless(value, of: name)
      ? String(decoding: bytes[part.range], as: UTF8.self) : "\(name)=\(withheldValue)"
  }

  /// Whether a value is of the kind that its keyword takes. A whole connection string may stand in `dbname`, options of
  /// sessions in `options`, a password in front of a host, a PIN in the URI of a key.
  private static func isHarmless(_ value: String, of name: String) -> Bool {
    if value.isEmpty { return true }
    if name == "options" || value.contains("=") || value.contains("://") || value.contains("?") { return false }
    if name == "host" || name == "hostaddr", value.contains("@") { return false }
    if name == "port" { return value.utf8.allSatisfy { $0.isDigit || $0 == UInt8(ascii: ",") } }
    return scrubbed(value) == value
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
        if let shown = shown(part, in: bytes) { query.append(shown) }
        continue
      }
      // No number: likely the password of a URI whose host is missing.
      guard name == "password" || isHarmless(part.parameter.value, of: name) else { return withheldConnectionString }
      switch name {
      case "user": result += words + "@"
      case "host": result += words
      case "port":
        if !parts.contains(where: { $0.parameter.name == "host" && $0.range == part.range }) { result += words }
      case "dbname": result += "/" + words
      default: break
      }
    }
    return result + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
  }

  static func isSecretKeyword(_ name: String) -> Bool {
    let lower = name.lowercased()
    return secretKeywords.contains(lower) || secretWords.contains { lower.contains($0) }
  }

  private static let secretKeywords: Set<String> = [
    "password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key",
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
