/// The part of the server that a record belongs to (`RmgrId`).
///
/// 0…21 are PostgreSQL's own, the same from 9.6 to 19; 128…255 belong to extensions (15 and later).
/// Follows src/include/access/rmgrlist.h.
@usableFromInline
package struct ResourceManager: RawRepresentable, Hashable, Sendable {
  /// `xl_rmid`.
  @usableFromInline package var rawValue: UInt8
  /// Any number is accepted, also one that no manager has.
  @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }
  /// Any number is accepted, also one that no manager has.
  @inlinable package init(_ rawValue: UInt8) { self.rawValue = rawValue }
  /// By the number; inlinable, so that loops over records compare bytes without a call.
  @inlinable package static func == (a: ResourceManager, b: ResourceManager) -> Bool { a.rawValue == b.rawValue }

  /// `RM_XLOG_ID`: checkpoints, parameter changes, segment switches, page images.
  @inlinable package static var xlog: ResourceManager { ResourceManager(0) }
  /// `RM_XACT_ID`: commits, aborts, prepared transactions.
  @inlinable package static var transaction: ResourceManager { ResourceManager(1) }
  /// `RM_SMGR_ID`: files of relations created and truncated.
  @inlinable package static var storage: ResourceManager { ResourceManager(2) }
  /// `RM_CLOG_ID`: pages of the commit log begun and removed.
  @inlinable package static var commitLog: ResourceManager { ResourceManager(3) }
  /// `RM_DBASE_ID`: databases created and dropped.
  @inlinable package static var database: ResourceManager { ResourceManager(4) }
  /// `RM_TBLSPC_ID`: tablespaces created and dropped.
  @inlinable package static var tablespace: ResourceManager { ResourceManager(5) }
  /// `RM_MULTIXACT_ID`: multixacts, their pages begun and removed.
  @inlinable package static var multiXact: ResourceManager { ResourceManager(6) }
  /// `RM_RELMAP_ID`: `pg_filenode.map` replaced.
  @inlinable package static var relationMap: ResourceManager { ResourceManager(7) }
  /// `RM_STANDBY_ID`: running transactions, exclusive locks, invalidations.
  @inlinable package static var standby: ResourceManager { ResourceManager(8) }
  /// `RM_HEAP2_ID`: pruning, freezing, inserts of many rows; Heap's codes were used up.
  @inlinable package static var heap2: ResourceManager { ResourceManager(9) }
  /// `RM_HEAP_ID`: rows inserted, updated, deleted, locked; TRUNCATE for logical decoding.
  @inlinable package static var heap: ResourceManager { ResourceManager(10) }
  /// `RM_BTREE_ID`: B-tree indexes.
  @inlinable package static var btree: ResourceManager { ResourceManager(11) }
  /// `RM_HASH_ID`: hash indexes, in the WAL from 10 on.
  @inlinable package static var hash: ResourceManager { ResourceManager(12) }
  /// `RM_GIN_ID`: GIN indexes.
  @inlinable package static var gin: ResourceManager { ResourceManager(13) }
  /// `RM_GIST_ID`: GiST indexes.
  @inlinable package static var gist: ResourceManager { ResourceManager(14) }
  /// `RM_SEQ_ID`: sequences, which log 32 values ahead.
  @inlinable package static var sequence: ResourceManager { ResourceManager(15) }
  /// `RM_SPGIST_ID`: SP-GiST indexes.
  @inlinable package static var spgist: ResourceManager { ResourceManager(16) }
  /// `RM_BRIN_ID`: BRIN indexes.
  @inlinable package static var brin: ResourceManager { ResourceManager(17) }
  /// `RM_COMMIT_TS_ID`: pages of `pg_commit_ts` begun and removed.
  @inlinable package static var commitTimestamp: ResourceManager { ResourceManager(18) }
  /// `RM_REPLORIGIN_ID`: progress of replication origins set by hand, origins dropped.
  @inlinable package static var replicationOrigin: ResourceManager { ResourceManager(19) }
  /// `RM_GENERIC_ID`: page differences, for index access methods of extensions.
  @inlinable package static var generic: ResourceManager { ResourceManager(20) }
  /// `RM_LOGICALMSG_ID`: what `pg_logical_emit_message` wrote.
  @inlinable package static var logicalMessage: ResourceManager { ResourceManager(21) }

  /// PostgreSQL's own managers by id.
  static let names: [StaticString] = [
    "XLOG", "Transaction", "Storage", "CLOG", "Database", "Tablespace", "MultiXact", "RelMap", "Standby", "Heap2",
    "Heap",
    "Btree", "Hash", "Gin", "Gist", "Sequence", "SPGist", "BRIN", "CommitTs", "ReplicationOrigin", "Generic",
    "LogicalMessage",
  ]
  /// PostgreSQL's own managers.
  package static var builtIn: [ResourceManager] { names.indices.map { ResourceManager(UInt8($0)) } }
  /// `RM_MIN_CUSTOM_ID`.
  static let firstCustom: UInt8 = 128

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
  /// The same as `name`.
  @usableFromInline
  package var description: String { name }
}
