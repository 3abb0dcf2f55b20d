/// Names that replication slots, and the entries of their folders, can have. Follows src/backend/replication/slot.c.
package enum SlotFolderName {
  /// `NAMEDATALEN` less the NUL.
  package static let maximumLength = 63

  /// Whether a server would make a slot of this name (`ReplicationSlotValidateName`): 1 to 63 of `a` to `z`, `0` to `9`
  /// and the underscore. Folders with other names are loaded all the same when they are there.
  package static func isSlotName(_ name: String) -> Bool {
    (1...maximumLength).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
        default: false
        }
      }
  }

  /// Whether a folder of this name is removed at start-up instead of loaded: a slot that was being made or dropped.
  package static func isTemporary(_ name: String) -> Bool { name.utf8.suffix(4).elementsEqual(".tmp".utf8) }

  /// Whether a file in a slot's folder holds spilled changes: every name that begins with `xid` is removed at start-up.
  package static func isSpillFile(_ name: String) -> Bool { name.utf8.starts(with: "xid".utf8) }
}

/// `HI-LO.snap` in `pg_logical/snapshots`: the position is that of the running-transactions record at which it was written.
/// Follows src/backend/replication/logical/snapbuild.c.
package struct SnapshotFileName: Sendable, Hashable {
  /// Where the record `xl_running_xacts` begins; without a timeline, and without zeros in front in 19 too.
  package var lsn: LSN

  /// nil for any other name, that of an unfinished file (`HI-LO.snap.PID.tmp`) included.
  package init?(_ name: String) {
    guard name.hasSuffix(".snap") else { return nil }
    let parts = name.dropLast(5).split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let lsn = LSN(hyphenated: parts[0], parts[1]) else { return nil }
    self.lsn = lsn
  }
}

/// The name of a file in `pg_twophase`: the transaction in 8 upper-case hex digits, from 17 on 16 with its epoch.
/// Follows src/backend/access/transam/twophase.c.
package struct PreparedTransactionFileName: Sendable, Hashable {
  /// The transaction without its epoch.
  package var xid: TransactionID
  /// 17 and later.
  package var epoch: UInt32?

  /// nil for any other name: the server ignores those.
  package init?(_ name: String) {
    let digits = Array(name.utf8)
    switch digits.count {
    case 8:
      guard let xid = UInt32Hex.parse(digits) else { return nil }
      (self.xid, epoch) = (TransactionID(xid), nil)
    case 16:
      guard let high = UInt32Hex.parse(digits[..<8]), let low = UInt32Hex.parse(digits[8...]) else { return nil }
      (xid, epoch) = (TransactionID(low), high)
    default: return nil
    }
  }

  /// A server passes over names of other versions; nil, where the version is not known, passes over none.
  package func isRead(by version: ServerVersion?) -> Bool { version.map { (epoch != nil) == ($0 >= .v17) } ?? true }
}

extension LSN {
  /// From two halves in upper-case hex without leading zeros, as in file names.
  fileprivate init?(hyphenated high: Substring, _ low: Substring) {
    func half(_ digits: Substring) -> UInt32? {
      guard (1...8).contains(digits.utf8.count) else { return nil }
      return UInt32Hex.parse(Array(repeating: UInt8(ascii: "0"), count: 8 - digits.utf8.count) + Array(digits.utf8))
    }
    guard let high = half(high), let low = half(low) else { return nil }
    self.init(UInt64(high) << 32 | UInt64(low))
  }
}
