import Testing

@testable import PostgresFormat

/// The names that pg_waldump of each version has, written down a second time: all of 9.6's, and what each later version
/// added and removed.
@Suite struct RecordTypeListTests {
  private static let in9_6 = [
    "XLOG": """
    CHECKPOINT_SHUTDOWN CHECKPOINT_ONLINE NOOP NEXTOID SWITCH BACKUP_END PARAMETER_CHANGE RESTORE_POINT FPW_CHANGE \
    END_OF_RECOVERY FPI_FOR_HINT FPI OVERWRITE_CONTRECORD
    """,
    "Transaction": "COMMIT PREPARE ABORT COMMIT_PREPARED ABORT_PREPARED ASSIGNMENT",
    "Storage": "CREATE TRUNCATE", "CLOG": "ZEROPAGE TRUNCATE", "Database": "CREATE DROP", "Tablespace": "CREATE DROP",
    "MultiXact": "ZERO_OFF_PAGE ZERO_MEM_PAGE CREATE_ID TRUNCATE_ID", "RelMap": "UPDATE",
    "Standby": "LOCK RUNNING_XACTS INVALIDATIONS",
    "Heap2": "REWRITE CLEAN FREEZE_PAGE CLEANUP_INFO VISIBLE MULTI_INSERT MULTI_INSERT+INIT LOCK_UPDATED NEW_CID",
    "Heap": """
    INSERT INSERT+INIT DELETE UPDATE UPDATE+INIT HOT_UPDATE HOT_UPDATE+INIT HEAP_CONFIRM LOCK INPLACE
    """,
    "Btree": """
    INSERT_LEAF INSERT_UPPER INSERT_META SPLIT_L SPLIT_R SPLIT_L_ROOT SPLIT_R_ROOT DELETE UNLINK_PAGE UNLINK_PAGE_META \
    NEWROOT MARK_PAGE_HALFDEAD VACUUM REUSE_PAGE
    """,
    "Gin": """
    CREATE_INDEX CREATE_PTREE INSERT SPLIT VACUUM_PAGE DELETE_PAGE UPDATE_META_PAGE INSERT_LISTPAGE DELETE_LISTPAGE \
    VACUUM_DATA_LEAF_PAGE
    """,
    "Gist": "PAGE_UPDATE PAGE_SPLIT CREATE_INDEX", "Sequence": "LOG",
    "SPGist": """
    CREATE_INDEX ADD_LEAF MOVE_LEAFS ADD_NODE SPLIT_TUPLE PICKSPLIT VACUUM_LEAF VACUUM_ROOT VACUUM_REDIRECT
    """,
    "BRIN": "CREATE_INDEX INSERT INSERT+INIT UPDATE UPDATE+INIT SAMEPAGE_UPDATE REVMAP_EXTEND",
    "CommitTs": "ZEROPAGE TRUNCATE SETTS", "ReplicationOrigin": "SET DROP", "Generic": "Generic",
    "LogicalMessage": "MESSAGE",
  ]

  private static let changes: [(ServerVersion, added: String, removed: String)] = [
    (
      .v10,
      """
      Hash/INIT_META_PAGE Hash/INIT_BITMAP_PAGE Hash/INSERT Hash/ADD_OVFL_PAGE Hash/SPLIT_ALLOCATE_PAGE Hash/SPLIT_PAGE \
      Hash/SPLIT_COMPLETE Hash/MOVE_PAGE_CONTENTS Hash/SQUEEZE_PAGE Hash/DELETE Hash/SPLIT_CLEANUP \
      Hash/UPDATE_META_PAGE Hash/VACUUM_ONE_PAGE BRIN/DESUMMARIZE
      """, ""
    ),
    (
      .v11, "Heap/TRUNCATE Btree/META_CLEANUP Btree/SPLIT_L_HIGHKEY Btree/SPLIT_R_HIGHKEY",
      "Btree/SPLIT_L_ROOT Btree/SPLIT_R_ROOT"
    ),
    (
      .v12, "Gist/DELETE Gist/PAGE_REUSE Gist/PAGE_DELETE",
      "Btree/SPLIT_L_HIGHKEY Btree/SPLIT_R_HIGHKEY Gin/CREATE_INDEX Gist/CREATE_INDEX SPGist/CREATE_INDEX"
    ),
    (.v13, "Btree/INSERT_POST Btree/DEDUP Gist/ASSIGN_LSN", ""),
    (
      .v14, "Transaction/INVALIDATION Heap2/PRUNE Heap2/VACUUM", "Heap2/CLEAN Heap2/CLEANUP_INFO CommitTs/SETTS"
    ),
    (.v15, "Database/CREATE_FILE_COPY Database/CREATE_WAL_LOG", "Database/CREATE"),
    (
      .v17,
      "XLOG/CHECKPOINT_REDO Heap2/PRUNE_ON_ACCESS Heap2/PRUNE_VACUUM_SCAN Heap2/PRUNE_VACUUM_CLEANUP",
      "Heap2/PRUNE Heap2/VACUUM Heap2/FREEZE_PAGE"
    ),
    (.v19, "XLOG/ASSIGN_LSN XLOG/LOGICAL_DECODING_STATUS_CHANGE", "Gist/ASSIGN_LSN Heap2/VISIBLE"),
  ]

  @Test(arguments: ServerVersion.allCases)
  func everyVersionHasItsNamesAndNoOthers(version: ServerVersion) {
    var expected = Set(
      Self.in9_6.flatMap { manager, names in names.split(separator: " ").map { "\(manager)/\($0)" } })
    for (first, added, removed) in Self.changes where first <= version {
      expected.subtract(removed.split(separator: " ").map(String.init))
      expected.formUnion(added.split(separator: " ").map(String.init))
    }
    let names = RecordTypeNames(version)
    var found: Set<String> = []
    for manager in (0..<22).map({ ResourceManager(UInt8($0)) }) {
      for code in 0..<16 where names.known(manager, info: UInt8(code) << 4) != nil {
        found.insert("\(manager)/\(names.name(manager, info: UInt8(code) << 4))")
      }
    }
    #expect(found == expected, "\(found.symmetricDifference(expected))")
  }
}
