/// Whether a row version is the current one, as far as the files tell.
///
/// Hint bits are written lazily, so the commit log decides in the normal case. Follows
/// src/backend/access/heap/heapam_visibility.c (`HeapTupleSatisfiesMVCC`, with every finished transaction in the past).
package enum TupleVisibility: Sendable, Hashable {
  case live
  /// The files do not settle it: a commit status is missing, or the one who ended the row is inside a MultiXact.
  case unsure
  case dead

  /// `status` is asked for a transaction that has no hint bit; nil where it cannot be told.
  package init(of header: HeapTupleHeader, status: (TransactionID) -> TransactionStatus?) {
    let made = Self.made(header, status: status)
    guard made != .dead else {
      self = .dead
      return
    }
    let ended = Self.ended(header, status: status)
    self = ended == .live ? made : ended
  }

  private static func made(_ header: HeapTupleHeader, status: (TransactionID) -> TransactionStatus?) -> Self {
    if header.flags.contains(.xminCommitted) || [1, 2].contains(header.xmin.rawValue) { return .live }
    if header.flags.contains(.xminAborted) || header.xmin == .none { return .dead }
    guard let status = status(header.xmin) else { return .unsure }
    return status == .committed ? .live : .dead
  }

  private static func ended(_ header: HeapTupleHeader, status: (TransactionID) -> TransactionStatus?) -> Self {
    let flags = header.flags
    if flags.contains(.xmaxInvalid) || header.xmax == .none || flags.contains(.xmaxLockedOnly) { return .live }
    // How versions before 9.3 spelled "locked only"; rows that pg_upgrade brought along may still have it.
    if flags.intersection([.xmaxIsMulti, .keyShareLock, .exclusiveLock]) == .exclusiveLock { return .live }
    if flags.contains(.xmaxIsMulti) { return .unsure }
    if flags.contains(.xmaxCommitted) { return .dead }
    guard let status = status(header.xmax) else { return .unsure }
    return status == .committed ? .dead : .live
  }
}
