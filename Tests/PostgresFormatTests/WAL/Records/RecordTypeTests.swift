import Testing

@testable import PostgresFormat

@Suite struct RecordTypeTests {
  @Test func namesFollowTheVersion() {
    #expect(RecordTypeNames(.v13).name(.heap2, info: 0x10) == "CLEAN")
    #expect(RecordTypeNames(.v16).name(.heap2, info: 0x10) == "PRUNE")
    #expect(RecordTypeNames(.v17).name(.heap2, info: 0x10) == "PRUNE_ON_ACCESS")
    #expect(RecordTypeNames(.v18).name(.heap2, info: 0x40) == "VISIBLE")
    #expect(RecordTypeNames(.v19).name(.heap2, info: 0x40) == "UNKNOWN (40)")
    #expect(RecordTypeNames(.v14).name(.database, info: 0x10) == "DROP")
    #expect(RecordTypeNames(.v15).name(.database, info: 0x10) == "CREATE_WAL_LOG")
    #expect(RecordTypeNames(.v10).name(.btree, info: 0x60) == "SPLIT_R_ROOT")
    #expect(RecordTypeNames(.v13).name(.btree, info: 0x60) == "DEDUP")
  }

  @Test func theFlagInACommitIsNoPartOfItsType() {
    #expect(RecordTypeNames(.v17).name(.transaction, info: 0x80) == "COMMIT")
    #expect(RecordTypeNames(.v13).name(.transaction, info: 0x60) == "UNKNOWN (60)")
  }

  @Test func lowBitsAreNotPartOfTheType() {
    #expect(RecordTypeNames(.v17).name(.heap, info: 0x83) == "INSERT+INIT")
  }

  @Test func extensionsHaveNamesByNumber() {
    #expect(ResourceManager(128).name == "custom128")
    #expect(ResourceManager(22).name == "unknown022")
    #expect(ResourceManager(name: "heap2") == .heap2)
    #expect(ResourceManager(name: "custom200") == ResourceManager(200))
    #expect(ResourceManager(name: "nothing") == nil)
  }

  /// Two types of one version never share a code.
  @Test(arguments: ServerVersion.allCases)
  func codesAreUnique(version: ServerVersion) {
    let rows = RecordTypeRow.all.filter { $0.from <= version && version <= $0.to }
    let keys = rows.map { [$0.kind.rawValue, UInt16($0.flag)] }
    #expect(Set(keys).count == keys.count)
  }

  /// The constants that others compare with, and the versions that write such records.
  @Test func kindsKnowTheirVersions() {
    #expect(RecordKind(.heap, info: 0x80) == .heapInsert)
    #expect(RecordKind(.transaction, info: 0xB0) == .xactCommitPrepared)
    #expect(RecordKind(.xlog, info: 0xB0) == .pageImage)
    #expect(RecordKind(.xlog, info: 0x3F) == .nextOID)
    #expect(!RecordKind.heapTruncate.isWritten(by: .v10) && RecordKind.heapTruncate.isWritten(by: .v11))
    #expect(!RecordKind.xactInvalidations.isWritten(by: .v13) && RecordKind.xactInvalidations.isWritten(by: .v14))
    #expect(!RecordKind.checkpointRedo.isWritten(by: .v16) && RecordKind.checkpointRedo.isWritten(by: .v19))
    #expect(RecordKind.xactCommit.isWritten(by: .oldest))
    #expect(!RecordKind(.gin, 0xF0).isWritten(by: .newest))
  }
}
