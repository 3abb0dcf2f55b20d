package import FoundationEssentials

/// Evidence as JSON, with names in snake_case as in every document: `restartLSN` is `restart_lsn`.
package enum EvidenceCoding {
  /// Sorted keys: equal evidence gives equal bytes.
  package static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .custom { path in Name(path.last, snakeCase) }
    return encoder
  }

  /// Of what ``encoder`` wrote.
  package static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .custom { path in Name(path.last, memberName) }
    return decoder
  }

  /// `oldestXIDDatabase` as `oldest_xid_database`.
  static func snakeCase(_ member: String) -> String {
    let letters = Array(member.utf8)
    var out: [UInt8] = []
    for (index, letter) in letters.enumerated() {
      guard letter.isUpperCase else {
        out.append(letter)
        continue
      }
      let follows = index > 0 && !letters[index - 1].isUpperCase
      let isFollowed = index > 0 && index + 1 < letters.count && !letters[index + 1].isUpperCase
      if follows || isFollowed { out.append(UInt8(ascii: "_")) }
      out.append(letter | 0x20)
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// The inverse of ``snakeCase(_:)`` for all members that there are.
  static func memberName(_ name: String) -> String {
    guard name.utf8.contains(UInt8(ascii: "_")) else { return name }
    let words = name.split(separator: "_")
    return words.dropFirst().reduce(String(words.first ?? "")) { text, word in
      text + (initialisms.contains(word) ? word.uppercased() : word.prefix(1).uppercased() + word.dropFirst())
    }
  }

  private static let initialisms: Set<Substring> = ["id", "lsn", "oid", "pid", "wal", "xid"]

  private struct Name: CodingKey {
    var stringValue: String
    var intValue: Int?

    init(_ key: (any CodingKey)?, _ change: (String) -> String) {
      stringValue = change(key?.stringValue ?? "")
      intValue = key?.intValue
    }

    init(stringValue: String) { self.stringValue = stringValue }
    init(intValue: Int) { (stringValue, self.intValue) = (String(intValue), intValue) }
  }
}

extension UInt8 {
  fileprivate var isUpperCase: Bool { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") }
}
