package import ByteReading
package import PostgresFormat

extension FormatError {
  /// What is wrong, in words: `magic at byte 0: expected 0x01051CA1, found 0x00000000`.
  package var sentence: String {
    var text: String
    switch code {
    case .tooShort: text = "it ends too early"
    case .tooLong: text = "it is longer than it can be"
    case .badMagic: text = "wrong magic number"
    case .wrongByteOrder: text = "written by a server of the other byte order"
    case .unsupportedVersion: text = "a version that is not supported"
    case .badLength: text = "wrong length"
    case .badChecksum: text = "the checksum does not match"
    case .badValue: text = "a value that cannot be"
    case .badSyntax: text = "it does not follow the grammar"
    }
    text += " (\(field) at byte \(offset)"
    if let expected { text += ": expected \(expected)" }
    if let found { text += expected == nil ? ": found \(found)" : ", found \(found)" }
    return text + ")"
  }
}

extension WALStop.Reason {
  /// Why reading ended, in words.
  package var sentence: String {
    switch self {
    case .zeroLength: "no further record"
    case .zeroPage: "the next page was never written"
    case .recycledPage: "the next page is an old one, recycled"
    case .missingSegment: "no file for the next segment"
    case .shortFile: "the file ends early"
    case .incompleteRecord: "a record was begun and not finished"
    case .limit: "the given end"
    case .notRead: "as the running server says"
    case .foreignMagic: "a page that is not WAL of this version (encrypted, or of another major)"
    case .badPageFlags: "unknown bits in a page header"
    case .foreignSegment: "a segment of another cluster or another size"
    case .badPageAddress: "a page with a wrong address"
    case .timelineOutOfOrder: "a page of a timeline that cannot stand there"
    case .badContinuation: "a continuation that does not fit"
    case .badRecordLength: "a record length that cannot be"
    case .badResourceManager: "an unknown resource manager"
    case .badPrevLink: "a record that does not follow the one before it"
    case .badChecksum: "a record whose checksum does not match"
    case .badRecordStructure: "a record whose parts do not add up"
    case .unreadable: "the file could not be read"
    }
  }
}
