/// The part of the server that a record belongs to (`RmgrId`).
///
/// 0…21 are PostgreSQL's own, the same from 9.6 to 19; 128…255 belong to extensions (15 and later).
/// Follows src/include/access/rmgrlist.h.
package struct ResourceManager: RawRepresentable, Hashable, Sendable {
  package var rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }
  package init(_ rawValue: UInt8) { self.rawValue = rawValue }

  package static let xlog = ResourceManager(0)
  package static let transaction = ResourceManager(1)
  package static let storage = ResourceManager(2)
  package static let commitLog = ResourceManager(3)
  package static let database = ResourceManager(4)
  package static let tablespace = ResourceManager(5)
  package static let multiXact = ResourceManager(6)
  package static let relationMap = ResourceManager(7)
  package static let standby = ResourceManager(8)
  package static let heap2 = ResourceManager(9)
  package static let heap = ResourceManager(10)
  package static let btree = ResourceManager(11)
  package static let hash = ResourceManager(12)
  package static let gin = ResourceManager(13)
  package static let gist = ResourceManager(14)
  package static let sequence = ResourceManager(15)
  package static let spgist = ResourceManager(16)
  package static let brin = ResourceManager(17)
  package static let commitTimestamp = ResourceManager(18)
  package static let replicationOrigin = ResourceManager(19)
  package static let generic = ResourceManager(20)
  package static let logicalMessage = ResourceManager(21)

  /// PostgreSQL's own managers by id.
  static let names: [StaticString] = [
    "XLOG", "Transaction", "Storage", "CLOG", "Database", "Tablespace", "MultiXact", "RelMap", "Standby", "Heap2",
    "Heap",
    "Btree", "Hash", "Gin", "Gist", "Sequence", "SPGist", "BRIN", "CommitTs", "ReplicationOrigin", "Generic",
    "LogicalMessage",
  ]
  /// `RM_MIN_CUSTOM_ID`.
  static let firstCustom: UInt8 = 128

  /// Whether a server of this version can have written such a record.
  package func exists(in version: ServerVersion) -> Bool {
    rawValue < 22 || (rawValue >= 128 && version >= .v15)
  }

  /// The name of one of PostgreSQL's own managers.
  package var fixedName: StaticString? { Int(rawValue) < Self.names.count ? Self.names[Int(rawValue)] : nil }

  /// The name that pg_waldump prints: `Heap2`, `custom130`, `unknown042`.
  package var name: String {
    if Int(rawValue) < Self.names.count { return "\(Self.names[Int(rawValue)])" }
    let digits = String(rawValue)
    let kind = rawValue >= Self.firstCustom ? "custom" : "unknown"
    return kind + String(repeating: "0", count: 3 - digits.count) + digits
  }

  /// From a name as pg_waldump takes it in `--rmgr`, upper and lower case alike.
  package init?(name: String) {
    guard let match = (0...UInt8.max).first(where: { Self($0).name.lowercased() == name.lowercased() }) else {
      return nil
    }
    self.init(match)
  }
}

extension ResourceManager: CustomStringConvertible {
  package var description: String { name }
}
