import ByteReading

/// The fields of one structure in some bytes, read by their constants: `reader[Fields.restartLSN]`.
///
/// A ``Field`` gives its value, a ``VersionedField`` nil where the version lacks it. Reading past the end of the bytes
/// throws ``FormatError/Code/tooShort`` with the field's name.
package struct StructureReader: ~Escapable {
  private let bytes: RawSpan
  private let base: Int
  private let layout: CLayout

  /// `base` is where the structure begins in `bytes`.
  @_lifetime(copy bytes)
  package init(_ bytes: RawSpan, at base: Int, layout: CLayout) {
    (self.bytes, self.base, self.layout) = (bytes, base, layout)
  }

  /// The field's position in the bytes.
  package func offset<Value>(of field: Field<Value>) -> Int { base + layout.place(of: field).offset }
  /// The field's position in the bytes, nil where the version lacks it.
  package func offset<Value>(of field: VersionedField<Value>) -> Int? {
    layout.place(of: field).map { base + $0.offset }
  }

  /// The value of a field that every version has.
  package subscript<Value: FieldValue>(field: Field<Value>) -> Value {
    get throws(FormatError) { try Value.load(bytes, base: base, layout.place(of: field)) }
  }

  /// The value of a field, nil where the version lacks it.
  package subscript<Value: FieldValue>(field: VersionedField<Value>) -> Value? {
    get throws(FormatError) {
      guard let place = layout.place(of: field) else { return nil }
      return try Value.load(bytes, base: base, place)
    }
  }

  /// The text of a field of fixed width up to its first NUL; bytes that are not UTF-8 are replaced.
  package subscript(field: Field<String>) -> String {
    get throws(FormatError) {
      let place = layout.place(of: field)
      let all = try bytes.terminatedBytes(at: base + place.offset, width: place.size, field: place.name)
      return String(decoding: all, as: UTF8.self)
    }
  }

  /// The bytes of a field, nil where the version lacks it.
  package subscript(field: VersionedField<[UInt8]>) -> [UInt8]? {
    get throws(FormatError) {
      guard let place = layout.place(of: field) else { return nil }
      return try bytes.bytes(at: base + place.offset, count: place.size, field: place.name)
    }
  }
}
