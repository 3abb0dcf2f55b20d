package import ByteReading

/// A clean-up that removed row versions: on a standby it invalidates the logical slots that may still need them
/// (reason `rows_removed`, 16 and later).
///
/// Follows src/backend/storage/ipc/standby.c and the record declarations named at ``ConflictRow``.
package struct ConflictHorizon: Sendable, Hashable {
  /// The newest transaction whose rows were removed: in conflict is who needs rows of it or of older ones.
  package var xid: TransactionID
  /// The relation is a catalog, or a table or index that counts as one. nil before 16, where no record says it.
  package var isCatalog: Bool?
  /// Its database is 0 for shared relations: all databases are in conflict then.
  package var relation: RelationLocator

  /// nil where the record's type has no horizon or this record's is 0 (no conflict).
  package init?(
    record: RawSpan, fragments: RecordFragments, manager: ResourceManager, info: UInt8, layout: RecordLayout
  ) throws(FormatError) {
    guard let row = ConflictRow.find(manager, info & (manager.isHeap ? 0x70 : 0xF0), layout.version) else { return nil }
    let body = fragments.mainData(of: record)
    var offset = row.horizonOffset
    isCatalog = nil
    switch row.catalogFlag {
    case .none: break
    case .byte(let at, let mask): isCatalog = try body.u8(at: at, field: "isCatalogRel") & mask != 0
    case .pruneFlags(let at):
      let flags = try body.u8(at: at, field: "flags")
      guard flags & 0x08 != 0 else { return nil }
      isCatalog = flags & 0x02 != 0
    }
    xid = TransactionID(try body.u32(at: offset, field: "snapshotConflictHorizon"))
    if row.isFullXID {
      // The epoch is checked where the record is used; a horizon without a normal xid conflicts with nobody.
      offset += 4
      _ = try body.u32(at: offset, field: "snapshotConflictHorizon")
    }
    if row.isCutoff { xid = xid.previous }
    guard xid.isValid else { return nil }
    switch row.relation {
    case .body: relation = try RelationLocator(in: body, at: 0)
    case .block(let id):
      guard let block = fragments.block(id: id, in: record, layout: layout) else {
        throw FormatError(
          .badValue, at: RecordHeader.size, field: "block reference", expected: "id \(id)", found: "none")
      }
      relation = block.locator
    }
  }
}

extension ResourceManager {
  /// Heap and Heap2 keep a flag in the topmost bit of `xl_info`.
  fileprivate var isHeap: Bool { self == .heap || self == .heap2 }
}

extension TransactionID {
  /// `TransactionIdRetreat`: the normal xid before; 0 where there is none.
  var previous: TransactionID {
    guard isNormal else { return .none }
    return TransactionID(rawValue == 3 ? .max : rawValue - 1)
  }
}

/// Which records of one version name the horizon of a clean-up, found without a search.
package struct ConflictRecords: Sendable {
  /// By resource manager and the upper half of `xl_info`.
  private let rows: [ConflictRow?]

  /// The records that `version` writes: VISIBLE is gone in 19, and the codes of Heap2 changed in 14 and 17.
  package init(_ version: ServerVersion) {
    rows = (0..<16 * 22).map { index in
      let manager = ResourceManager(UInt8(index >> 4))
      let info = UInt8(index & 0xF) << 4
      return ConflictRow.find(manager, manager.isHeap ? info & 0x70 : info, version)
    }
  }

  /// Whether records of this type name a horizon and say whether it is that of a catalog.
  package func contains(_ manager: ResourceManager, info: UInt8) -> Bool { row(manager, info)?.tellsCatalogs ?? false }

  /// Whether a record may name the horizon of a clean-up of catalogs, by its flag alone.
  package func mayConcernCatalogs(_ record: WALRecord) -> Bool {
    guard let row = row(ResourceManager(record.header.resourceManager), record.header.info) else { return false }
    let (place, mask): (Int, UInt8)
    switch row.catalogFlag {
    case .none: return false
    case .byte(let at, let bits): (place, mask) = (at, bits)
    case .pruneFlags(let at): (place, mask) = (at, 0x02)
    }
    // Where the byte is not there, whoever reads the record says so.
    guard let flags = try? record.bytes.u8(at: record.mainDataOffset + place, field: "isCatalogRel") else {
      return true
    }
    return flags & mask != 0
  }

  private func row(_ manager: ResourceManager, _ info: UInt8) -> ConflictRow? {
    let index = Int(manager.rawValue) << 4 | Int(info >> 4)
    return index < rows.count ? rows[index] : nil
  }
}

extension ConflictRow {
  fileprivate var tellsCatalogs: Bool { if case .none = catalogFlag { false } else { true } }
}

/// Where one record type of one range of versions keeps its horizon.
struct ConflictRow: Sendable {
  enum CatalogFlag: Sendable {
    case none
    case byte(at: Int, mask: UInt8)
    /// 17 and later: 0x02 is catalog, 0x08 has a horizon at all.
    case pruneFlags(at: Int)
  }
  enum Relation: Sendable { case block(UInt8), body }

  let manager: ResourceManager
  let code: UInt8
  let versions: ClosedRange<ServerVersion>
  let horizonOffset: Int
  var isFullXID = false
  /// The stored xid is the first that does not conflict.
  var isCutoff = false
  var catalogFlag = CatalogFlag.none
  var relation = Relation.block(0)

  static func find(_ manager: ResourceManager, _ code: UInt8, _ version: ServerVersion) -> ConflictRow? {
    switch manager {
    case .heap2, .btree, .hash, .gist, .spgist:
      all.first { $0.manager == manager && $0.code == code && $0.versions.contains(version) }
    default: nil
    }
  }

  /// Follows heapam_xlog.h, nbtxlog.h, hash_xlog.h, gistxlog.h and spgxlog.h in src/include/access.
  static let all: [ConflictRow] =
    [
      // Heap2: CLEAN or PRUNE, FREEZE_PAGE, CLEANUP_INFO, VISIBLE; PRUNE_* from 17.
      ConflictRow(manager: .heap2, code: 0x10, versions: .v9_6 ... .v15, horizonOffset: 0),
      ConflictRow(
        manager: .heap2, code: 0x10, versions: .v16 ... .v16, horizonOffset: 0, catalogFlag: .byte(at: 8, mask: 0xFF)),
      ConflictRow(manager: .heap2, code: 0x20, versions: .v9_6 ... .v13, horizonOffset: 0, isCutoff: true),
      ConflictRow(manager: .heap2, code: 0x30, versions: .v9_6 ... .v13, horizonOffset: 12, relation: .body),
      ConflictRow(manager: .heap2, code: 0x30, versions: .v14 ... .v15, horizonOffset: 0, isCutoff: true),
      ConflictRow(
        manager: .heap2, code: 0x30, versions: .v16 ... .v16, horizonOffset: 0, catalogFlag: .byte(at: 6, mask: 0xFF)),
      ConflictRow(manager: .heap2, code: 0x40, versions: .v9_6 ... .v15, horizonOffset: 0, relation: .block(1)),
      ConflictRow(
        manager: .heap2, code: 0x40, versions: .v16 ... .v18, horizonOffset: 0, catalogFlag: .byte(at: 4, mask: 0x04),
        relation: .block(1)),
    ]
    + [0x10, 0x20, 0x30].flatMap { code in
      [
        ConflictRow(
          manager: .heap2, code: code, versions: .v17 ... .v18, horizonOffset: 2, catalogFlag: .pruneFlags(at: 1)),
        ConflictRow(
          manager: .heap2, code: code, versions: .v19 ... .newest, horizonOffset: 2, catalogFlag: .pruneFlags(at: 0)),
      ]
    } + [
      // Btree: DELETE, REUSE_PAGE.
      ConflictRow(manager: .btree, code: 0x70, versions: .v12 ... .v15, horizonOffset: 0),
      ConflictRow(
        manager: .btree, code: 0x70, versions: .v16 ... .newest, horizonOffset: 0, catalogFlag: .byte(at: 8, mask: 0xFF)
      ),
      ConflictRow(manager: .btree, code: 0xD0, versions: .v9_6 ... .v13, horizonOffset: 16, relation: .body),
      ConflictRow(
        manager: .btree, code: 0xD0, versions: .v14 ... .v15, horizonOffset: 16, isFullXID: true, relation: .body),
      ConflictRow(
        manager: .btree, code: 0xD0, versions: .v16 ... .newest, horizonOffset: 16, isFullXID: true,
        catalogFlag: .byte(at: 24, mask: 0xFF), relation: .body),
      // Hash: VACUUM_ONE_PAGE.
      ConflictRow(manager: .hash, code: 0xC0, versions: .v12 ... .v15, horizonOffset: 0),
      ConflictRow(
        manager: .hash, code: 0xC0, versions: .v16 ... .newest, horizonOffset: 0, catalogFlag: .byte(at: 6, mask: 0xFF)),
      // Gist: DELETE, PAGE_REUSE.
      ConflictRow(manager: .gist, code: 0x10, versions: .v12 ... .v15, horizonOffset: 0),
      ConflictRow(
        manager: .gist, code: 0x10, versions: .v16 ... .newest, horizonOffset: 0, catalogFlag: .byte(at: 6, mask: 0xFF)),
      ConflictRow(manager: .gist, code: 0x20, versions: .v12 ... .v12, horizonOffset: 16, relation: .body),
      ConflictRow(
        manager: .gist, code: 0x20, versions: .v13 ... .v15, horizonOffset: 16, isFullXID: true, relation: .body),
      ConflictRow(
        manager: .gist, code: 0x20, versions: .v16 ... .newest, horizonOffset: 16, isFullXID: true,
        catalogFlag: .byte(at: 24, mask: 0xFF), relation: .body),
      // SP-GiST: VACUUM_REDIRECT.
      ConflictRow(manager: .spgist, code: 0x80, versions: .v9_6 ... .v15, horizonOffset: 4),
      ConflictRow(
        manager: .spgist, code: 0x80, versions: .v16 ... .newest, horizonOffset: 4,
        catalogFlag: .byte(at: 8, mask: 0xFF)),
    ]
}
