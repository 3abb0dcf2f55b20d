import ByteReading

/// Reads the packed fields of a record body one after the other; nothing in it is aligned.
struct BodyCursor: ~Escapable {
  private let bytes: RawSpan
  private(set) var offset: Int

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, at offset: Int = 0) {
    self.bytes = bytes
    self.offset = offset
  }

  var remaining: Int { max(0, bytes.byteCount - offset) }

  @_lifetime(self: copy self)
  mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type, _ field: StaticString
  ) throws(FormatError) -> T {
    let value = try bytes.integer(type, at: offset, field: field)
    offset += MemoryLayout<T>.size
    return value
  }

  @_lifetime(self: copy self)
  mutating func u32(_ field: StaticString) throws(FormatError) -> UInt32 { try integer(UInt32.self, field) }
  @_lifetime(self: copy self)
  mutating func xid(_ field: StaticString) throws(FormatError) -> TransactionID { TransactionID(try u32(field)) }
  @_lifetime(self: copy self)
  mutating func oid(_ field: StaticString) throws(FormatError) -> OID { OID(try u32(field)) }
  @_lifetime(self: copy self)
  mutating func lsn(_ field: StaticString) throws(FormatError) -> LSN { LSN(try integer(UInt64.self, field)) }
  @_lifetime(self: copy self)
  mutating func time(_ field: StaticString) throws(FormatError) -> Timestamp {
    Timestamp(postgresMicroseconds: try integer(Int64.self, field))
  }

  @_lifetime(self: copy self)
  mutating func skip(_ count: Int, _ field: StaticString) throws(FormatError) {
    try bytes.require(count, at: offset, field: field)
    offset += count
  }

  /// Moves on to the next multiple of eight, counted from the start of the body.
  @_lifetime(self: copy self)
  mutating func align() { offset = (offset + 7) & ~7 }

  /// A 32-bit count of items of `size` bytes that all still follow.
  @_lifetime(self: copy self)
  mutating func count(of size: Int, _ field: StaticString) throws(FormatError) -> Int {
    let place = offset
    return try checked(try integer(Int32.self, field), of: size, at: place, field)
  }

  /// Checks a count read earlier against the bytes that follow here.
  func checked(_ count: Int32, of size: Int, at place: Int, _ field: StaticString) throws(FormatError) -> Int {
    let (total, overflow) = Int(count).multipliedReportingOverflow(by: size)
    guard count >= 0, !overflow, total <= remaining else {
      throw FormatError(
        .badLength, at: place, field: "\(field)", expected: "at most \(remaining / max(size, 1))", found: "\(count)")
    }
    return Int(count)
  }

  /// `count` transaction numbers; the count was checked before.
  @_lifetime(self: copy self)
  mutating func xids(_ count: Int, _ field: StaticString) throws(FormatError) -> [TransactionID] {
    var values: [TransactionID] = []
    values.reserveCapacity(count)
    for _ in 0..<count { values.append(try xid(field)) }
    return values
  }

  /// `count` locators; the count was checked before.
  @_lifetime(self: copy self)
  mutating func locators(_ count: Int) throws(FormatError) -> [RelationLocator] {
    var values: [RelationLocator] = []
    values.reserveCapacity(count)
    for _ in 0..<count {
      values.append(try RelationLocator(in: bytes, at: offset))
      offset += RelationLocator.byteCount
    }
    return values
  }

  /// The bytes up to a NUL, which is passed; at most `limit` of them.
  @_lifetime(self: copy self)
  mutating func terminatedText(limit: Int, _ field: StaticString) throws(FormatError) -> String {
    let text = try bytes.terminatedBytes(at: offset, width: min(limit, remaining), field: field)
    guard text.count < min(limit, remaining) else {
      throw FormatError(.badSyntax, at: offset, field: "\(field)", expected: "a NUL within \(limit) bytes")
    }
    offset += text.count + 1
    return String(decoding: text, as: UTF8.self)
  }
}
