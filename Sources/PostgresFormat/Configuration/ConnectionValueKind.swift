/// What the value of a connection keyword is made of. What is made of anything else may be a secret in the wrong place: a
/// whole connection string in `dbname`, a password in front of a host, a PIN in the URI of a key, a token in a name.
enum ConnectionValueKind {
  /// One or several, separated by commas.
  case number
  /// Of a role, a database, an application, a mode, or a list of them.
  case name
  case path
  /// Names, addresses and folders of sockets, separated by commas.
  case host
  /// Session options, URLs: nothing tells a secret from the rest.
  case anything

  /// Whether a value is of this kind, and so no secret.
  func fits(_ value: String) -> Bool {
    switch self {
    case .number: value.utf8.allSatisfy { $0.isDigit || "-,".utf8.contains($0) }
    case .name: Self.isWords(value, marks: "_-.,!$ ")
    case .path: Self.isWords(value, marks: "_-.,+~/ ")
    case .host: value.split(separator: ",").allSatisfy { Self.isHost($0) }
    case .anything: value.isEmpty
    }
  }

  /// Letters of any alphabet, digits and some marks. Of several words none may tell that the next is a secret.
  private static func isWords(_ value: String, marks: String) -> Bool {
    value.utf8.allSatisfy { $0.isASCIILetter || $0.isDigit || $0 >= 0x80 || marks.utf8.contains($0) }
      && !(value.contains(" ") && SecretRedaction.mayHoldSecret(value))
  }

  /// A colon stands in addresses of IPv6 only, and they may end in the name of an interface.
  static func isHost(_ value: Substring) -> Bool {
    guard value.contains(":") else { return isWords(String(value), marks: "_-./% ") }
    let address = value.prefix { $0 != "%" }
    return address.utf8.allSatisfy { $0.hexDigit != nil || ":.".utf8.contains($0) }
      && isWords(String(value.dropFirst(address.count)), marks: "_-.%")
  }
}
