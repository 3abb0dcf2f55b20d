/// What is wrong with some bytes: a code, the byte position, and what was expected and found there.
///
/// A value, not a text: the sentence is made where it is shown. Positions are bytes from the start of the file or
/// record that was being read.
@usableFromInline
package struct FormatError: Error, Sendable, Hashable {
  /// What kind of thing is wrong. The raw values are stable; they are part of the JSON documents.
  @usableFromInline
  package enum Code: String, Sendable, Hashable, CaseIterable {
    /// The bytes end before the structure does. Expected and found are lengths in bytes.
    case tooShort = "too_short"
    /// More bytes than the structure has, where that cannot be.
    case tooLong = "too_long"
    /// A magic number that is not this format's.
    case badMagic = "bad_magic"
    /// The other byte order: written by a big-endian server.
    case wrongByteOrder = "wrong_byte_order"
    /// A version number that is not known, or not of this major.
    case unsupportedVersion = "unsupported_version"
    /// A stored length that does not fit the format or the file.
    case badLength = "bad_length"
    /// A stored checksum that differs from the computed one.
    case badChecksum = "bad_checksum"
    /// A field whose value the format does not allow.
    case badValue = "bad_value"
    /// Text that does not follow the grammar.
    case badSyntax = "bad_syntax"
  }

  /// The kind of fault; the rest only says where it is and what it looks like.
  package var code: Code
  /// The position of the first byte that is wrong, from the start of what was read.
  package var offset: Int
  /// The name of the field or structure, in PostgreSQL's words ("magic", "restart_lsn").
  package var field: String
  /// What should stand there, in a form that can be shown; nil where that is not a single thing.
  package var expected: String?
  /// What stands there.
  package var found: String?

  /// The fault of one field. `offset` is the first byte that is wrong; leave out what was expected or found where there
  /// is no one value to show.
  package init(_ code: Code, at offset: Int, field: String, expected: String? = nil, found: String? = nil) {
    self.code = code
    self.offset = offset
    self.field = field
    self.expected = expected
    self.found = found
  }
}
