package import ByteReading

/// What follows the name in a transaction that is prepared: where its lists lie in the body, each aligned to eight bytes.
///
/// Apart from ``PrepareBody``, which needs none of it. Follows `ParsePrepareRecord` in
/// src/backend/access/rmgrdesc/xactdesc.c.
package struct PrepareParts: Sendable, Hashable {
  /// A list in the body: how many items, and where the first one begins.
  package struct List: Sendable, Hashable {
    /// Items; 0 for none.
    package var count: Int
    /// Byte in the body.
    package var offset: Int
    /// So many items from this byte on.
    package init(count: Int, offset: Int) { (self.count, self.offset) = (count, offset) }
  }
  /// `RelFileLocator` of 12 bytes: files that are removed at COMMIT PREPARED.
  package var commitRelations: List
  /// The same at ROLLBACK PREPARED.
  package var abortRelations: List
  /// `xl_xact_stats_item`: statistics that are dropped at COMMIT PREPARED (15 and later).
  package var commitStatistics: List
  /// The same at ROLLBACK PREPARED.
  package var abortStatistics: List
  /// Messages of 16 bytes.
  package var invalidations: List
  /// `initfileinval`: the cache file of the database must be removed.
  package var invalidatesRelationCacheFile: Bool

  /// Throws ``FormatError`` where a count says more than the body holds.
  package init(mainData: RawSpan, version: ServerVersion) throws(FormatError) {
    var body = BodyCursor(mainData)
    try body.skip(28, "magic, total_len, xid, database, prepared_at, owner")
    let subtransactions = try body.integer(Int32.self, "nsubxacts")
    let (onCommit, onAbort) = (try body.integer(Int32.self, "ncommitrels"), try body.integer(Int32.self, "nabortrels"))
    var (commitItems, abortItems) = (Int32(0), Int32(0))
    if version >= .v15 {
      commitItems = try body.integer(Int32.self, "ncommitstats")
      abortItems = try body.integer(Int32.self, "nabortstats")
    }
    let messages = try body.integer(Int32.self, "ninvalmsgs")
    invalidatesRelationCacheFile = try body.integer(UInt8.self, "initfileinval") != 0
    try body.skip(1, "padding")
    let gidLength = Int(try body.integer(UInt16.self, "gidlen"))
    if version >= .v11 { try body.skip(16, "origin_lsn, origin_timestamp") }
    body.align()
    try body.skip(gidLength, "gid")
    body.align()
    let size = TransactionEnd.droppedStatisticsItemSize(version)
    _ = try Self.list(subtransactions, of: 4, "nsubxacts", &body)
    commitRelations = try Self.list(onCommit, of: RelationLocator.byteCount, "ncommitrels", &body)
    abortRelations = try Self.list(onAbort, of: RelationLocator.byteCount, "nabortrels", &body)
    commitStatistics = try Self.list(commitItems, of: size, "ncommitstats", &body)
    abortStatistics = try Self.list(abortItems, of: size, "nabortstats", &body)
    invalidations = try Self.list(messages, of: InvalidationMessage.byteCount, "ninvalmsgs", &body)
  }

  private static func list(
    _ count: Int32, of size: Int, _ field: StaticString, _ body: inout BodyCursor
  ) throws(FormatError) -> List {
    let items = try body.checked(count, of: size, at: body.offset, field)
    let list = List(count: items, offset: body.offset)
    try body.skip(size * items, field)
    body.align()
    return list
  }
}
