import ByteReading

/// How far Debezium's connector for PostgreSQL is, as it stores it: one JSON object for each topic prefix. Airbyte, Flink CDC
/// and others that embed it store the same members.
///
/// Positions are decimal numbers without a timeline. Without heartbeats an offset is stored with a row, not with a commit:
/// then the transaction of that row is not yet in `lsnCommit`.
package struct DebeziumOffset: Sendable, Hashable {
  /// `lsn`: of a row the start of its record, of a commit the end of the commit record.
  package var lsn: LSN?
  /// `lsn_proc`: the last message that was processed wholly; START_REPLICATION asks from here.
  package var lsnProcessed: LSN?
  /// `lsn_commit`: the end of the last commit record of which everything was passed on. nil before the first.
  package var lsnCommit: LSN?
  /// `messageType`: INSERT, UPDATE, DELETE, TRUNCATE, MESSAGE, BEGIN or COMMIT; nil in old versions and in a snapshot.
  package var messageType: String?
  /// `txId`, without the epoch.
  package var transaction: TransactionID?
  /// `ts_usec`: when that transaction was committed.
  package var time: Timestamp?
  /// The connector still makes its first copy, and begins it anew when it is started: its positions mean nothing.
  package var isInSnapshot = false
  /// The first copy is done, and nothing was streamed since.
  package var isAfterSnapshot = false

  /// Throws where a position is not a whole number, or where there is none: the offset of another connector.
  init(_ object: JSONNode) throws(FormatError) {
    lsn = try Self.lsn(object, "lsn")
    lsnProcessed = try Self.lsn(object, "lsn_proc")
    lsnCommit = try Self.lsn(object, "lsn_commit")
    guard lsn != nil || lsnProcessed != nil else {
      throw FormatError(
        .badValue, at: 0, field: "offset", expected: "members lsn and lsn_proc of a PostgreSQL connector")
    }
    messageType = object["messageType"]?.string
    transaction = try Self.number(object, "txId").map { TransactionID(UInt32(truncatingIfNeeded: $0)) }
    time = try Self.number(object, "ts_usec").map { Timestamp(unixMicroseconds: Int64(bitPattern: $0)) }
    guard let snapshot = object["snapshot"], snapshot != .null, snapshot != .bool(false), snapshot.string != "false"
    else {
      return
    }
    let isDone = object["snapshot_completed"] ?? object["last_snapshot_record"]
    (isAfterSnapshot, isInSnapshot) = (isDone == .bool(true), isDone != .bool(true))
  }

  /// A number or the same in a string.
  private static func number(_ object: JSONNode, _ name: String) throws(FormatError) -> UInt64? {
    let text: String
    switch object[name] {
    case nil, .null?: return nil
    case .number(let digits)?: text = digits
    case .string(let digits)?: text = digits
    default: throw FormatError(.badValue, at: 0, field: name, expected: "a whole number")
    }
    // Java's numbers have a sign: above 2^63 they are negative.
    guard let value = UInt64(text) ?? Int64(text).map(UInt64.init(bitPattern:)) else {
      throw FormatError(.badValue, at: 0, field: name, expected: "a whole number", found: String(text.prefix(64)))
    }
    return value
  }

  private static func lsn(_ object: JSONNode, _ name: String) throws(FormatError) -> LSN? {
    try number(object, name).flatMap { LSN($0).nonZero }
  }
}
