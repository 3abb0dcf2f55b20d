package import ByteReading

/// A member of a C structure that every version has: its name, its C type, and the Swift type of what it holds.
///
/// Declared once, beside the structure; whoever reads it names the constant, so that neither its name nor its type can be
/// mistaken. Its offset is the layout's (``CLayout/place(of:)-(Field<Value>)``).
package struct Field<Value>: StructureMember {
  /// Name, C type and versions, as the structure lists them.
  package let member: CStructure.Member

  /// A member that is a structure, or bytes of fixed width such as a `NameData`.
  init(_ name: StaticString, _ type: CStructure.FieldType) { member = CStructure.Member(name, type) }
}

/// A member that some versions lack: what it holds is nil there.
package struct VersionedField<Value>: StructureMember {
  /// Name, C type and versions, as the structure lists them.
  package let member: CStructure.Member

  /// From `since` to `until`, both included; nil leaves that end open.
  init(
    _ name: StaticString, _ type: CStructure.FieldType, since: ServerVersion? = nil, until: ServerVersion? = nil
  ) { member = CStructure.Member(name, type, since: since, until: until) }
}

extension Field where Value: FieldValue {
  /// A member of the C type that such values have.
  init(_ name: StaticString) { self.init(name, Value.cType) }
}

extension VersionedField where Value: FieldValue {
  /// A member of the C type that such values have.
  init(_ name: StaticString, since: ServerVersion? = nil, until: ServerVersion? = nil) {
    self.init(name, Value.cType, since: since, until: until)
  }
}

/// A value that a member holds, and how it is read.
package protocol FieldValue: Sendable {
  /// The C type of a member that holds such a value.
  static var cType: CStructure.FieldType { get }

  /// Reads it from its place, counted from `base`. Throws ``FormatError/Code/tooShort``.
  static func load(_ bytes: RawSpan, base: Int, _ place: CLayout.Place) throws(FormatError) -> Self
}

extension FieldValue where Self: FixedWidthInteger & BitwiseCopyable {
  /// Little-endian, at any alignment.
  package static func load(_ bytes: RawSpan, base: Int, _ place: CLayout.Place) throws(FormatError) -> Self {
    try bytes.integer(Self.self, at: base + place.offset, field: place.name)
  }
}

extension UInt16: FieldValue {
  /// `uint16`.
  package static var cType: CStructure.FieldType { .u16 }
}
extension UInt32: FieldValue {
  /// `uint32`.
  package static var cType: CStructure.FieldType { .u32 }
}
extension Int32: FieldValue {
  /// `int32`, as most enums and settings are.
  package static var cType: CStructure.FieldType { .u32 }
}
extension UInt64: FieldValue {
  /// `uint64`.
  package static var cType: CStructure.FieldType { .u64 }
}
extension Int64: FieldValue {
  /// `int64`, as times are.
  package static var cType: CStructure.FieldType { .u64 }
}

extension Bool: FieldValue {
  /// A one-byte `bool`.
  package static var cType: CStructure.FieldType { .bool }

  /// Any value but 0 is true.
  package static func load(_ bytes: RawSpan, base: Int, _ place: CLayout.Place) throws(FormatError) -> Bool {
    try bytes.u8(at: base + place.offset, field: place.name) != 0
  }
}

extension LSN: FieldValue {
  /// `XLogRecPtr`.
  package static var cType: CStructure.FieldType { .u64 }

  /// 0 gives ``LSN/none``.
  package static func load(_ bytes: RawSpan, base: Int, _ place: CLayout.Place) throws(FormatError) -> LSN {
    LSN(try UInt64.load(bytes, base: base, place))
  }
}

extension TransactionID: FieldValue {
  /// `TransactionId`.
  package static var cType: CStructure.FieldType { .u32 }

  /// 0 is that of no transaction.
  package static func load(_ bytes: RawSpan, base: Int, _ place: CLayout.Place) throws(FormatError) -> TransactionID {
    TransactionID(try UInt32.load(bytes, base: base, place))
  }
}

extension TimelineID: FieldValue {
  /// `TimeLineID`.
  package static var cType: CStructure.FieldType { .u32 }

  /// 0 is that of no timeline.
  package static func load(_ bytes: RawSpan, base: Int, _ place: CLayout.Place) throws(FormatError) -> TimelineID {
    TimelineID(try UInt32.load(bytes, base: base, place))
  }
}

extension OID: FieldValue {
  /// `Oid`.
  package static var cType: CStructure.FieldType { .u32 }

  /// 0 is `InvalidOid`.
  package static func load(_ bytes: RawSpan, base: Int, _ place: CLayout.Place) throws(FormatError) -> OID {
    OID(try UInt32.load(bytes, base: base, place))
  }
}
