package import ByteReading

/// `PG_VERSION`: the major version of a data directory, and again of each database's folder in it.
package struct VersionFile: Sendable, Hashable, Codable {
  /// Bytes: 1 KiB. The server writes at most four.
  package static let fileSizeLimit = 1024

  /// As the file spells it, without the line end.
  package var text: String
  /// The part before the dot, which is all that a server compares: 9 for `9.6`.
  package var leadingNumber: UInt32
  /// nil for a version that slotscope does not read.
  package var version: ServerVersion?

  /// Throws ``FormatError/Code/badSyntax`` where the file does not begin with a number. A version that is not supported
  /// does not throw: see ``supported()``.
  package init(parsing bytes: RawSpan) throws(FormatError) {
    let content = try bytes.bytes(at: 0, count: bytes.byteCount, field: "PG_VERSION")
    var cursor = ScanCursor(content)
    guard let number = cursor.decimal() else {
      throw FormatError(
        .badSyntax, at: 0, field: "PG_VERSION", expected: "a version number",
        found: String(decoding: content.prefix(40), as: UTF8.self))
    }
    let word = content.drop(while: ScanCursor.isSpace).prefix { !ScanCursor.isSpace($0) }
    text = String(decoding: word, as: UTF8.self)
    leadingNumber = number
    version = ServerVersion(name: text)
  }

  /// The version, or ``FormatError/Code/unsupportedVersion``: 9.5 and before, and those that do not exist yet.
  package func supported() throws(FormatError) -> ServerVersion {
    guard let version else {
      throw FormatError(
        .unsupportedVersion, at: 0, field: "PG_VERSION", expected: ServerVersion.supportedRange, found: text)
    }
    return version
  }
}
