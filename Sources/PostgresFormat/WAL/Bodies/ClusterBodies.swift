package import ByteReading

/// A database created or dropped. Follows src/include/commands/dbcommands_xlog.h.
package struct DatabaseBody: Sendable, Hashable {
  /// CREATE DATABASE, by either strategy of 15 and later, or DROP DATABASE.
  package enum Operation: String, Sendable, Hashable, CaseIterable { case create, drop }
  /// Which of the two; `info` alone does not tell, as 15 moved the code of DROP from 0x10 to 0x20.
  package var operation: Operation
  /// `db_id`: the new or dropped database.
  package var database: OID
  /// One at creation; to 12 one record is written per tablespace at DROP.
  package var tablespaces: [OID]
  /// The template, where its files were copied.
  package var template: OID?

  /// nil for a record type that is neither.
  package init?(mainData: RawSpan, info: UInt8, version: ServerVersion) throws(FormatError) {
    var body = BodyCursor(mainData)
    let dropCode: UInt8 = version >= .v15 ? 0x20 : 0x10
    switch info & 0xF0 {
    case 0x00:
      operation = .create
      database = try body.oid("db_id")
      tablespaces = [try body.oid("tablespace_id")]
      template = try body.oid("src_db_id")
    case dropCode:
      operation = .drop
      database = try body.oid("db_id")
      template = nil
      let count = version >= .v13 ? try body.count(of: 4, "ntablespaces") : 1
      tablespaces = []
      for _ in 0..<count { tablespaces.append(try body.oid("tablespace_ids")) }
    case 0x10:
      operation = .create
      database = try body.oid("db_id")
      tablespaces = [try body.oid("tablespace_id")]
      template = nil
    default: return nil
    }
  }
}

/// A tablespace made (`xl_tblspc_create_rec`). Follows src/include/commands/tablespace.h.
package struct TablespaceCreation: Sendable, Hashable {
  /// `ts_id`.
  package var tablespace: OID
  /// `ts_path`, its folder; empty for one within the data directory.
  package var path: String

  /// The body of a record of that type.
  package init(mainData: RawSpan) throws(FormatError) {
    var body = BodyCursor(mainData)
    tablespace = try body.oid("ts_id")
    path = try body.terminatedText(limit: 1024, "ts_path")
  }
}

/// A new map of the catalogs that pg_class cannot list (`xl_relmap_update`): VACUUM FULL of a mapped catalog, or a new
/// database. Follows src/include/utils/relmapper.h.
package struct RelationMapUpdate: Sendable, Hashable {
  /// 0 for the catalogs that all databases share.
  package var database: OID
  /// `tsid`: the tablespace whose folder for the database holds the map; pg_global for the shared one.
  package var tablespace: OID
  /// Bytes of the map that follows.
  package var length: Int

  /// Throws ``FormatError`` where the body is too short, or the map longer than what follows.
  package init(mainData: RawSpan) throws(FormatError) {
    var body = BodyCursor(mainData)
    database = try body.oid("dbid")
    tablespace = try body.oid("tsid")
    length = try body.count(of: 1, "nbytes")
  }
}

/// Progress of a replication origin set by hand, or its removal. Follows src/include/replication/origin.h.
package enum ReplicationOriginBody: Sendable, Hashable {
  case set(originID: UInt16, remoteLSN: LSN, isForced: Bool)
  case drop(originID: UInt16)
  case other

  /// The origin that it is about.
  package var originID: UInt16? {
    switch self {
    case .set(let origin, _, _), .drop(let origin): origin
    case .other: nil
    }
  }

  /// Reads `xl_replorigin_set` or `xl_replorigin_drop`. Throws ``FormatError/Code/tooShort``.
  package init(mainData: RawSpan, info: UInt8) throws(FormatError) {
    switch RecordKind(.replicationOrigin, info: info) {
    case .originSet:
      self = .set(
        originID: try mainData.u16(at: 8, field: "node_id"),
        remoteLSN: LSN(try mainData.u64(at: 0, field: "remote_lsn")),
        isForced: try mainData.u8(at: 10, field: "force") != 0)
    case .originDrop: self = .drop(originID: try mainData.u16(at: 0, field: "node_id"))
    default: self = .other
    }
  }
}

/// A message written by `pg_logical_emit_message` (`xl_logical_message`). Follows src/include/replication/message.h.
package struct LogicalMessageBody: Sendable, Hashable {
  /// `dbId`: the database of the session; only slots of that database decode the message.
  package var database: OID
  /// Part of its transaction; otherwise it takes effect at once, whatever becomes of the transaction.
  package var isTransactional: Bool
  /// `prefix`, by which output plugins tell whose message it is, without its NUL.
  package var prefix: String
  /// Bytes.
  package var messageLength: UInt64

  /// `length` is that of all main data: of a long message `mainData` may be only the beginning.
  package init(mainData: RawSpan, length: Int) throws(FormatError) {
    database = OID(try mainData.u32(at: 0, field: "dbId"))
    isTransactional = try mainData.u8(at: 4, field: "transactional") != 0
    let prefixLength = try mainData.u64(at: 8, field: "prefix_size")
    messageLength = try mainData.u64(at: 16, field: "message_size")
    let available = UInt64(max(length, 24) - 24)
    guard prefixLength <= available, messageLength <= available - prefixLength else {
      throw FormatError(
        .badLength, at: 8, field: "prefix_size, message_size", expected: "at most \(available) bytes",
        found: "\(prefixLength), \(messageLength)")
    }
    prefix = String(
      decoding: try mainData.terminatedBytes(at: 24, width: Int(prefixLength), field: "prefix"), as: UTF8.self)
  }
}

/// Files of a relation created or shortened (`xl_smgr_create`, `xl_smgr_truncate`).
/// Follows src/include/catalog/storage_xlog.h.
package enum StorageBody: Sendable, Hashable {
  case create(RelationLocator, fork: UInt32)
  case truncate(RelationLocator, blockCount: UInt32, flags: UInt32)
  case other

  /// Other types than creation and truncation are `other`. Throws ``FormatError/Code/tooShort``.
  package init(mainData: RawSpan, info: UInt8) throws(FormatError) {
    switch RecordKind(.storage, info: info) {
    case .storageCreate:
      self = .create(try RelationLocator(in: mainData, at: 0), fork: try mainData.u32(at: 12, field: "forkNum"))
    case .storageTruncate:
      self = .truncate(
        try RelationLocator(in: mainData, at: 4), blockCount: try mainData.u32(at: 0, field: "blkno"),
        flags: try mainData.u32(at: 16, field: "flags"))
    default: self = .other
    }
  }
}
