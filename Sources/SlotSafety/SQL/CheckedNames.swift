import PostgresFormat

/// The name of a replication slot that a server could have made: `[a-z0-9_]{1,63}` (`ReplicationSlotValidateName`).
///
/// Such a name needs no quoting anywhere, and any other name in a state file is damage or forgery.
package struct SlotName: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The name itself: nothing in it needs escaping.
  package let description: String

  /// Throws ``QuotingError/slotName(_:)``.
  package init(_ name: String) throws(QuotingError) {
    guard SlotFolderName.isSlotName(name) else { throw .slotName(name) }
    description = name
  }

  /// What a plan calls a standby's physical slot where nobody has named it.
  static let standbyDefault = SlotName(checked: "slotscope_standby")

  /// A name that this program made and that is known to be one.
  private init(checked name: StaticString) { description = "\(name)" }

  /// As text.
  package static func < (a: SlotName, b: SlotName) -> Bool { a.description < b.description }

  /// The name as an SQL literal.
  package var literal: String { "'\(description)'" }

  /// The name as an identifier of replication commands.
  var identifier: SQL { SQL(checked: self) }
}

/// The name of an output plugin: a library's plain name, such as `pgoutput` or `wal2json`.
///
/// A server would also take a path. A plan does not: it would load a library from wherever a file says.
package struct PluginName: Sendable, Hashable, CustomStringConvertible {
  /// The name itself: nothing in it needs escaping.
  package let description: String

  /// Throws ``QuotingError/pluginName(_:)``.
  package init(_ name: String) throws(QuotingError) {
    let isValid = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    guard isValid, (1...63).contains(name.utf8.count), name.utf8.first != UInt8(ascii: "-") else {
      throw .pluginName(name)
    }
    description = name
  }

  /// The name as an SQL literal.
  package var literal: String { "'\(description)'" }
}
