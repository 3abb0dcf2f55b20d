/// In which words the servers of one major describe a record, and which of its fields they had.
///
/// Follows src/backend/access/rmgrdesc of each major. Settled once per walk, so that a record costs no comparison of
/// versions. What a field is named and where it lies stands with the description itself.
package struct RecordWording: Sendable, Hashable {
  /// 10 and later: pages of the commit log are named `page`; what is truncated is told in full.
  package let namesCommitLogPages: Bool
  /// 12 and later: the metapage of a B-tree begins with its version, and DELETE names the horizon.
  package let hasVersionedMetapages: Bool
  /// 12 and later: Heap's flags are told for every record, in hexadecimal.
  package let tellsHeapFlags: Bool
  /// 13 and later: PREPARE has a description, B-trees have posting lists, and a dropped database is one record.
  package let describesPrepare: Bool
  /// 14 and later: pages of indexes carry full transaction IDs, and messages show their payload.
  package let hasFullXIDs: Bool
  /// 15 and later: SP-GiST in full, dropped statistics, what a prepared or aborted transaction's origin was.
  package let describesSPGiST: Bool
  /// 16 and later: `off: 5, flags: 0x00` where it was `off 5 flags 0x00` before, and lists of what a record changes.
  package let namesFields: Bool
  /// 17 and later: `isCatalogRel`, PRUNE_*, wal_level in checkpoints, and page numbers of 64 bits.
  package let tellsCatalogs: Bool
  /// 18 and later: an in-place update carries its invalidation messages; identifiers of statistics have 64 bits.
  package let hasInplaceMessages: Bool
  /// 19 and later: LSNs are padded to eight digits, multixact offsets have 64 bits, and GIN says more.
  package let padsLSNs: Bool
  /// The folder in a tablespace: `PG_17_202406281` (`TABLESPACE_VERSION_DIRECTORY`).
  package let tablespaceFolder: String
  /// Up to 9.6 the first of a line's two lengths is that of the main data alone.
  package var tellsMainDataLength: Bool { !namesCommitLogPages }

  /// The words of `version`.
  package init(_ version: ServerVersion) {
    namesCommitLogPages = version >= .v10
    hasVersionedMetapages = version >= .v12
    tellsHeapFlags = version >= .v12
    describesPrepare = version >= .v13
    hasFullXIDs = version >= .v14
    describesSPGiST = version >= .v15
    namesFields = version >= .v16
    tellsCatalogs = version >= .v17
    hasInplaceMessages = version >= .v18
    padsLSNs = version >= .v19
    tablespaceFolder = "PG_\(version.name)_\(ControlFile.catalogVersion(of: version))"
  }
}
