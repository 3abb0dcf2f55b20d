package import PostgresFormat

/// Hands the same bytes to every body parser; none may end the process.
package enum BodyMutations {
  /// `info` is the record's, without its low four bits or with them.
  package static func decodeEverything(_ body: RawSpan, info: UInt8, version: ServerVersion) {
    _ = try? XLOGBody(mainData: body, info: info, version: version)
    _ = try? TransactionEnd(mainData: body, info: info, version: version)
    _ = try? SubtransactionAssignment(mainData: body)
    _ = try? PrepareBody(mainData: body, version: version)
    _ = try? RunningTransactions(mainData: body)
    _ = try? StandbyLocks(mainData: body)
    _ = try? InvalidationsBody(standby: body)
    _ = try? InvalidationsBody(transaction: body)
    _ = try? HeapTruncate(mainData: body)
    _ = try? HeapNewCommandID(mainData: body)
    _ = try? DatabaseBody(mainData: body, info: info, version: version)
    _ = try? RelationMapUpdate(mainData: body)
    _ = try? ReplicationOriginBody(mainData: body, info: info)
    _ = try? LogicalMessageBody(mainData: body, length: body.byteCount)
    _ = try? StorageBody(mainData: body, info: info)
  }
}
