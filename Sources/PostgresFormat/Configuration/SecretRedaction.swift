/// Keeps passwords, keys and tokens out of evidence and documents, by knowing what is harmless rather than what is secret.
/// What cannot be taken apart with certainty is withheld as a whole. To redact twice changes nothing.
package enum SecretRedaction {
  /// Stands for a connection string that could not be taken apart.
  package static let withheldConnectionString = "(connection string withheld: its syntax is not certain)"
  /// Stands for a secret inside other text.
  package static let withheldValue = "(withheld)"
  /// Stands for a keyword that libpq has not had up to 19: misspelled, or a piece of a password that was not quoted.
  private static let unknownKeyword = "unknown_keyword"

  /// A connection string with those keywords only whose values are not secrets (`passfile` is one, it is a path).
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
    guard let kind = harmlessKeywords[name] else {
      return isSecretKeyword(name) ? nil : "\(unknownKeyword)=\(withheldValue)"
    }
    return kind.fits(value) ? String(decoding: bytes[part.range], as: UTF8.self) : "\(name)=\(withheldValue)"
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
      guard name == "password" || harmlessKeywords[name]?.fits(part.parameter.value) == true else {
        return withheldConnectionString
      }
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
  /// What libpq knows and is no secret (`PQconninfoOptions`, up to 19).
  static let harmlessKeywords: [String: ConnectionValueKind] = [
    "application_name": .name, "channel_binding": .name, "client_encoding": .name, "connect_timeout": .number,
    "dbname": .name, "fallback_application_name": .name, "gssdelegation": .number, "gssencmode": .name,
    "gsslib": .name, "host": .host, "hostaddr": .host, "keepalives": .number, "keepalives_count": .number,
    "keepalives_idle": .number, "keepalives_interval": .number, "krbsrvname": .name, "load_balance_hosts": .name,
    "max_protocol_version": .name, "min_protocol_version": .name, "oauth_client_id": .name, "oauth_issuer": .anything,
    "oauth_scope": .name, "options": .anything, "passfile": .path, "port": .number, "replication": .name,
    "require_auth": .name, "requirepeer": .name, "requiressl": .number, "service": .name, "servicefile": .path,
    "ssl": .name, "ssl_max_protocol_version": .name, "ssl_min_protocol_version": .name, "sslcert": .path,
    "sslcertmode": .name, "sslcompression": .number, "sslcrl": .path, "sslcrldir": .path, "sslkey": .path,
    "sslkeylogfile": .path, "sslmode": .name, "sslnegotiation": .name, "sslrootcert": .path, "sslsni": .number,
    "target_session_attrs": .name, "tcp_user_timeout": .number, "tty": .name, "user": .name,
  ]
}
