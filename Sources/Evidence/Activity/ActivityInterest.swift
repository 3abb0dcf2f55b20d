import PostgresFormat

/// What of a record is looked at, by its type alone: most records only count.
struct ActivityInterest: Sendable {
  enum Kind: UInt8, Sendable {
    /// Its length, for the transaction that wrote it.
    case nothing
    /// A change to rows: one block reference and a flag.
    case rows
    /// A clean-up, if it is one of catalogs. Records name them from 16 on.
    case cleanup
    /// All of it.
    case other
  }

  let conflicts: ConflictRecords
  /// By resource manager and the upper half of `xl_info`.
  private let kinds: [Kind]

  init(_ version: ServerVersion) {
    let conflicts = ConflictRecords(version)
    self.conflicts = conflicts
    kinds = (0..<16 * 22).map { index in
      let manager = ResourceManager(UInt8(index >> 4))
      let info = UInt8(index & 0xF) << 4
      return conflicts.contains(manager, info: info) ? .cleanup : Self.kind(manager, info)
    }
  }

  private static func kind(_ manager: ResourceManager, _ info: UInt8) -> Kind {
    switch RecordKind(manager, info: info) {
    case .heapInsert, .heapDelete, .heapUpdate, .heapHotUpdate, .heapConfirm, .heap2MultiInsert: .rows
    case .heapTruncate, .heap2NewCID, .runningXacts, .tablespaceCreate, .originSet, .originDrop: .other
    // A page image says nothing else.
    case .pageImage, .pageImageForHint: .nothing
    default: [.xlog, .transaction, .database, .logicalMessage].contains(manager) ? .other : .nothing
    }
  }

  @inline(__always)
  func kind(of header: RecordHeader) -> Kind {
    let index = Int(header.resourceManager) << 4 | Int(header.info >> 4)
    return index < kinds.count ? kinds[index] : .nothing
  }
}
