/// Which files hold a relation: tablespace, database and file number (`RelFileLocator`, `RelFileNode` before 16).
///
/// 12 bytes in WAL records of every version. The number is not the relation's OID: a rewrite gives it a new one.
/// Follows src/include/storage/relfilelocator.h.
package struct RelationLocator: Hashable, Sendable {
  /// `spcOid` (`spcNode` before 16): never 0; 1663 is pg_default, 1664 pg_global.
  package var tablespace: OID
  /// 0 for a relation that all databases share.
  package var database: OID
  /// `relNumber` (`relNode` before 16): the name of the file.
  package var number: UInt32

  /// Three numbers, none of them checked.
  package init(tablespace: OID, database: OID, number: UInt32) {
    (self.tablespace, self.database, self.number) = (tablespace, database, number)
  }

  /// Bytes in a WAL record.
  package static let byteCount = 12
}

extension RelationLocator: LosslessStringConvertible {
  /// `tablespace/database/number`, as pg_waldump prints it.
  package var description: String { "\(tablespace)/\(database)/\(number)" }

  /// From `tablespace/database/number` in decimal.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { UInt32($0) }
    guard parts.count == 3, let tablespace = parts[0], let database = parts[1], let number = parts[2] else {
      return nil
    }
    self.init(tablespace: OID(tablespace), database: OID(database), number: number)
  }
}

/// One of the files that a relation consists of (`ForkNumber`). Follows src/include/common/relpath.h.
package enum Fork: UInt8, Hashable, Sendable, CaseIterable {
  case main = 0
  case freeSpaceMap = 1
  case visibilityMap = 2
  case initialization = 3

  /// pg_waldump's word.
  package var name: StaticString {
    switch self {
    case .main: "main"
    case .freeSpaceMap: "fsm"
    case .visibilityMap: "vm"
    case .initialization: "init"
    }
  }
}
