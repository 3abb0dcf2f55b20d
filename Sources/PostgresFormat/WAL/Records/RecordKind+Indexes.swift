/// Types of records that are only described: those of indexes, and those of Heap2 whose code stands for one thing in one
/// version and for another in the next.
///
/// Follows heapam_xlog.h, hash_xlog.h, ginxlog.h, gistxlog.h, spgxlog.h and brin_xlog.h in src/include/access.
extension RecordKind {
  // MARK: Heap, Heap2

  /// Rows were locked.
  package static var heapLock: RecordKind { RecordKind(.heap, 0x60) }
  /// A row was changed where it stands, outside of its transaction.
  package static var heapInplace: RecordKind { RecordKind(.heap, 0x70) }
  /// CLEAN up to 13, PRUNE to 16, PRUNE_ON_ACCESS.
  package static var heap2First: RecordKind { RecordKind(.heap2, 0x10) }
  /// FREEZE_PAGE up to 13, VACUUM to 16, PRUNE_VACUUM_SCAN.
  package static var heap2Second: RecordKind { RecordKind(.heap2, 0x20) }
  /// CLEANUP_INFO up to 13, FREEZE_PAGE to 16, PRUNE_VACUUM_CLEANUP.
  package static var heap2Third: RecordKind { RecordKind(.heap2, 0x30) }
  /// Bits of the visibility map, up to 18.
  package static var heap2Visible: RecordKind { RecordKind(.heap2, 0x40) }
  /// A later version of a locked row was locked.
  package static var heap2LockUpdated: RecordKind { RecordKind(.heap2, 0x60) }

  // MARK: Hash

  /// The first page of an index.
  package static var hashInitMetaPage: RecordKind { RecordKind(.hash, 0x00) }
  /// The page that tells free overflow pages.
  package static var hashInitBitmapPage: RecordKind { RecordKind(.hash, 0x10) }
  /// An entry.
  package static var hashInsert: RecordKind { RecordKind(.hash, 0x20) }
  /// A page more in a bucket.
  package static var hashAddOverflowPage: RecordKind { RecordKind(.hash, 0x30) }
  /// The page of a new bucket.
  package static var hashSplitAllocatePage: RecordKind { RecordKind(.hash, 0x40) }
  /// A bucket's split has ended.
  package static var hashSplitComplete: RecordKind { RecordKind(.hash, 0x60) }
  /// Entries moved from one page of a bucket to another.
  package static var hashMovePageContents: RecordKind { RecordKind(.hash, 0x70) }
  /// An overflow page became free.
  package static var hashSqueezePage: RecordKind { RecordKind(.hash, 0x80) }
  /// Entries were removed by VACUUM.
  package static var hashDelete: RecordKind { RecordKind(.hash, 0x90) }
  /// The number of entries.
  package static var hashUpdateMetaPage: RecordKind { RecordKind(.hash, 0xB0) }
  /// Dead entries were removed from one page.
  package static var hashVacuumOnePage: RecordKind { RecordKind(.hash, 0xC0) }

  // MARK: Gin

  /// An entry, or a posting.
  package static var ginInsert: RecordKind { RecordKind(.gin, 0x20) }
  /// A page was split.
  package static var ginSplit: RecordKind { RecordKind(.gin, 0x30) }
  /// The pending list has changed.
  package static var ginUpdateMetaPage: RecordKind { RecordKind(.gin, 0x60) }
  /// A page of the pending list.
  package static var ginInsertListPage: RecordKind { RecordKind(.gin, 0x70) }
  /// Pages of the pending list were removed.
  package static var ginDeleteListPage: RecordKind { RecordKind(.gin, 0x80) }
  /// Postings were removed from a leaf.
  package static var ginVacuumDataLeafPage: RecordKind { RecordKind(.gin, 0x90) }

  // MARK: GiST

  /// Dead entries were removed from one page (12 and later).
  package static var gistDelete: RecordKind { RecordKind(.gist, 0x10) }
  /// A deleted page is used again (12 and later).
  package static var gistPageReuse: RecordKind { RecordKind(.gist, 0x20) }
  /// A page was split into several.
  package static var gistPageSplit: RecordKind { RecordKind(.gist, 0x30) }
  /// An empty page was deleted (12 and later).
  package static var gistPageDelete: RecordKind { RecordKind(.gist, 0x60) }

  // MARK: SP-GiST

  /// A leaf.
  package static var spgistAddLeaf: RecordKind { RecordKind(.spgist, 0x10) }
  /// Leaves moved to another page.
  package static var spgistMoveLeafs: RecordKind { RecordKind(.spgist, 0x20) }
  /// A node in an inner tuple.
  package static var spgistAddNode: RecordKind { RecordKind(.spgist, 0x30) }
  /// An inner tuple was split into two.
  package static var spgistSplitTuple: RecordKind { RecordKind(.spgist, 0x40) }
  /// A list of leaves was split.
  package static var spgistPickSplit: RecordKind { RecordKind(.spgist, 0x50) }
  /// Leaves were removed by VACUUM.
  package static var spgistVacuumLeaf: RecordKind { RecordKind(.spgist, 0x60) }
  /// The same, of a root that is a leaf.
  package static var spgistVacuumRoot: RecordKind { RecordKind(.spgist, 0x70) }
  /// Redirections that no scan needs any longer were removed.
  package static var spgistVacuumRedirect: RecordKind { RecordKind(.spgist, 0x80) }

  // MARK: BRIN

  /// A new index.
  package static var brinCreateIndex: RecordKind { RecordKind(.brin, 0x00) }
  /// The summary of a range.
  package static var brinInsert: RecordKind { RecordKind(.brin, 0x10) }
  /// A summary moved to another page.
  package static var brinUpdate: RecordKind { RecordKind(.brin, 0x20) }
  /// A summary changed where it stands.
  package static var brinSamePageUpdate: RecordKind { RecordKind(.brin, 0x30) }
  /// A page more of the range map.
  package static var brinRevmapExtend: RecordKind { RecordKind(.brin, 0x40) }
  /// A range's summary was removed (10 and later).
  package static var brinDesummarize: RecordKind { RecordKind(.brin, 0x50) }

  // MARK: Others

  /// A page of the commit log begins. The same code begins a page of commit timestamps and of multixacts' offsets.
  package static var commitLogZeroPage: RecordKind { RecordKind(.commitLog, 0x00) }
  /// Pages of the commit log were removed.
  package static var commitLogTruncate: RecordKind { RecordKind(.commitLog, 0x10) }
  /// A page of commit timestamps begins.
  package static var commitTimestampZeroPage: RecordKind { RecordKind(.commitTimestamp, 0x00) }
  /// Pages of commit timestamps were removed.
  package static var commitTimestampTruncate: RecordKind { RecordKind(.commitTimestamp, 0x10) }
  /// The commit time of transactions, set beside their commit (up to 13).
  package static var commitTimestampSet: RecordKind { RecordKind(.commitTimestamp, 0x20) }
  /// A page of multixacts' offsets begins.
  package static var multiXactZeroOffsetPage: RecordKind { RecordKind(.multiXact, 0x00) }
  /// A page of multixacts' members begins.
  package static var multiXactZeroMemberPage: RecordKind { RecordKind(.multiXact, 0x10) }
  /// A multixact.
  package static var multiXactCreate: RecordKind { RecordKind(.multiXact, 0x20) }
  /// Old multixacts were removed.
  package static var multiXactTruncate: RecordKind { RecordKind(.multiXact, 0x30) }
  /// A tablespace was made.
  package static var tablespaceCreate: RecordKind { RecordKind(.tablespace, 0x00) }
  /// A tablespace was dropped.
  package static var tablespaceDrop: RecordKind { RecordKind(.tablespace, 0x10) }
}

/// The records of a B-tree by their bodies: two codes stood for splits up to 12, and for something else from 13 on.
/// Follows src/include/access/nbtxlog.h.
package enum BtreeRecord: Sendable {
  case insert, split, deduplicate, delete, unlink, newRoot, halfDead, vacuum, reuse, metaCleanUp

  /// nil for a code that no version has. `hasPostings`: the server is of 13 or later.
  package init?(_ header: RecordHeader, hasPostings: Bool) {
    switch header.info >> 4 {
    case 0x0, 0x1, 0x2: self = .insert
    case 0x3, 0x4: self = .split
    case 0x5: self = hasPostings ? .insert : .split
    case 0x6: self = hasPostings ? .deduplicate : .split
    case 0x7: self = .delete
    case 0x8, 0x9: self = .unlink
    case 0xA: self = .newRoot
    case 0xB: self = .halfDead
    case 0xC: self = .vacuum
    case 0xD: self = .reuse
    case 0xE: self = .metaCleanUp
    default: return nil
    }
  }
}
