package import PostgresFormat

/// One folder under `pg_replslot` that the server would load as a slot.
package struct SlotEvidence: Sendable, Hashable {
  /// The folder's name. The slot's own name is in `state`.
  package var directory: String
  /// `pg_replslot/NAME/state`, or `pg_replication_slots` where a server told of it.
  package var path: String
  /// nil where the file is missing or damaged; the problem list says how.
  package var state: SlotState?
  /// When the state file was last written, by its mtime; nil where it could not be decoded, and for a server.
  package var modifiedAt: Timestamp?
  /// Changes of large transactions that a decoding session had spilled here; removed at the next start.
  package var spillFileCount: Int
  /// Sizes of those files together. 0 where a server told of the slot.
  package var spillBytes: UInt64
  /// An interrupted write left `state.tmp`.
  package var hasTemporaryState: Bool
  /// `state.tmp` is a folder, which the server cannot delete: it does not start.
  package var temporaryStateIsDirectory = false
  /// nil for a file.
  package var activity: SlotActivity?
  /// A slot by its folder and state. What a folder cannot have, and what a server alone tells, is set afterwards.
  package init(
    directory: String, path: String, state: SlotState?, modifiedAt: Timestamp? = nil, spillFileCount: Int = 0,
    spillBytes: UInt64 = 0, hasTemporaryState: Bool = false
  ) {
    (self.directory, self.path, self.state, self.modifiedAt) = (directory, path, state, modifiedAt)
    (self.spillFileCount, self.spillBytes, self.hasTemporaryState) = (spillFileCount, spillBytes, hasTemporaryState)
  }
}

/// Something under `pg_replslot` that is not a slot: `NAME.tmp` folders, symbolic links, plain files.
package struct SlotLeftover: Sendable, Hashable {
  /// What start-up does with it follows from this.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    /// `NAME.tmp`: a slot being made or dropped when the server died. Removed at the next start.
    case temporaryFolder = "temporary_folder"
    /// The server ignores it: the slot after it does not exist for it.
    case symbolicLink = "symbolic_link"
    case other
  }
  /// From the data directory: `pg_replslot/NAME`.
  package var path: String
  /// By the name of the entry and the type of its inode; links are not followed.
  package var kind: Kind
  /// One entry that is not loaded as a slot.
  package init(path: String, kind: Kind) { (self.path, self.kind) = (path, kind) }
}

/// A replication origin: its name from the catalog, its progress from `replorigin_checkpoint`.
package struct OriginEvidence: Sendable, Hashable {
  /// `roident` (`RepOriginId`), two bytes, as commit records carry it; 1 to 65,534 in what a server writes.
  package var originID: UInt16
  /// nil where the catalog does not list it or could not be read.
  package var name: String?
  /// nil where it has made no progress that was written.
  package var remoteLSN: LSN?
  /// An origin known from the catalog, from its progress, or from both.
  package init(originID: UInt16, name: String?, remoteLSN: LSN?) {
    (self.originID, self.name, self.remoteLSN) = (originID, name, remoteLSN)
  }
}

/// A serialized snapshot and the position in its name.
package struct SnapshotEvidence: Sendable, Hashable {
  /// Where the running-transactions record begins at which it was written; an existing slot that reads from there
  /// is consistent at once.
  package var lsn: LSN
  /// The head of the file: state, xid bounds and counts, without the lists.
  package var snapshot: SnapshotFile
  /// A decoded file, and the position from its name.
  package init(lsn: LSN, snapshot: SnapshotFile) { (self.lsn, self.snapshot) = (lsn, snapshot) }
}
