/// A setting's value as its type reads it.
package enum SettingValue: Sendable, Hashable {
  case bool(Bool)
  /// In the setting's own unit.
  case integer(Int64)
  case text(String)
  /// The canonical word.
  case word(String)

  /// As `pg_settings.setting` shows it.
  package var shown: String {
    switch self {
    case .bool(let value): value ? "on" : "off"
    case .integer(let value): String(value)
    case .text(let value), .word(let value): value
    }
  }

  /// Why the server would refuse a value; a file with such a value in its last line of that name stops the start.
  package enum Refusal: Error, Sendable, Hashable {
    case notBoolean
    case invalid
    case outOfRange(value: Int64, minimum: Int64, maximum: Int64, unit: String?)

    /// The server's words.
    package func message(name: String, value: String, version: ServerVersion) -> String {
      switch self {
      case .notBoolean: return "parameter \"\(name)\" requires a Boolean value"
      case .invalid: return "invalid value for parameter \"\(name)\": \"\(value)\""
      case .outOfRange(let found, let minimum, let maximum, let unit):
        let words = version >= Self.unitsInBounds ? unit.map { " " + $0 } ?? "" : ""
        let own = version >= Self.unitsInMessage ? unit.map { " " + $0 } ?? "" : ""
        return "\(found)\(own) is outside the valid range for parameter \"\(name)\" "
          + "(\(minimum)\(words) .. \(maximum)\(words))"
      }
    }

    private static let unitsInMessage = ServerVersion.v12
    private static let unitsInBounds = ServerVersion.v17
  }

  /// Reads `text` as a value of `definition` (`parse_and_validate_value`).
  package static func parse(
    _ text: String, as definition: SettingDefinition, version: ServerVersion
  ) throws(Refusal) -> SettingValue {
    switch definition.kind {
    case .bool:
      guard let value = bool(text) else { throw .notBoolean }
      return .bool(value)
    case .integer(let unit, let minimum, let maximum):
      guard let value = SettingNumber.integer(text, unit: unit, version: version) else { throw .invalid }
      guard value >= minimum, value <= maximum else {
        throw .outOfRange(value: value, minimum: minimum, maximum: maximum, unit: unit.name)
      }
      return .integer(value)
    case .text: return .text(text)
    case .enumeration(let words, let hidden):
      let lower = asciiLowercased(text)
      guard let word = words.contains(lower) ? lower : hidden[lower] else { throw .invalid }
      return .word(word)
    }
  }

  /// Any unambiguous beginning of true, false, yes, no, on and off, in any case; 1 and 0 (`parse_bool`).
  package static func bool(_ text: String) -> Bool? {
    let lower = asciiLowercased(text)
    switch lower {
    case "", "o": return nil
    case "1": return true
    case "0": return false
    default:
      if ["true", "yes", "on"].contains(where: { $0.hasPrefix(lower) }) { return true }
      return ["false", "no", "off"].contains { $0.hasPrefix(lower) } ? false : nil
    }
  }

  static func asciiLowercased(_ text: String) -> String {
    String(decoding: text.utf8.map(\.lowercased), as: UTF8.self)
  }
}
