package import ByteReading

/// `PG_VERSION`: the major version of a data directory, and again of each database's folder in it.
package struct VersionFile: Sendable, Hashable {
  /// Bytes: 1 KiB. The server writes at most four.
  package static let fileSizeLimit = 1024

  /// As the file spells it, without the line end.
  package var text: String
  /// nil for a version that slotscope does not read.
  package var version: ServerVersion?

  /// Throws ``FormatError/Code/badSyntax`` where the file does not begin with a number. A version that is not read does
  /// not throw.
  package init(parsing bytes: RawSpan) throws(FormatError) {
    let content = try bytes.bytes(at: 0, count: bytes.byteCount, field: "PG_VERSION")
    var cursor = ScanCursor(content)
    guard cursor.decimal() != nil else {
      throw FormatError(
        .badSyntax, at: 0, field: "PG_VERSION", expected: "a version number",
        found: SecretRedaction.excerpt(content, limit: 40))
    }
    let word = content.drop(while: \.isSpace).prefix { !$0.isSpace }
    text = String(decoding: word, as: UTF8.self)
    version = ServerVersion(name: text)
  }
}
