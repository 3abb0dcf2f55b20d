/// The part of the server that a record belongs to (`RmgrId`).
///
/// 0…21 are PostgreSQL's own, the same from 9.6 to 19; 128…255 belong to extensions (15 and later).
/// Follows src/include/access/rmgrlist.h.
@usableFromInline
package struct ResourceManager: RawRepresentable, Hashable, Sendable {
  @usableFromInline package var rawValue: UInt8
  @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }
  @inlinable package init(_ rawValue: UInt8) { self.rawValue = rawValue }
  @inlinable package static func == (a: ResourceManager, b: ResourceManager) -> Bool { a.rawValue == b.rawValue }

  @inlinable package static var xlog: ResourceManager { ResourceManager(0) }
  @inlinable package static var transaction: ResourceManager { ResourceManager(1) }
  @inlinable package static var storage: ResourceManager { ResourceManager(2) }
  @inlinable package static var commitLog: ResourceManager { ResourceManager(3) }
  @inlinable package static var database: ResourceManager { ResourceManager(4) }
  @inlinable package static var tablespace: ResourceManager { ResourceManager(5) }
  @inlinable package static var multiXact: ResourceManager { ResourceManager(6) }
  @inlinable package static var relationMap: ResourceManager { ResourceManager(7) }
  @inlinable package static var standby: ResourceManager { ResourceManager(8) }
  @inlinable package static var heap2: ResourceManager { ResourceManager(9) }
  @inlinable package static var heap: ResourceManager { ResourceManager(10) }
  @inlinable package static var btree: ResourceManager { ResourceManager(11) }
  @inlinable package static var hash: ResourceManager { ResourceManager(12) }
  @inlinable package static var gin: ResourceManager { ResourceManager(13) }
  @inlinable package static var gist: ResourceManager { ResourceManager(14) }
  @inlinable package static var sequence: ResourceManager { ResourceManager(15) }
  @inlinable package static var spgist: ResourceManager { ResourceManager(16) }
  @inlinable package static var brin: ResourceManager { ResourceManager(17) }
  @inlinable package static var commitTimestamp: ResourceManager { ResourceManager(18) }
  @inlinable package static var replicationOrigin: ResourceManager { ResourceManager(19) }
  @inlinable package static var generic: ResourceManager { ResourceManager(20) }
  @inlinable package static var logicalMessage: ResourceManager { ResourceManager(21) }

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
  @usableFromInline
  package var description: String { name }
}
