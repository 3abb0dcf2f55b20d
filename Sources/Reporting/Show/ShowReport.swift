package import ByteReading
package import PostgresFormat
import SlotSafety

/// The outcome for one operand of `slotscope show`.
package struct ShowResult: Sendable {
  /// What its bytes gave, or why they gave nothing.
  package enum Outcome: Sendable {
    case decoded(RecognizedFile)
    /// Recognized, but its bytes are wrong.
    case damaged(FormatError)
    /// Of no format that slotscope knows.
    case notRecognized
    /// The operating system's words, and what to do instead.
    case unreadable(String, hint: String? = nil)
  }

  /// The operand, as it was given.
  package var path: String
  /// nil where it was not recognized or not read.
  package var format: FileFormat?
  /// What was read, or why not.
  package var outcome: Outcome
  /// Why a server of the version that the directory's PG_VERSION tells would refuse the file, which is sound in itself.
  package var mismatch: FormatError?

  /// `format` belongs to outcomes that were recognized, `mismatch` to a decoded one.
  package init(path: String, format: FileFormat?, outcome: Outcome, mismatch: FormatError? = nil) {
    (self.path, self.format, self.outcome, self.mismatch) = (path, format, outcome, mismatch)
  }

  /// What is wrong in a file that was decoded all the same.
  package var damage: FormatError? {
    switch outcome {
    case .damaged(let error): error
    case .decoded(.controlFile(let control)): control.checksumError
    case .decoded(.backupManifest(let manifest)): manifest.checksumError
    case .decoded: mismatch
    case .notRecognized, .unreadable: nil
    }
  }

  /// The lines of a configuration file that a server refuses: it does not start then.
  package var refusedLines: [ConfigurationText.SyntaxError] {
    if case .decoded(.configuration(let text)) = outcome { text.errors } else { [] }
  }

  /// Decoded, and nothing wrong in it.
  package var isSound: Bool {
    if case .decoded = outcome { damage == nil && refusedLines.isEmpty } else { false }
  }

  /// What a server accepts but never writes.
  package var warnings: [FormatError] {
    if case .decoded(.timelineHistory(_, let warnings)) = outcome { warnings } else { [] }
  }
}

/// The files of one `slotscope show`, as text and as a document.
package enum ShowReport {
  /// Names the document and its version.
  package static let schema = "slotscope.show/1"

  /// The lines about one file that was decoded: what it is, then its fields.
  package static func text(_ result: ShowResult, style: TextStyle = .plain) -> TerminalText? {
    guard case .decoded(let file) = result.outcome, let format = result.format else { return nil }
    let versions = ShowFile.words(for: ShowFile.versions(file)).map { " (\($0))" } ?? ""
    var lines = [style.paint("\(result.path)", .strong) + ": \(format.name)\(versions)"]
    lines += ShowField.lines(ShowFile.fields(file), indent: 2)
    if let rows = ShowFile.rows(file) {
      if let first = rows.first {
        var table = TextTable(first.map { ($0.label, TextTable.Alignment.left) })
        for row in rows { table.add(row.map(\.shown)) }
        lines += table.lines(indent: 2, style: style)
      } else {
        lines.append("  no entries")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// What is wrong, as a sentence without the path, and what may help; nil where nothing is.
  package static func complaint(_ result: ShowResult) -> (error: String, hint: String?)? {
    switch result.outcome {
    case .unreadable(let message, let hint): return (message, hint)
    case .notRecognized:
      return (
        "no file format that slotscope knows",
        "It decodes slot states, pg_control, WAL segments, timeline histories, backup labels and other files of a data directory."
      )
    case .damaged, .decoded: break
    }
    if let line = result.refusedLines.first {
      let more = result.refusedLines.count > 1 ? " (and \(result.refusedLines.count - 1) more)" : ""
      return ("syntax error in line \(line.line), \(line.nearness)\(more)", "The server does not start with it.")
    }
    guard let error = result.damage, let format = result.format else { return nil }
    return ("\(format.name): \(error.sentence)", hint(for: error))
  }

  /// `slotscope: warning: PATH: …`.
  package static func warningLine(_ path: String, _ warning: FormatError) -> TerminalText {
    "slotscope: warning: \(path): a server reads this, but none writes it: \(warning.sentence)"
  }

  private static func hint(for error: FormatError) -> String? {
    switch error.code {
    case .badChecksum:
      "The file changed after it was written, or was copied while a server wrote it; compare it with another copy."
    case .tooShort: "The file was cut off: copy it again, or take it from a backup."
    case .wrongByteOrder: "Only files of little-endian servers can be read."
    case .unsupportedVersion:
      error.found?.contains("9.4") == true || error.found?.contains("9.5") == true
        ? "slotscope reads PostgreSQL \(ServerVersion.supportedRange)."
        : "It may be from another version than the directory it lies in."
    case .tooLong, .badMagic, .badLength, .badValue, .badSyntax: nil
    }
  }

  /// All operands in their order, the damaged and unreadable among them.
  package static func document(_ results: [ShowResult]) -> JSONValue {
    ["schema": .string(schema), "files": .list(results, file)]
  }

  private static func file(_ result: ShowResult) -> JSONValue {
    var content = JSONValue.null
    var versions: [ServerVersion] = []
    if case .decoded(let file) = result.outcome {
      content = ShowFile.rows(file).map { .list($0, ShowField.object) } ?? ShowField.object(ShowFile.fields(file))
      versions = ShowFile.versions(file)
    }
    var problem = JSONValue.null
    if let error = result.damage {
      problem = self.error(error)
    } else if let complaint = complaint(result) {
      problem = ["code": .string(code(result)), "message": .string(complaint.error)]
    }
    return [
      "path": .string(result.path), "format": .text(result.format?.rawValue),
      "server_versions": .list(versions) { .string($0.name) }, "content": content, "error": problem,
      "warnings": .list(result.warnings, error),
    ]
  }

  private static func code(_ result: ShowResult) -> String {
    switch result.outcome {
    case .notRecognized: "not_recognised"
    case .unreadable: "unreadable"
    case .decoded, .damaged: FormatError.Code.badSyntax.rawValue
    }
  }

  private static func error(_ error: FormatError) -> JSONValue {
    [
      "code": .string(error.code.rawValue), "message": .string(error.sentence), "field": .string(error.field),
      "offset": .number(error.offset), "expected": .text(error.expected), "found": .text(error.found),
    ]
  }
}
