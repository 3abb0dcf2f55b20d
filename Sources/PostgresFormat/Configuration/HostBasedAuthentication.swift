/// pg_hba.conf, as far as its form alone decides whether a server takes it: one that it cannot load ends its start.
///
/// Follows `parse_hba_line` in src/backend/libpq/hba.c for lines without quotes, options and includes.
package enum HostBasedAuthentication {
  /// As much of the file as is looked at.
  package static let fileSizeLimit = 1 << 20

  /// Whether every line is one that all servers from 10 on take; false where a line is not, or may not be.
  package static func isPlain(_ text: String) -> Bool {
    let lines = text.split(whereSeparator: \.isNewline).map {
      $0.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
    }
    .filter { !$0.isEmpty }
    return !lines.isEmpty && lines.allSatisfy(isPlain)
  }

  private static func isPlain(_ words: [Substring]) -> Bool {
    guard let type = words.first, let method = words.last, methods.contains(String(method)),
      words.allSatisfy({ word in
        word.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"@/+,=".utf8.contains($0) } || isAddress(word)
      })
    else { return false }
    switch type {
    case "local": return words.count == 4
    case "host", "hostssl", "hostnossl":
      return words.count == 5 && method != "peer"
        && (["all", "samehost", "samenet"].contains(String(words[3])) || isAddress(words[3]))
    default: return false
    }
  }

  /// `127.0.0.1/32`, `::1/128`.
  private static func isAddress(_ word: Substring) -> Bool {
    let parts = word.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let bits = UInt8(parts[1]) else { return false }
    let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    if numbers.count == 4 { return bits <= 32 && numbers.allSatisfy { UInt8($0) != nil } }
    return parts[0] == "::1" && bits <= 128
  }

  /// Those that need nothing else.
  private static let methods: Set<String> = ["trust", "reject", "md5", "scram-sha-256", "password", "peer"]
}
